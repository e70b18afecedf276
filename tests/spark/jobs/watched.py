"""Leaves a trace of every kind for the views of monitor-cluster: jobs that succeed, fail and go on, SQL, caches, streams."""

import sys
import threading
import time

from pyspark import StorageLevel, TaskContext
from pyspark.sql import SparkSession
from pyspark.sql.functions import broadcast, udf
from pyspark.streaming import StreamingContext

folder = sys.argv[1]  # data, and the file whose coming ends this
spark = SparkSession.builder.getOrCreate()
sc = spark.sparkContext
spark.conf.set("spark.sql.shuffle.partitions", "4")


def fail_on_three(number):
    if number == 3:
        raise ValueError("no price in row %d" % number)
    return number


def fail_once(number):
    if number == 1 and TaskContext.get().attemptNumber() == 0:
        raise KeyError("only the first time")
    return number


def be_slow(number):
    time.sleep(8 if number == 3 else 0.05)  # the first processes of Python may take 2 s
    return number


def attempt(work):
    try:
        work()
    except Exception as error:
        print(type(error).__name__)


sc.setJobDescription("sum of the joined")
orders = spark.range(0, 20000, 1, 4).selectExpr("id", "id % 100 AS customer")
customers = spark.range(100).selectExpr("id AS customer", "concat('name ', id) AS name")
orders.join(broadcast(customers), "customer").groupBy("name").count().orderBy("name").collect()
sc.setJobDescription(None)
orders.write.mode("overwrite").parquet(folder + "/orders")
spark.read.parquet(folder + "/orders").where("customer < 7").groupBy("customer").count().collect()
sc.parallelize(range(8), 8).map(be_slow).count()
sc.parallelize(range(4), 4).map(fail_once).count()
attempt(lambda: sc.parallelize(range(4), 4).map(fail_on_three).count())
attempt(lambda: spark.range(0, 4, 1, 2).select(udf(fail_on_three, "long")("id")).collect())
orders.createOrReplaceTempView("orders")
spark.sql("CACHE TABLE orders")
numbers = sc.parallelize(range(1000), 4).setName("numbers").persist(StorageLevel.MEMORY_AND_DISK)
numbers.count()

rates = (spark.readStream.format("rate").option("rowsPerSecond", 20).load()
         .withWatermark("timestamp", "10 seconds").groupBy("timestamp").count()
         .writeStream.format("memory").queryName("rates").outputMode("append")
         .trigger(processingTime="1 second").start())
broken = (spark.readStream.format("rate").option("rowsPerSecond", 20).load()
          .select(udf(fail_on_three, "long")("value"))
          .writeStream.format("noop").queryName("broken").start())
context = StreamingContext(sc, 1)
context.queueStream([sc.parallelize(range(10), 1)]).foreachRDD(lambda rdd: None)
context.start()
attempt(broken.awaitTermination)
while len(rates.recentProgress) < 4:
    time.sleep(0.2)
threading.Thread(
    target=lambda: attempt(lambda: sc.parallelize([600], 1).map(time.sleep).count()), daemon=True).start()
print("watched", flush=True)
while True:
    time.sleep(0.2)
    try:
        open(folder + "/end").close()
        break
    except OSError:
        pass
rates.stop()  # first: a batch that is cancelled fails its query
context.stop(stopSparkContext=False)
sc.cancelAllJobs()
spark.stop()
