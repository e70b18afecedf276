"""What only tables of Delta and Iceberg can do: merge by key, older versions, history."""

import re

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F

from .. import read_only, rows
from ..context import Refused
from ..identifiers import backquoted, quoted
from ..storage import has_table, iceberg, provider_of, write
from ..storage.files import Place
from ..storage.formats import require
from ..storage.writer import get_in_time
from .steps import find_columns

HISTORY = 10  # versions that are shown


def merge(context, df, target, format, keys, options, partition_by):
    """Rows of known keys are replaced, others added, in one transaction. Null equals null here."""
    if format not in MERGES:
        raise Refused("only tables of Delta and Iceberg can be merged into, not %s" % format,
                      "Use format delta or iceberg, or another mode.")
    read_only.check_write(context)
    require(context.spark, format)
    keys = find_columns(df, keys)
    merged = MERGES[format](context, df, target, keys)
    if merged is None:
        merged = write(context, df, target, format, options=options, partition_by=partition_by)
    return {**merged, "path": target, "format": format, "mode": "merge"}


def _merge_into_delta(context, df, path, keys):
    """What was merged; None where nothing is there yet."""
    spark, target = context.spark, Place(context.spark, path)
    if not target.exists():
        return None
    if not target.child("_delta_log").exists():
        raise Refused("'%s' is no Delta table, and only those can be merged into" % target,
                      "Write a Delta table first, or use another mode.")
    grows = spark.conf.get("spark.databricks.delta.schema.autoMerge.enabled", "false").lower() == "true"
    _check_columns(df, spark.read.format("delta").load(target.uri), keys, grows)
    found = _merge(context, df, path, "delta." + backquoted(target.uri), keys).first().asDict()
    return {"rows": found["num_affected_rows"], "updated": found["num_updated_rows"],
            "inserted": found["num_inserted_rows"]}


def _merge_into_iceberg(context, df, name, keys):
    """As above. Each row of the source finds its row or becomes one."""
    spark = context.spark
    if not has_table(spark, name, "iceberg"):
        return None
    _check_columns(df, spark.table(quoted(name)), keys, grows=False)
    observation = Observation()
    with iceberg.turn(context, name):
        _merge(context, df.observe(observation, F.count(F.lit(1)).alias("rows")), name, quoted(name), keys)
        inserted = iceberg.last_commit(spark, name)["grown"]
    taken = get_in_time(observation)
    if not taken:
        return {}
    counts = {} if inserted is None else {"updated": taken["rows"] - inserted, "inserted": inserted}
    return {"rows": taken["rows"], **counts}


def _check_columns(df, there, keys, grows):
    """Refuses keys that the table lacks, and columns, which a merge would leave out without a word."""
    find_columns(there, keys)
    known = {name.lower() for name in there.columns}
    others = [name for name in df.columns if name.lower() not in known]
    if others and not grows:
        raise Refused("the table has no column %s" % ", ".join("'%s'" % name for name in others),
                      "Leave it out (drop), or add it to the table first: ALTER TABLE ... ADD COLUMN.")


MERGES = {"delta": _merge_into_delta, "iceberg": _merge_into_iceberg}


def _merge(context, df, told, target, keys):
    context.enter("merging into %s" % told)
    view = "merged_by_" + re.sub(r"\W", "_", context.operation_id)
    df.createOrReplaceTempView(view)
    try:
        same = " AND ".join("target.%s <=> source.%s" % (key, key) for key in map(backquoted, keys))
        return context.spark.sql(
            "MERGE INTO %s AS target USING %s AS source ON %s WHEN MATCHED THEN UPDATE SET * "
            "WHEN NOT MATCHED THEN INSERT *" % (target, view, same))
    finally:
        context.spark.catalog.dropTempView(view)


def version_of(location):
    """What knows how large the files are: Delta's own index tells of the newest version, whichever is read."""
    return location.getSnapshot() if location.getClass().getSimpleName() == "TahoeLogFileIndex" else location


def history(context, source, format):
    """The newest versions of a table, by its path or its name (without a format): columns and rows."""
    spark, is_path = context.spark, format == "delta"
    format = format or provider_of(spark, source)
    if format == "iceberg":
        versions = iceberg.snapshots(spark, source).limit(HISTORY).selectExpr(
            "snapshot_id as version", "committed_at as timestamp", "operation",
            "cast(summary['added-records'] as bigint) as rowsWritten")
    elif format == "delta":
        require(spark, "delta")
        tables, session = spark._jvm.io.delta.tables.DeltaTable, spark._jsparkSession
        table = tables.forPath(session, Place(spark, source).uri) if is_path else tables.forName(session, source)
        versions = DataFrame(table.history(HISTORY), spark).selectExpr(
            "version", "timestamp", "operation", "operationMetrics['numOutputRows'] as rowsWritten")
    else:
        raise Refused("only tables of Delta and Iceberg have a history", "Leave out 'history'.")
    found = rows.read(context, versions, HISTORY, 4000)
    return {"columns": found["columns"], "rows": found["rows"]}
