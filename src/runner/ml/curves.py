"""The areas under a classifier's curves, exact: every score is a threshold, as in scikit-learn.

Spark's own evaluator gives one class at a time and draws its curves through a thousand points.
"""

from pyspark import SparkContext
from pyspark.sql import Column, Window
from pyspark.sql import functions as F

from ..identifiers import column

CURVES = ("auc", "areaUnderPR", "averagePrecision")


def areas(df, sizes):
    """Metric -> area, of the columns label (an index) and score (a vector) and the rows of each class.

    Of two classes those of the second; of more each against the rest, and their mean weighted by rows.
    """
    present = [index for index, size in enumerate(sizes) if size]
    if len(present) < 2:
        return dict.fromkeys(CURVES)
    score = to_array("score")
    if len(sizes) == 2:
        present = [1]
        each = df.select("label", F.lit(1).alias("class"), score[1].alias("score"))
    else:
        each = df.select("label", F.posexplode(score).alias("class", "score"))
    found = _points(each).groupBy("class").agg(*[area.alias(name) for name, area in _sums().items()])
    by_class = {row["class"]: row for row in found.collect()}
    weight = sum(sizes[index] for index in present)
    return {name: sum(by_class[index][name] * sizes[index] for index in present) / weight for name in CURVES}


def _points(each):
    """Of each class and score: the positives and rows there, and up to there from the highest score."""
    is_positive = F.when(F.col("label") == F.col("class"), 1).otherwise(0)
    counted = each.groupBy("class", "score").agg(
        F.sum(is_positive).alias("here"), F.count(F.lit(1)).alias("rows"))
    whole = Window.partitionBy("class")
    downwards = whole.orderBy(F.desc("score")).rowsBetween(Window.unboundedPreceding, 0)
    return counted.select(
        "class", F.col("here").cast("double").alias("here"), F.col("rows").cast("double").alias("rows"),
        F.sum("here").over(downwards).alias("found"), F.sum("rows").over(downwards).alias("seen"),
        F.sum("here").over(whole).alias("positives"), F.sum("rows").over(whole).alias("all"))


def _sums():
    """The area that each point adds, between it and the one above it."""
    here, rows, found, seen, positives, total = map(
        F.col, ("here", "rows", "found", "seen", "positives", "all"))
    above = F.when(seen > rows, (found - here) / (seen - rows)).otherwise(found / seen)
    return {
        "auc": F.sum((rows - here) * (found - here / 2) / (positives * (total - positives))),
        "areaUnderPR": F.sum(here / positives * (found / seen + above) / 2),
        "averagePrecision": F.sum(here / positives * found / seen)}


def to_array(vector):
    """A vector column as an array. (pyspark.ml.functions has that too; in 3.5 it needs pandas.)"""
    java = SparkContext._active_spark_context._jvm.org.apache.spark.ml.functions
    return Column(java.vector_to_array(column(vector)._jc, "float64"))
