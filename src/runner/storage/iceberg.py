"""Tables of Iceberg: they are named, as catalog.database.table, and each write to one is one commit.

https://iceberg.apache.org/docs/latest/spark-writes/, spark-queries/#snapshots
"""

from pyspark.sql import functions as F

from ..context import Refused
from ..identifiers import backquoted, column, parts_of
from .reading import has_table


def write(context, df, name, mode, options, partition_by):
    """As writing.write does; what is overwritten stays as an older version."""
    spark, is_there = context.spark, has_table(context.spark, name, "iceberg")
    answer = {"path": name, "format": "iceberg", "mode": mode}
    if is_there and mode == "error":
        raise Refused("the table '%s' exists already" % name,
                      "Choose another name, or let it be replaced or added to: save mode overwrite or append.")
    if is_there and mode == "ignore":
        context.warn("'%s' exists already, so nothing was written (mode ignore)." % name)
        return {**answer, "rows": 0, "files": 0, "bytes": 0}
    if is_there and mode == "append" and partition_by:
        raise Refused("'%s' has its own partitions" % name, "Leave out partition_by.")
    context.enter("writing %s" % name)
    writer = df.writeTo(quoted(name)).options(**options)
    if is_there and mode == "append":
        writer.append()
    else:
        writer = writer.using("iceberg")
        if partition_by:
            writer = writer.partitionedBy(*map(column, partition_by))
        writer.createOrReplace() if is_there else writer.create()
    return {**answer, **{key: value for key, value in last_commit(spark, name).items() if key != "grown"}}


def quoted(name):
    """The name with its database: Iceberg's own tables of a table are named below it."""
    return ".".join(map(backquoted, parts_of(name)))


def snapshots(spark, name):
    """The versions of a table, newest first: https://iceberg.apache.org/docs/latest/spark-queries/#snapshots"""
    database = "" if len(parts_of(name)) > 1 else backquoted(spark.catalog.currentDatabase()) + "."
    return spark.table("%s%s.snapshots" % (database, quoted(name))).orderBy(F.desc("committed_at"))


def last_commit(spark, name):
    """What this application's newest version of the table added, and by how many rows it grew."""
    own = F.col("summary")["spark.app.id"] == spark.sparkContext.applicationId
    newest = snapshots(spark, name).where(own).first()
    if newest is None:  # it was made without a row
        return {"rows": 0, "files": 0, "bytes": 0, "grown": 0}
    before = snapshots(spark, name).where(F.col("snapshot_id") == newest["parent_id"]).first() if newest["parent_id"] else None
    summary = newest["summary"]
    added = {key: int(summary.get(of, 0)) for key, of in (
        ("rows", "added-records"), ("files", "added-data-files"), ("bytes", "added-files-size"))}
    return {**added, "grown": _rows_in(summary) - (_rows_in(before["summary"]) if before else 0)}


def _rows_in(summary):
    """Rows of files, less those that a merge on read only marks as gone."""
    return int(summary.get("total-records", 0)) - int(summary.get("total-position-deletes", 0))
