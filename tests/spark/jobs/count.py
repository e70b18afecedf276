"""Two small stages, and much output."""

import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sparkContext.setLogLevel("WARN")
pairs = spark.sparkContext.parallelize(range(1000), 4).map(lambda x: (x % 10, x))
print(sorted(pairs.reduceByKey(lambda a, b: a + b).collect()))
for number in range(int(sys.argv[1])):
    print("line %06d of the output" % number)
print("the last line", flush=True)
spark.stop()
