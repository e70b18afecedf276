"""What only Delta tables can do: merge by key, older versions, history."""

import re

from pyspark.sql import DataFrame

from .. import read_only, rows
from ..context import Refused
from ..identifiers import backquoted
from ..storage import write
from ..storage.files import Place
from ..storage.formats import require
from .steps import find_columns

HISTORY = 10  # versions that are shown


def merge(context, df, path, keys):
    """Rows of known keys are replaced, others added, in one transaction. Null equals null here."""
    spark = context.spark
    read_only.check_write(context)
    require(spark, "delta")
    keys = find_columns(df, keys)
    target = Place(spark, path)
    if not target.exists():
        return {**write(context, df, path, "delta"), "mode": "merge"}
    if not target.child("_delta_log").exists():
        raise Refused("'%s' is no Delta table, and only those can be merged into" % target,
                      "Write a Delta table first, or use another mode.")
    find_columns(spark.read.format("delta").load(target.uri), keys)
    context.enter("merging into %s" % path)
    view = "merged_by_" + re.sub(r"\W", "_", context.operation_id)
    df.createOrReplaceTempView(view)
    try:
        same = " AND ".join("target.%s <=> source.%s" % (key, key) for key in map(backquoted, keys))
        found = spark.sql(
            "MERGE INTO delta.%s AS target USING %s AS source ON %s WHEN MATCHED THEN UPDATE SET * "
            "WHEN NOT MATCHED THEN INSERT *" % (backquoted(target.uri), view, same)).first().asDict()
    finally:
        spark.catalog.dropTempView(view)
    return {"path": path, "format": "delta", "mode": "merge", "rows": found["num_affected_rows"],
            "updated": found["num_updated_rows"], "inserted": found["num_inserted_rows"]}


def version_of(location):
    """What knows how large the files are: Delta's own index tells of the newest version, whichever is read."""
    return location.getSnapshot() if location.getClass().getSimpleName() == "TahoeLogFileIndex" else location


def _provider_of(spark, name):
    """The format of a table of the catalog; "" of a view."""
    told = spark.sql("DESCRIBE TABLE EXTENDED " + name).collect()
    return ([row["data_type"] for row in told if row["col_name"] == "Provider"] or [""])[-1].lower()


def history(context, source, format):
    """The newest versions of a table, by its path or, without a format, its name: columns and rows."""
    spark = context.spark
    if (format or _provider_of(spark, source)) != "delta":
        raise Refused("only Delta tables have a history", "Leave out 'history'.")
    require(spark, "delta")
    tables, session = spark._jvm.io.delta.tables.DeltaTable, spark._jsparkSession
    table = tables.forPath(session, Place(spark, source).uri) if format else tables.forName(session, source)
    versions = DataFrame(table.history(HISTORY), spark).selectExpr(
        "version", "timestamp", "operation", "operationMetrics['numOutputRows'] as rowsWritten")
    found = rows.read(context, versions, HISTORY, 4000)
    return {"columns": found["columns"], "rows": found["rows"]}
