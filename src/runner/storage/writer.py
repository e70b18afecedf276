"""Writes that lose nothing: a target is replaced when the new data is complete, not before."""

import functools
import re
import threading

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F

from ..context import Refused
from ..identifiers import FreeNames, column
from .files import file_relations, overlap, part_numbers, roots
from .formats import source_of
from .staging import Staging, put_in_place

WAIT_FOR_COUNT = 30  # seconds; Spark reports an observed number soon after the write, or never


class Writer:
    """One write of a frame, in the way that its target asks for."""

    def __init__(self, context, df, format, options, partition_by):
        self.context = context
        self.df = df
        self.source = source_of(context.spark, format)
        self.options = options
        self.partition_by = list(partition_by or [])

    def beside(self, target, exists):
        """Into a hidden folder beside the target, which then takes the target's place."""
        with Staging(self.context, target) as staging:
            seen = self._save(staging.data.uri, "error", with_parts=self._is_spread(target))
            files, size = staging.data.measure()
            if _lacks_parts(seen, files, staging.data.file_names):
                raise own_disks(seen, target, "nothing of it was kept")
            self.context.enter("moving the written data into place")
            put_in_place(self.context, staging, exists)
        return {"rows": self._tell_lost(seen), "files": files, "bytes": size}

    def _is_spread(self, target):
        """Whether file: may be another disk on each machine."""
        return target.scheme == "file" and len(hosts(self.context.spark)) > 1

    def into(self, target, mode):
        """Into the existing target, by Spark's own committer: its files appear at the end."""
        is_spread = self._is_spread(target)
        files_before, size_before = target.measure() if mode == "append" else (0, 0)
        before = target.file_names() if is_spread else set()
        seen = self._save(target.uri, mode, with_parts=is_spread)
        files, size = target.measure()
        if _lacks_parts(seen, files - files_before, lambda: target.file_names() - before):
            raise own_disks(seen, target, "those of the driver's machine were added")
        return {"rows": self._tell_lost(seen), "files": files - files_before, "bytes": size - size_before}

    def in_transaction(self, target, mode):
        """Delta's own way; it also keeps the count, in the table's history."""
        self._writer(self.df, mode).save(target.uri)
        return delta_counts(self.context.spark, target.uri)

    def _writer(self, df, mode):
        writer = df.write.format(self.source).mode(mode).options(**self.options)
        return writer.partitionBy(*self.partition_by) if self.partition_by else writer

    def _save(self, path, mode, with_parts=False):
        """Write, and give what went by: rows, those that csv leaves out, and the parts with others."""
        is_lost, df = self._is_lost(), self.df
        wanted = {"rows": F.count(F.lit(1)), "lost": F.count(F.when(is_lost, 1)),
                  "empty": F.count(F.when(self._has_empty(), 1))}
        part = FreeNames(df.columns).new("part")
        if with_parts:
            df = df.withColumn(part, F.spark_partition_id())
            wanted["parts"] = F.collect_set(F.when(~is_lost, column(part)))
        observation = Observation()
        df = df.observe(observation, *[value.alias(name) for name, value in wanted.items()])
        self._writer(df.drop(part), mode).save(path)
        return get_in_time(observation) or {"rows": self._count(path), "lost": 0, "empty": 0}

    def _is_lost(self):
        """A null alone in its line: csv writes no line for it, unless a word stands for null."""
        names = [name for name in self.df.columns if name.lower() not in
                 {name.lower() for name in self.partition_by}]
        if self.source != "csv" or len(names) != 1 or self._has_word_for_null():
            return F.lit(False)
        return column(names[0]).isNull()

    def _has_word_for_null(self):
        return any(name.lower() == "nullvalue" and value for name, value in self.options.items())

    def _has_empty(self):
        """A text of no characters: csv's readers take it for null, unless a word stands for null."""
        texts = [name for name, type in self.df.dtypes if type == "string"]
        if self.source != "csv" or self._has_word_for_null() or not texts:
            return F.lit(False)
        return functools.reduce(lambda one, other: one | other, [column(name) == "" for name in texts])

    def _tell_lost(self, seen):
        """The rows that are in the files."""
        if seen["lost"]:
            self.context.warn(
                "%d of %d rows hold a null and nothing else: csv has no line for them, so they are not in the "
                "files. write_options {\"nullValue\": \"NULL\"} of manage-data or another format keeps them."
                % (seen["lost"], seen["rows"]))
        if seen["empty"]:
            self.context.warn(
                "%d rows hold empty texts, which are null when this csv is read again. write_options "
                "{\"nullValue\": \"\\\\N\"} of manage-data, with the same among the options of who reads it, or "
                "another format keeps them." % seen["empty"])
        return seen["rows"] - seen["lost"]

    def _count(self, path):
        """As it was written: a line break in a value is no end of a row."""
        options = {"multiLine": "true", **self.options} if self.source == "csv" else self.options
        reader = self.context.spark.read.format(self.source).options(**options)
        return reader.schema(self.df.schema).load(path).count()


def hosts(spark):
    """Where the executors run."""
    executors = spark.sparkContext._jsc.sc().statusTracker().getExecutorInfos()
    return {executor.host() for executor in executors}


def _lacks_parts(seen, files, get_names):
    """Spark does not notice that parts are missing. Each task that was given rows has named a file by its number."""
    parts = set(re.findall(r"\d+", str(seen.get("parts", ""))))  # a Seq of Scala's before Spark 4
    if seen["rows"] == seen["lost"]:
        return False
    return not files or bool(parts and parts - part_numbers(get_names()))


def own_disks(seen, target, kept):
    return Refused(
        "%d rows were written, but they are not all in '%s': the workers wrote to disks of their own; %s" % (
            seen["rows"] - seen["lost"], target.parent(), kept),
        "Write to storage that the driver and all workers share, such as hdfs or s3a.")


def get_in_time(observation, seconds=WAIT_FOR_COUNT):
    """What was observed; None: Spark's listener bus has dropped it (Observation.get waits for ever)."""
    found = []
    thread = threading.Thread(target=lambda: found.append(observation.get), daemon=True)
    thread.start()
    thread.join(seconds)
    return found[0] if found else None


def delta_counts(spark, path):
    """What the newest version of a Delta table says was written."""
    table = spark._jvm.io.delta.tables.DeltaTable.forPath(spark._jsparkSession, path)
    newest = DataFrame(table.history(1), spark).select("operationMetrics").first()
    metrics = newest[0] or {}
    names = {"rows": "numOutputRows", "files": "numFiles", "bytes": "numOutputBytes"}
    return {key: int(metrics.get(name, 0)) for key, name in names.items()}


def reads_from(df, target):
    return any(overlap(root, target.uri) for root in roots(df))


def forget_listings(spark, target):
    """Cached data and views over files that are gone: they list them anew when next used."""
    spark.catalog.refreshByPath(target.uri)
    views = spark._jsparkSession.sessionState().catalog().listLocalTempViews("*")
    for index in range(views.size()):
        name = views.apply(index).quotedString()
        df = spark.table(name)
        if any(overlap(root, target.uri) for root in roots(df)):
            for relation in file_relations(df):
                relation.location().refresh()
