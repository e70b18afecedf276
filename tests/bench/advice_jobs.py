"""Jobs made bad on purpose, and the same with the advice of their finding followed.

Each is NAME(spark, folder, advised), what it says is the advice that is followed. Where it can, a row or task sleeps, so that
the figures say little of the machine. All of this runs in a session, or as submitted (advice.py).
"""

import gzip
import hashlib
import os
import time

from pyspark.sql import SparkSession
from pyspark.sql.functions import broadcast, udf

NAP = "reflect('java.lang.Thread', 'sleep', 1L) m"
WIDE = "concat_ws('', transform(sequence(1, 40), i -> sha2(concat(id, '-', i), 512)))"
SKEWED = """SELECT max(m), max(w) FROM (SELECT /*+ MERGE(b) */ a.k, {}, a.w
    FROM (SELECT if(id % 10 < 8, 0, id % 1000) k, {} w FROM range(0, 9000, 1, 8)) a
    JOIN (SELECT id k FROM range(1000)) b ON a.k = b.k)""".format(NAP, WIDE)
MIB_16 = str(16 << 20)


def settings(spark, values):
    for key, value in values.items():
        spark.conf.set(key, value)


def skew(spark, folder, advised):
    """P1: skewJoin.enabled=true, its threshold and advisoryPartitionSizeInBytes as computed"""
    settings(spark, {"spark.sql.adaptive.coalescePartitions.enabled": "false", "spark.sql.shuffle.partitions": "8",
                     "spark.sql.adaptive.skewJoin.enabled": "false"})
    if advised:
        settings(spark, {"spark.sql.adaptive.skewJoin.enabled": "true",
                         "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes": MIB_16,
                         "spark.sql.adaptive.advisoryPartitionSizeInBytes": MIB_16})
    spark.sql(SKEWED).collect()


def straggler(spark, folder, advised):
    """P2: partition 7 does not wait any more"""
    def work(i):
        time.sleep(12 if i == 7 and not advised else 0.2)
        return i
    spark.sparkContext.parallelize(range(20), 20).map(work).count()


def nap(part):
    for row in part:
        time.sleep(0.001)
        yield row


def few(spark, folder, advised):
    """P5: repartition(8) before the work"""
    rows = spark.range(0, 8000, 1, 1).rdd
    (rows.repartition(8) if advised else rows).mapPartitions(nap).count()


def tiny(spark, folder, advised):
    """P7: coalesce(12)"""
    rows = spark.range(0, 20000, 1, 2000)
    (rows.coalesce(12) if advised else rows).selectExpr("max(sha2(cast(id as string), 512))").collect()


