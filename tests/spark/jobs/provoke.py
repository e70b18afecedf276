"""Jobs made bad on purpose, and healthy twins: what `monitor-cluster diagnosis` must find, and must not.

usage: provoke.py NAME FOLDER
"""

import hashlib
import os
import signal
import sys
import time

from pyspark import TaskContext
from pyspark.sql import SparkSession
from pyspark.sql.functions import broadcast, udf

PLAIN_JOIN = {"spark.sql.autoBroadcastJoinThreshold": "-1", "spark.sql.adaptive.skewJoin.enabled": "false",
              "spark.sql.adaptive.coalescePartitions.enabled": "false", "spark.sql.shuffle.partitions": "8"}
SKEWED = "max(sha2(sha2(sha2(cast(v as string), 512), 512), 512))"


def join(spark, key):
    left = spark.range(600_000).selectExpr(key + " k", "id v")
    right = spark.range(1000).selectExpr("id k")
    left.join(right, "k").selectExpr(SKEWED).collect()


def skew(spark, folder):
    join(spark, "if(id % 10 < 8, 0, id % 1000)")


def even(spark, folder):
    join(spark, "id % 1000")


def wait_for(slow):
    def work(i):
        time.sleep(slow if i == 7 else 0.2)
        return i
    return work


def slowly(part):
    for row in part:
        time.sleep(0.001)
        yield row


def skew_rdd(spark, folder):
    """Time by the clock, not by the processor: the same on every machine."""
    pairs = spark.sparkContext.parallelize(range(10000), 4).map(lambda x: (0 if x % 10 < 8 else x, x))
    pairs.partitionBy(8).mapPartitions(slowly).count()


def straggler(spark, folder):
    spark.sparkContext.parallelize(range(20), 20).map(wait_for(12)).count()


def steady(spark, folder):
    spark.sparkContext.parallelize(range(20), 20).map(wait_for(0.2)).count()


def spill(spark, folder):
    rows = spark.range(3_000_000).selectExpr("id", "sha2(cast(id as string), 256) s").repartition(4, "id")
    rows.sortWithinPartitions("s", "id").selectExpr("sum(length(s))").collect()


def gc(spark, folder):
    rows = spark.range(2_000_000).selectExpr("id % 50000 k", "concat('y', id) v").groupBy("k")
    rows.agg({"v": "collect_list"}).selectExpr("sum(size(`collect_list(v)`))").collect()


def few(spark, folder):
    spark.range(0, 300_000, 1, 1).selectExpr(SKEWED.replace("v", "id")).collect()


def gap(spark, folder):
    spark.range(1000).count()
    time.sleep(25)
    spark.range(1000).count()


def tiny(spark, folder):
    spark.range(20000).repartition(800).count()


def read_small(spark, folder):
    source = os.path.join(folder, "small")
    os.makedirs(source)
    for i in range(600):
        with open(os.path.join(source, "%d.csv" % i), "w") as file:
            file.write("%d\n" % i)
    spark.read.schema("a int").csv(source).count()


def write_small(spark, folder):
    spark.range(100_000).repartition(200).write.parquet(os.path.join(folder, "written"))


def one_file(spark, folder):
    rows = spark.range(600_000).selectExpr("sha2(sha2(cast(id as string), 256), 256) h")
    rows.coalesce(1).write.parquet(os.path.join(folder, "one"))


def nested(spark, folder):
    spark.range(13000).createOrReplaceTempView("a")
    spark.sql("SELECT sum(a.id * b.id) FROM a JOIN a b ON a.id < b.id").collect()


def explosion(spark, folder):
    left = spark.range(60_000).selectExpr("id % 20 k", "id v")
    right = spark.range(8_000).selectExpr("id % 20 k", "id w")
    left.join(right, "k").selectExpr("sum(v * w)").collect()


def no_broadcast(spark, folder):
    left = spark.range(1_500_000).selectExpr("id % 1000 k", "sha2(cast(id as string), 256) v")
    left.join(spark.range(1000).selectExpr("id k"), "k").selectExpr("max(v)").collect()


def python_udf(spark, folder):
    @udf("string")
    def digest(x):
        for _ in range(6):
            x = hashlib.sha256(str(x).encode()).hexdigest()
        return x
    spark.range(150_000).select(digest("id").alias("h")).selectExpr("max(h)").collect()


