"""Tables of Iceberg: they are named, as catalog.database.table, and each write to one is one commit.

https://iceberg.apache.org/docs/latest/spark-writes/, spark-queries/#snapshots
"""

import contextlib
import threading

from pyspark.sql import functions as F

from ..context import Refused
from ..identifiers import backquoted, column, parts_of, quoted
from .reading import has_table

_locks = {}  # a table's name: two writes to one in one session could not tell their commits apart


@contextlib.contextmanager
def turn(context, name):
    """One write after the other, with what is asked of its commit."""
    lock = _locks.setdefault(quoted(name).lower(), threading.Lock())
    while not lock.acquire(timeout=0.5):
        context.check()
    try:
        yield
    finally:
        lock.release()


def write(context, df, name, mode, options, partition_by, is_dynamic):
    """As writing.write does; what is overwritten stays as an older version."""
    with turn(context, name):
        spark, is_there = context.spark, has_table(context.spark, name, "iceberg")
        answer = {"path": name, "format": "iceberg", "mode": mode}
        if is_there and mode == "error":
            raise Refused("the table '%s' exists already" % name,
                          "Choose another name, or let it be replaced or added to: save mode overwrite or append.")
        if is_there and mode == "ignore":
            context.warn("'%s' exists already, so nothing was written (mode ignore)." % name)
            return {**answer, "rows": 0, "files": 0, "bytes": 0}
        keeps = is_there and (mode == "append" or (mode == "overwrite" and is_dynamic))
        if keeps and partition_by:
            raise Refused("'%s' has its own partitions" % name, "Leave out partition_by.")
        if is_there and not keeps and not partition_by and _is_partitioned(spark, name):
            context.warn("'%s' was partitioned, and is no more: partition_by keeps it so." % name)
        context.enter("writing %s" % name)
        _write(df.writeTo(quoted(name)).options(**options), is_there, keeps, mode, partition_by)
        commit = last_commit(spark, name)
        return {**answer, **{key: commit[key] for key in ("rows", "files", "bytes")}}


def _write(writer, is_there, keeps, mode, partition_by):
    if keeps:
        return writer.append() if mode == "append" else writer.overwritePartitions()
    writer = writer.using("iceberg")
    if partition_by:
        writer = writer.partitionedBy(*map(_partition, partition_by))
    return writer.createOrReplace() if is_there else writer.create()


def _partition(name):
    """Spark parses the name of the column once more, quoted only where it has a dot."""
    return column(name if "." in name else backquoted(name))


def _is_partitioned(spark, name):
    told = [row["col_name"] for row in spark.sql("DESCRIBE TABLE " + quoted(name)).collect()]
    return any(line.startswith("# Partition") for line in told) and "Not partitioned" not in told


def snapshots(spark, name):
    """The versions of a table, newest first: https://iceberg.apache.org/docs/latest/spark-queries/#snapshots"""
    where = ""
    if len(parts_of(name)) == 1:  # the tables about a table are named below it, and it below its database
        where = backquoted(spark.catalog.currentCatalog()) + "."
        where += spark.catalog.currentDatabase() + "." if spark.catalog.currentDatabase() else ""
    return spark.table("%s%s.snapshots" % (where, quoted(name))).orderBy(F.desc("committed_at"))


def last_commit(spark, name):
    """What this application's newest version of the table added, and by how many rows it grew: None where files with rows
    that are only marked as gone were there before."""
    own = F.col("summary")["spark.app.id"] == spark.sparkContext.applicationId
    newest = snapshots(spark, name).where(own).first()
    if newest is None:  # it was made without a row
        return {"rows": 0, "files": 0, "bytes": 0, "grown": 0}
    before = snapshots(spark, name).where(F.col("snapshot_id") == newest["parent_id"]).first() if newest["parent_id"] else None
    now, then = _Rows(newest["summary"]), _Rows(before["summary"] if before else {})
    added = {key: int(newest["summary"].get(of, 0)) for key, of in (
        ("rows", "added-records"), ("files", "added-data-files"), ("bytes", "added-files-size"))}
    return {**added, "grown": None if then.marked else now.all - now.marked - then.all}


class _Rows:
    """Of a version's files: all, and those that a merge on read has marked as gone."""

    def __init__(self, summary):
        self.all = int(summary.get("total-records", 0))
        self.marked = int(summary.get("total-position-deletes", 0)) + int(summary.get("total-equality-deletes", 0))
