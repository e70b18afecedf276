#!/usr/bin/env python3
"""Measure manage-data and run-ml-pipeline beside the same work written by hand, in one Spark session.

    build/venv-4.3.0/bin/python tests/bench/tools.py [--rows N] [--rounds N] [case ...]

The operations run as a session runs them (src/runner), on a real cluster. Nothing here passes or fails.
"""

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "spark"), str(HERE.parents[1] / "src")]

import pyspark  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402
from pyspark.sql import functions as F  # noqa: E402

from cluster import Cluster  # noqa: E402  (tests/spark)
from runner.context import Context  # noqa: E402
from runner.serve.operations import perform  # noqa: E402
from tables import table  # noqa: E402

AGGREGATES = {"n": "count(*)", "total": "sum(amount)", "mean": "avg(price)"}


class Cases:
    """Each case: what the tool is asked for, and the same by hand."""

    def __init__(self, spark, folder, count):
        self.spark, self.folder = spark, folder
        sales = spark.range(0, count, 1, 4).selectExpr(
            "id", "cast(id % 1000 AS int) AS customer", "concat('region ', id % 7) AS region",
            "round(rand(1) * 100, 2) AS price", "cast(rand(2) * 500 AS decimal(10,2)) AS amount",
            "date_add(DATE'2024-01-01', cast(id % 365 AS int)) AS day", "if(id % 11 = 0, null, id % 5) AS grade",
            "rand(3) + (id % 2) * 0.7 AS x", "rand(4) - (id % 2) * 0.5 AS y", "cast(id % 2 AS int) AS label")
        sales.write.parquet(folder + "/sales.parquet")
        sales.write.csv(folder + "/sales.csv", header=True)
        spark.range(0, 900).selectExpr("cast(id AS int) AS customer", "concat('name ', id) AS name").write.parquet(
            folder + "/customers.parquet")

    def fresh(self):
        target = self.folder + "/out.parquet"
        shutil.rmtree(target, ignore_errors=True)
        return target

    def profile_by_hand(self, df):
        columns = []
        for name, kind in df.dtypes:
            column = F.col(name)
            columns += [F.count(column), F.approx_count_distinct(column), F.min(column), F.max(column)]
            columns += [] if kind in ("string", "date") else [F.avg(column)]
        df.agg(F.count(F.lit(1)), *columns).collect()
        df.take(5)

    def data(self, operation, source, **more):
        return "data", dict({"operation": operation, "source_path": self.folder + "/" + source}, **more)

    def cases(self):
        spark, folder = self.spark, self.folder
        steps = {"filter": "price > 20", "derive": {"net": "amount * 0.8"},
                 "aggregate": {"group_by": ["region", "customer"], "aggregates": AGGREGATES}}

        def aggregated():
            return (spark.read.parquet(folder + "/sales.parquet").where("price > 20")
                    .withColumn("net", F.expr("amount * 0.8")).groupBy("region", "customer")
                    .agg(*[F.expr(text).alias(name) for name, text in AGGREGATES.items()]))

        def joined():
            left = spark.read.parquet(folder + "/sales.parquet")
            return left.join(spark.read.parquet(folder + "/customers.parquet"), "customer", "left")

        def csv():
            return spark.read.csv(folder + "/sales.csv", header=True, inferSchema=True)

        yield ("read parquet, profile", self.data("read", "sales.parquet"),
               lambda: self.profile_by_hand(spark.read.parquet(folder + "/sales.parquet")))
        yield ("read csv, profile", self.data("read", "sales.csv"), lambda: self.profile_by_hand(csv()))
        yield ("csv to parquet", self.data("write", "sales.csv", target_path=self.folder + "/out.parquet"),
               lambda: csv().write.parquet(folder + "/out.parquet"))
        yield ("transform to parquet", self.data(
            "transform", "sales.parquet", target_path=self.folder + "/out.parquet", transformation_config=steps),
            lambda: aggregated().write.parquet(folder + "/out.parquet"))
        yield ("join to parquet, no counts", self.data(
            "join", "sales.parquet", target_path=self.folder + "/out.parquet", transformation_config={
                "right": folder + "/customers.parquet", "on": "customer", "how": "left", "counts": False}),
            lambda: joined().write.parquet(folder + "/out.parquet"))
        yield "logistic regression, 3 folds", ("ml", {
            "data_path": folder + "/sales.parquet", "label_column": "label",
            "feature_columns": ["price", "x", "y"], "evaluation_metrics": ["accuracy"],
            "pipeline_config": {"stages": [
                {"type": "feature_engineering", "scaler": "StandardScaler"},
                {"type": "model_training", "algorithm": "LogisticRegression", "hyperparameters": {"max_iter": 20}},
                {"type": "model_evaluation", "cross_validation": {"folds": 3, "seed": 1}}]}}), self.train_by_hand

    def train_by_hand(self):
        from pyspark.ml import Pipeline
        from pyspark.ml.classification import LogisticRegression
        from pyspark.ml.evaluation import MulticlassClassificationEvaluator
        from pyspark.ml.feature import StandardScaler, VectorAssembler
        from pyspark.ml.tuning import CrossValidator, ParamGridBuilder

        df = self.spark.read.parquet(self.folder + "/sales.parquet").select("label", "price", "x", "y").cache()
        pipeline = Pipeline(stages=[
            VectorAssembler(inputCols=["price", "x", "y"], outputCol="raw"),
            StandardScaler(inputCol="raw", outputCol="features", withMean=True),
            LogisticRegression(maxIter=20)])
        CrossValidator(estimator=pipeline, estimatorParamMaps=ParamGridBuilder().build(), numFolds=3, seed=1,
                       evaluator=MulticlassClassificationEvaluator(metricName="accuracy")).fit(df)
        df.unpersist()


def timed(call):
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def measure(cases, rounds, wanted):
    lines, number = [], [0]
    for name, (kind, arguments), by_hand in cases.cases():
        if wanted and not any(word in name for word in wanted):
            continue

        def ours():
            number[0] += 1
            told = json.loads(perform(Context(cases.spark, "op-%d" % number[0], {}), kind, json.loads(
                json.dumps(arguments))))
            if not told["ok"]:
                raise SystemExit(told)

        seconds = {ours: [], by_hand: []}
        for turn in range(-2, rounds):
            for way in random.sample(list(seconds), 2):
                cases.fresh()
                took = timed(way)
                if turn >= 0:
                    seconds[way].append(took)
        tool, hand = median(seconds[ours]), median(seconds[by_hand])
        print("%s: %s by the tool, %s by hand" % (name, *[
            " ".join("%.2f" % took for took in seconds[way]) for way in (ours, by_hand)]), flush=True)
        lines.append([name, "%.2f" % tool, "%.2f" % hand, "%.2f" % (tool / hand)])
    table("medians of %d, s" % rounds, ["", "tool", "by hand", "x"], lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", help="words of cases' names")
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(Path(pyspark.__file__).parent, sys.executable, folder)
        try:
            cluster.start()
            spark = (SparkSession.builder.master(cluster.url).config("spark.cores.max", "2")
                     .config("spark.executor.cores", "2").config("spark.executor.memory", "2g")
                     .config("spark.sql.shuffle.partitions", "4").getOrCreate())
            spark.sparkContext.setLogLevel("ERROR")
            print("Spark %s, %d rows, %d cores of this machine" % (
                pyspark.__version__, options.rows, os.cpu_count()))
            data = str(Path(folder) / "data")
            os.mkdir(data)
            measure(Cases(spark, data, options.rows), options.rounds, options.cases)
            spark.stop()
        finally:
            cluster.stop()


if __name__ == "__main__":
    main()
