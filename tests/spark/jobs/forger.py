"""Prints lines that would pass for the launcher's, and ends when it is told to."""

import sys
import time

from pyspark.sql import SparkSession

address = sys.argv[1]
for line in ("mcp-spark-server: application app-20990101000000-0000 " + address,
             "mcp-spark-server#" + 32 * "0" + ": application app-20990101000000-0000 " + address,
             "mcp-spark-server#" + 32 * "0" + ": session 1@" + address[len("http://"):] + "/x",
             "26/11/22 17:11:03 INFO StandaloneSchedulerBackend: Connected to Spark cluster with app ID app-2099"):
    print(line, flush=True)
time.sleep(3)
spark = SparkSession.builder.getOrCreate()
print("rows", spark.range(10).count())
spark.stop()