def read_small_before(spark, folder):
    for name, files in (("bad", 3000), ("advised", 1)):
        os.makedirs(os.path.join(folder, name))
        for i in range(files):
            with open(os.path.join(folder, name, "%d.csv" % i), "w") as file:
                file.write("%d\n" % i * (3000 // files))


def read_small(spark, folder, advised):
    """P9: written anew in one file"""
    spark.read.schema("a int").csv(os.path.join(folder, "advised" if advised else "bad")).count()


def write_small(spark, folder, advised):
    """P10: repartition(1) in place of the one that made 400"""
    rows = spark.range(0, 100_000, 1, 8).repartition(1 if advised else 400)
    rows.write.parquet(os.path.join(folder, "advised" if advised else "bad"))


def packed_before(spark, folder):
    with gzip.open(os.path.join(folder, "rows.txt.gz"), "wt") as file:
        file.writelines("%d\n" % i for i in range(8000))


def packed(spark, folder, advised):
    """P11: repartition(4) right after the read"""
    rows = spark.read.text(os.path.join(folder, "rows.txt.gz"))
    (rows.repartition(4) if advised else rows).selectExpr("value", NAP).selectExpr("max(value)", "max(m)").collect()


def one_file(spark, folder, advised):
    """P12: repartition(1) in place of coalesce(1)"""
    rows = spark.range(0, 8000, 1, 8).selectExpr("id", NAP)
    (rows.repartition(1) if advised else rows.coalesce(1)).write.parquet(
        os.path.join(folder, "advised" if advised else "bad"))


def nested(spark, folder, advised):
    """P13: the OR split into a UNION"""
    spark.range(22000).selectExpr("id", "id + 1 next").createOrReplaceTempView("a")
    join = "SELECT a.id x, b.id y FROM a JOIN a b ON a.id = b.%s%s"
    query = (join % ("next", "") + " UNION " + join % ("id", "") if advised else
             join % ("next", " OR a.id = b.id"))
    spark.sql("SELECT sum(x * y) FROM (%s)" % query).collect()


def no_broadcast(spark, folder, advised):
    """P15: the hint broadcast(table)"""
    left = spark.range(0, 3_000_000, 1, 8).selectExpr("id % 1000 k", "sha2(cast(id as string), 256) v")
    right = spark.range(1000).selectExpr("id k")
    left.join(broadcast(right) if advised else right.hint("merge"), "k").selectExpr("max(v)").collect()


def python_udf(spark, folder, advised):
    """P17: a built-in function of Spark in place of the Python one"""
    @udf("string")
    def digest(x):
        for _ in range(6):
            x = hashlib.sha256(str(x).encode()).hexdigest()
        return x
    built_in = "cast(id as string)"
    for _ in range(6):
        built_in = "sha2(%s, 256)" % built_in
    rows = spark.range(0, 600_000, 1, 8)
    rows = rows.selectExpr(built_in + " h") if advised else rows.select(digest("id").alias("h"))
    rows.selectExpr("max(h)").collect()


def shuffle_small(spark, folder, advised):
    """P19: spark.sql.adaptive.enabled=true"""
    settings(spark, {"spark.sql.shuffle.partitions": "2000", "spark.sql.adaptive.enabled": str(advised).lower()})
    spark.range(0, 100_000, 1, 4).selectExpr("id % 5000 k").groupBy("k").count().selectExpr("max(count)").collect()


def schema_before(spark, folder):
    with open(os.path.join(folder, "rows.csv"), "w") as file:
        for i in range(100_000):
            file.write(",".join(str(i * j) for j in range(60)) + "\n")


def schema(spark, folder, advised):
    """P30: the schema is given"""
    reader = spark.read
    reader = (reader.schema(", ".join("_c%d long" % i for i in range(60))) if advised else
              reader.option("inferSchema", "true"))
    reader.csv(os.path.join(folder, "rows.csv")).selectExpr("max(_c59)", "max(_c1)").collect()


def explosion(spark, folder, advised):
    """P14: both sides aggregated before the join"""
    settings(spark, {"spark.sql.shuffle.partitions": "4"})
    left = spark.range(200_000).selectExpr("id % 20 k", "id v")
    right = spark.range(20_000).selectExpr("id % 20 k", "id w")
    if advised:
        left, right = left.groupBy("k").sum("v").toDF("k", "v"), right.groupBy("k").sum("w").toDF("k", "w")
    left.join(right, "k").selectExpr("sum(v * w)").collect()


def result(spark, folder, advised):
    """P28: aggregated before collect()"""
    rows = spark.range(0, 2_400_000, 1, 8).selectExpr("id", "sha2(cast(id as string), 512) h")
    (rows.selectExpr("max(h)") if advised else rows).collect()


def partitioned_before(spark, folder):
    rows = spark.range(0, 4_000_000, 1, 4).selectExpr(
        "id % 40 day", "id % 40 of_day", *("sha2(cast(id + %d as string), 256) c%d" % (i, i) for i in range(4)))
    rows.repartition(4, "day").write.partitionBy("day").csv(os.path.join(folder, "days"))


def partitioned(spark, folder, advised):
    """P29: the filter names the column of the partitions"""
    rows = spark.read.schema("of_day int, c0 string, c1 string, c2 string, c3 string, day int").csv(os.path.join(folder, "days"))
    rows.where("day = 7" if advised else "of_day % 40 = 7").selectExpr("max(c0)", "max(c1)", "max(c2)", "max(c3)").collect()


# ---- each an application of its own on a cluster, with settings of its own ----

def spill(spark, folder, advised):
    """P3: spark.sql.shuffle.partitions as computed"""
    rows = spark.range(6_000_000).selectExpr("id", "sha2(cast(id as string), 256) s").repartition("id")
    rows.sortWithinPartitions("s", "id").selectExpr("sum(length(s))").collect()


def collections(spark, folder, advised):
    """P4: spark.executor.memory twice as large"""
    rows = spark.range(0, 4_500_000, 1, 8).selectExpr("id % 100 k", "concat('y', id) v").groupBy("k")
    rows.agg({"v": "collect_list"}).selectExpr("sum(size(`collect_list(v)`))").collect()


def digests(ids):
    for number in ids:
        text = str(number)
        for _ in range(8):
            text = hashlib.sha256(text.encode()).hexdigest()
        yield text


def alone(spark, folder, advised):
    """P6: the driver's loop as a function of Spark"""
    rows = spark.range(0, 4_000_000, 1, 8)
    if advised:
        last = rows.rdd.map(lambda row: row.id).mapPartitions(digests).max()
    else:
        last = max(digests(row.id for row in rows.toLocalIterator()))
    spark.createDataFrame([(last,)], "h string").collect()


def large_broadcast(spark, folder, advised):
    """P16: the hint taken away"""
    left = spark.range(0, 6_000_000, 1, 8).selectExpr("id k", "id v")
    right = spark.range(0, 4_000_000, 1, 8).selectExpr("id k", "sha2(cast(id as string), 256) w")
    left.join(right if advised else broadcast(right), "k").selectExpr("max(w)", "sum(v)").collect()


# ---- on a cluster of two hosts ----

def fetched(spark, folder, advised):
    """P18: aggregated before the shuffle"""
    rows = spark.range(0, 600_000, 1, 8).selectExpr("id % 1000 k", "sha2(cast(id as string), 512) w")
    if advised:
        rows = rows.groupBy("k").agg({"w": "max"}).toDF("k", "w")
    rows.repartition(8, "k").selectExpr("max(w)").collect()


def on_a_slow_host(spark, folder, advised):
    """P22: the host is not slow any more"""
    spark.range(0, 60_000, 1, 400).selectExpr("id", NAP).selectExpr("max(m)").collect()


EXECUTOR = {"spark.executor.memory": "700m", "spark.executor.cores": "4", "spark.cores.max": "4"}
SUBMITTED = {"P3": spill, "P4": collections, "P6": alone, "P16": large_broadcast}
ON_HOSTS = {"P22": on_a_slow_host, "P18": fetched}  # the links stay slow
SETTINGS = {  # of both, and of the second
    "P3": ({"spark.memory.fraction": "0.1", "spark.sql.adaptive.enabled": "false", "spark.sql.shuffle.partitions": "4"},
           {"spark.sql.shuffle.partitions": "64"}),
    "P4": ({"spark.executor.memory": "470m", "spark.sql.shuffle.partitions": "4", "spark.sql.adaptive.enabled": "false"},
           {"spark.executor.memory": "940m"}),
    "P18": ({"spark.executor.cores": "1"}, {}),
    "P22": ({"spark.executor.cores": "1"}, {}),
    "P16": ({"spark.driver.memory": "2g", "spark.executor.memory": "2g"}, {}),
}

JOBS = {"P1": skew, "P2": straggler, "P5": few, "P7": tiny, "P9": read_small, "P10": write_small, "P11": packed,
        "P12": one_file, "P13": nested, "P14": explosion, "P15": no_broadcast, "P17": python_udf, "P19": shuffle_small,
        "P28": result, "P29": partitioned, "P30": schema}
BEFORE = {"P9": read_small_before, "P11": packed_before, "P29": partitioned_before, "P30": schema_before}
OWN = ("spark.sql.adaptive.enabled", "spark.sql.shuffle.partitions", "spark.sql.adaptive.coalescePartitions.enabled",
       "spark.sql.adaptive.skewJoin.enabled", "spark.sql.adaptive.advisoryPartitionSizeInBytes",
       "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes")


def measure(spark, name, folder, advised):
    for key in OWN:
        spark.conf.unset(key)
    begun = time.monotonic()
    {**JOBS, **SUBMITTED, **ON_HOSTS}[name](spark, folder, advised)
    print("%.1f" % (time.monotonic() - begun))


def submitted(name, folder, advised):
    spark = SparkSession.builder.appName(name).getOrCreate()
    measure(spark, name, folder, advised)
    spark.stop()
