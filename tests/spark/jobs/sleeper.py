"""Runs, with an application and one executor, until it is ended; or for argv[1] seconds."""

import sys
import time

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600
print("sleeping", flush=True)
spark.sparkContext.parallelize(range(2), 2).map(lambda x: time.sleep(seconds / 2)).count()
print("woke up", flush=True)
spark.stop()
