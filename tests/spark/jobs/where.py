"""Prints where it runs; has a context, but no task."""

import json
import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
context = spark.sparkContext
keys = ("spark.serializer", "spark.sql.warehouse.dir")
print("\nOBSERVED " + json.dumps({
    "file": __file__, "argv": sys.argv, "master": context.master, "application": context.applicationId,
    "conf": {key: context.getConf().get(key) for key in keys}}), flush=True)
spark.stop()
