"""Two small stages, much output and a long log."""

import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sparkContext.setLogLevel("WARN")
pairs = spark.sparkContext.parallelize(range(1000), 4).map(lambda x: (x % 10, x))
print(sorted(pairs.reduceByKey(lambda a, b: a + b).collect()))
log = spark.sparkContext._jvm.org.apache.logging.log4j.LogManager.getLogger("count")
log.warn("a log that is longer than what is read of its end\n" * 2000)
for number in range(int(sys.argv[1])):
    print("line %06d of the output" % number)
print("the last line", flush=True)
spark.stop()
