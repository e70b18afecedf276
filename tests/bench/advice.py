#!/usr/bin/env python3
"""Does the advice of a diagnosis help? Jobs made bad on purpose, the same with the advice followed: seconds of both.

Rows and tasks sleep, so that the figures say little of the machine. By hand, a minute and a half:

    PYSPARK_PYTHON=build/venv-4.3.0/bin/python build/venv-4.3.0/bin/python tests/bench/advice.py [P1 P5 P7 P10]
"""

import os
import shutil
import sys
import tempfile
import time

from pyspark.sql import SparkSession

WIDE = "concat_ws('', transform(sequence(1, 40), i -> sha2(concat(id, '-', i), 512)))"
SKEWED = """SELECT max(m), count(*) FROM (SELECT /*+ MERGE(b) */ a.k, reflect('java.lang.Thread', 'sleep', 1L) m, a.w
    FROM (SELECT if(id % 10 < 8, 0, id % 1000) k, {} w FROM range(0, 9000, 1, 8)) a
    JOIN (SELECT id k FROM range(1000)) b ON a.k = b.k)""".format(WIDE)
MIB_16 = str(16 << 20)


def settings(spark, values):
    for key, value in values.items():
        spark.conf.set(key, value)


def skew(spark, folder, advised):
    settings(spark, {"spark.sql.adaptive.coalescePartitions.enabled": "false", "spark.sql.shuffle.partitions": "8",
                     "spark.sql.adaptive.skewJoin.enabled": "false"})
    if advised:
        settings(spark, {"spark.sql.adaptive.skewJoin.enabled": "true",
                         "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes": MIB_16,
                         "spark.sql.adaptive.advisoryPartitionSizeInBytes": MIB_16})
    spark.sql(SKEWED).collect()


def nap(part):
    for row in part:
        time.sleep(0.001)
        yield row


def few(spark, folder, advised):
    rows = spark.range(0, 8000, 1, 1).rdd
    (rows.repartition(8) if advised else rows).mapPartitions(nap).count()


def tiny(spark, folder, advised):
    rows = spark.range(0, 20000, 1, 2000)
    (rows.coalesce(12) if advised else rows).selectExpr("max(sha2(cast(id as string), 512))").collect()


def small_files(spark, folder, advised):
    rows = spark.range(0, 100_000, 1, 8).repartition(400)
    target = os.path.join(folder, "advised" if advised else "bad")
    (rows.coalesce(1) if advised else rows).write.parquet(target)


JOBS = {"P1": skew, "P5": few, "P7": tiny, "P10": small_files}


def session():
    builder = SparkSession.builder.master("local[4]").appName("advice").config("spark.ui.enabled", "false")
    return (builder.config("spark.driver.memory", "700m").config("spark.ui.showConsoleProgress", "false")
            .getOrCreate())


def seconds_of(name, advised, folder):
    spark = session()
    spark.sparkContext.setLogLevel("ERROR")
    spark.sparkContext.parallelize(range(8), 8).map(str).count()  # Python's workers are there
    spark.range(10).selectExpr("max(sha2(cast(id as string), 512))").collect()
    begun = time.monotonic()
    JOBS[name](spark, folder, advised)
    seconds = time.monotonic() - begun
    spark.stop()
    return seconds


def main(names):
    folder = tempfile.mkdtemp(prefix="advice-")
    print("finding  as it is  advice followed")
    for name in names or JOBS:
        print("%-7s  %6.1f s  %13.1f s" % (name, seconds_of(name, False, folder), seconds_of(name, True, folder)),
              flush=True)
    shutil.rmtree(folder, ignore_errors=True)


main(sys.argv[1:])
