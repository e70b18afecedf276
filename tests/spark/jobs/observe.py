"""Prints what a job can see of itself, on the driver and on its executors."""

import hashlib
import json
import os
import pickle
import sys
import time

import helper
import shapes.square
from pyspark.sql import SparkSession


class Point:
    def __init__(self, x):
        self.x = x

    def __eq__(self, other):
        return type(other) is Point and self.x == other.x


def twice(x):
    return 2 * x


spark = SparkSession.builder.getOrCreate()
context = spark.sparkContext


def executors():
    return len(context._jsc.sc().statusTracker().getExecutorInfos()) - 1


wanted = int(os.environ.get("WANTED_EXECUTORS", "1"))
for _ in range(150):
    if executors() >= wanted:
        break
    time.sleep(0.2)

numbers = context.parallelize(range(8), 8)
conf = context.getConf()
hadoop = context._jsc.hadoopConfiguration()


def digest(key):
    """Of a secret, which must not be printed."""
    return hashlib.sha256((hadoop.get(key) or "").encode()).hexdigest()


def imported(x):
    time.sleep(1)  # so that somebody sees how many tasks are done
    return [helper.thrice(x), shapes.square.area(x), helper.__file__, shapes.square.__file__]


seen = {
    "file": __file__,
    "name": __name__,
    "argv": sys.argv,
    "path": sys.path[0],
    "environment": os.environ.get("TEST_MARK"),
    "leftOver": sorted(key for key in [*os.environ, *context._jvm.System.getenv()] if key.startswith("MCP_SPARK_R")),
    "helper": helper.__file__,
    "master": context.master,
    "application": context.applicationId,
    "conf": {key: conf.get(key) for key in ("spark.test.colour", "spark.test.number", "spark.test.flag")},
    "secret": digest("fs.s3a.secret.key"),
    "token": digest("fs.s3a.session.token"),
    "executors": executors(),
    "imported": numbers.map(imported).collect(),
    "byText": context.parallelize([("a", 1), ("b", 2)]).partitionBy(2).lookup("a"),
    "function": numbers.map(twice).collect(),
    "class": numbers.map(Point).collect() == [Point(x) for x in range(8)],
    "pickled": pickle.loads(pickle.dumps(Point(3))) == Point(3),
}
print("\nOBSERVED " + json.dumps(seen), flush=True)
spark.stop()