def evicted(spark, folder):
    rows = spark.range(0, 1_000_000, 1, 8).selectExpr("id", "sha2(cast(id as string), 256) h")
    rows = rows.persist()
    for _ in range(3):
        rows.selectExpr("max(h)").collect()


def write_text(folder, lines):
    """Some MiB of text that does not compress, in one file."""
    path = os.path.join(folder, "large.txt")
    with open(path, "w") as file:
        for _ in range(lines):
            file.write(os.urandom(500).hex() + "\n")
    return path


def large_read(spark, folder):
    rows = spark.read.text(write_text(folder, 560_000)).sortWithinPartitions("value")
    rows.write.format("noop").mode("overwrite").save()


read_well = large_read


def shuffle_small(spark, folder):
    spark.range(0, 100_000, 1, 4).selectExpr("id % 5000 k").groupBy("k").count().selectExpr("max(count)").collect()


shuffle_joined = shuffle_small


def warm(spark):
    """Python's workers are there, on every slot."""
    spark.sparkContext.parallelize(range(8), 8).map(wait_for(0.5)).count()


def copies(spark, folder):
    """The last two take longer, and their copies no less."""
    nap = "reflect('java.lang.Thread', 'sleep', if(id > 7, %dL, %dL)) m"
    for long, short in ((500, 500), (14000, 5000)):  # the first time code is made
        spark.range(0, 10, 1, 10).selectExpr(nap % (long, short)).selectExpr("max(m)").collect()
    time.sleep(2)
    spark.range(10).count()


no_copies = copies


def slow_at_first(partition, rows):
    time.sleep(20 if partition == 7 and TaskContext.get().attemptNumber() == 0 else 2)
    return rows


def copy_won(spark, folder):
    warm(spark)
    spark.sparkContext.parallelize(range(16), 16).mapPartitionsWithIndex(slow_at_first).count()


def thrash(spark, folder):
    for _ in range(6):
        spark.sparkContext.parallelize(range(8), 8).map(wait_for(0.2)).count()
        time.sleep(2.5)


settled = thrash


def unused_memory(spark, folder):
    """Ten minutes and a half."""
    spark.sparkContext.parallelize(range(126), 126).mapPartitions(lambda rows: time.sleep(10) or rows).count()


def used_memory(spark, folder):
    rows = spark.range(0, 800, 1, 8).selectExpr("id", "repeat('x', 1000000) s").persist()
    rows.count()
    unused_memory(spark, folder)


def healthy(spark, folder):
    spark.range(0).count()
    spark.range(1_000_000).selectExpr("id % 10 k").groupBy("k").count().collect()
    spark.range(10).repartition(200).count()
    spark.range(0, 60_000, 1, 1).selectExpr(SKEWED.replace("v", "id")).collect()
    time.sleep(2)


def collect(spark, folder):
    spark.range(6_000_000).collect()


# ---- what fails ----

def divide(x):
    return 1 // (x - 900)


def own_error(spark, folder):
    spark.range(1000).select(udf(divide, "long")("id")).collect()


def fail_first(x):
    if TaskContext.get().attemptNumber() == 0 and x == 3:
        time.sleep(6)
        raise ValueError("only the first time")
    return x


def retried(spark, folder):
    spark.sparkContext.parallelize(range(8), 8).map(fail_first).count()


def crash(spark, folder):
    spark.range(10).select(udf(lambda x: os.kill(os.getpid(), signal.SIGSEGV), "long")("id")).collect()


def executor_memory(spark, folder):
    spark.sql("SELECT size(collect_list(repeat('x', 1000))) FROM range(3000000)").collect()


def result_size(spark, folder):
    spark.range(3_000_000).collect()


def broadcast_timeout(spark, folder):
    @udf("long")
    def slow(x):
        time.sleep(5)
        return x
    small = spark.range(0, 4, 1, 2).select(slow("id").alias("id"))
    spark.range(1000).join(broadcast(small), "id").count()


def no_module(spark, folder):
    sys.path.insert(0, folder)
    with open(os.path.join(folder, "beside_driver.py"), "w") as file:
        file.write("def double(x):\n    return 2 * x\n")
    import beside_driver
    spark.range(10).select(udf(beside_driver.double, "long")("id")).collect()


def not_serializable(spark, folder):
    context = spark.sparkContext
    context.parallelize([1]).map(lambda x: context.version).collect()


