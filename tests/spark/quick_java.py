"""Options for JVMs that live for seconds, as those of the tests do.

usage: quick_java.py    makes the archive of Spark's classes, from which they start with half of the CPU time
"""

import importlib.util
import os
import tempfile
from pathlib import Path

# The second compiler costs time only. The first one alone would have a cache of 48 MB, which sessions fill.
COMPILER = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC"


def archive_of(spark_home):
    return Path(spark_home).parents[3] / "classes.jsa"  # in the virtual environment


def options(spark_home):
    archive = archive_of(spark_home)
    if not archive.exists():
        return COMPILER
    return COMPILER + " -XX:SharedArchiveFile=%s -Xshare:auto -Xlog:disable -Xlog:all=error:stderr" % archive


def make(folder):
    """A cluster within one JVM loads what masters, workers, drivers and executors do."""
    from pyspark.sql import SparkSession

    archive = archive_of(os.path.dirname(importlib.util.find_spec("pyspark").origin))
    settings = {"spark.driver.extraJavaOptions": COMPILER + " -Xlog:disable -XX:ArchiveClassesAtExit=%s" % archive,
                "spark.eventLog.enabled": "true", "spark.eventLog.dir": "file://" + folder}
    builder = SparkSession.builder.master("local-cluster[1,1,1024]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    with builder.getOrCreate() as spark:
        spark.range(1000).selectExpr("id % 7 AS k", "cast(id AS string) AS v").createOrReplaceTempView("t")
        spark.sql("SELECT k, count(*), max(v) FROM t GROUP BY k ORDER BY k").collect()
        spark.sparkContext.parallelize(range(4), 2).map(lambda n: n + 1).sum()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
        os.chdir(folder)  # executors run below work
        make(folder)