def no_path(spark, folder):
    spark.read.parquet(os.path.join(folder, "nothing")).count()


def kill_executor(folder):
    """Kills the JVM of the executor that runs this, once."""
    def work(part):
        for row in part:
            yield row
        marker = os.path.join(folder, "killed")
        if TaskContext.get().partitionId() == 1 and not os.path.exists(marker):
            time.sleep(4)
            open(marker, "w").close()
            daemon = os.getppid()
            with open("/proc/%d/stat" % daemon) as file:
                os.kill(int(file.read().rpartition(")")[2].split()[1]), signal.SIGKILL)
            time.sleep(60)
    return work


def lost_executor(spark, folder):
    pairs = spark.sparkContext.parallelize(range(40000), 8).map(lambda x: (x % 100, x)).groupByKey(8)
    pairs.mapPartitions(kill_executor(folder)).count()


def lost_and_failed(spark, folder):
    def die(part):
        daemon = os.getppid()
        with open("/proc/%d/stat" % daemon) as file:
            os.kill(int(file.read().rpartition(")")[2].split()[1]), signal.SIGKILL)
        time.sleep(60)
        return part
    spark.sparkContext.parallelize(range(4), 4).mapPartitions(die).count()


NO_AQE = {"spark.sql.adaptive.enabled": "false"}
SPECULATION = {"spark.speculation": "true", "spark.speculation.quantile": "0.5",
               "spark.speculation.multiplier": "1.2", "spark.speculation.minTaskRuntime": "100ms",
               "spark.executor.cores": "2"}  # a copy never runs on the host of its original
ALLOCATION = {"spark.dynamicAllocation.enabled": "true", "spark.dynamicAllocation.maxExecutors": "2",
              "spark.executor.cores": "2"}
LARGE_HEAP = {"spark.executor.memory": "2g", "spark.executor.cores": "2", "spark.cores.max": "2",
              "spark.sql.inMemoryColumnarStorage.compressed": "false",
              "spark.sql.inMemoryColumnarStorage.batchSize": "10"}

SETTINGS = {
    "large_read": {"spark.sql.files.maxPartitionBytes": "290m", "spark.sql.files.minPartitionNum": "2"},
    "read_well": {"spark.sql.files.maxPartitionBytes": "24m"},
    "shuffle_small": {**NO_AQE, "spark.sql.shuffle.partitions": "2000"},
    "shuffle_joined": {"spark.sql.shuffle.partitions": "2000"},
    "no_copies": {"spark.executor.cores": "2"}, "copies": SPECULATION, "copy_won": SPECULATION,
    "thrash": {**ALLOCATION, "spark.dynamicAllocation.executorIdleTimeout": "1s"},
    "settled": ALLOCATION,
    "unused_memory": LARGE_HEAP, "used_memory": LARGE_HEAP,
    "skew": PLAIN_JOIN, "even": PLAIN_JOIN,
    "spill": {"spark.memory.fraction": "0.1", "spark.sql.adaptive.enabled": "false"},
    "gc": {"spark.executor.memory": "470m", "spark.sql.shuffle.partitions": "4",
           "spark.sql.adaptive.enabled": "false"},
    "tiny": {"spark.sql.adaptive.coalescePartitions.enabled": "false"},
    "nested": {"spark.sql.autoBroadcastJoinThreshold": "-1"},
    "no_broadcast": {"spark.sql.autoBroadcastJoinThreshold": "-1", "spark.sql.adaptive.enabled": "false",
                     "spark.sql.shuffle.partitions": "4"},
    "result_size": {"spark.driver.maxResultSize": "1m"},
    "broadcast_timeout": {"spark.sql.broadcastTimeout": "1"},
    "executor_memory": {"spark.executor.memory": "470m"},
    "evicted": {"spark.executor.memory": "470m"},
    "lost_and_failed": {"spark.task.maxFailures": "2"},
}


def main():
    name, folder = sys.argv[1:]
    builder = SparkSession.builder.appName(name)
    settings = {"spark.executor.memory": "700m", "spark.executor.cores": "4", "spark.cores.max": "4",
                **SETTINGS.get(name, {})}
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("WARN")
    try:
        globals()[name](spark, folder)
    finally:
        spark.stop()


if __name__ == "__main__":
    main()
