"""Scores against Spark's own evaluators, run separately on the same predictions."""

import math
import random

import pytest

from runner.ml.evaluate import classification, regression

METRICS = ["accuracy", "precision", "recall", "f1", "auc", "areaUnderPR", "logLoss"]
OUTPUTS = {name: name for name in ("prediction", "probability", "rawPrediction")}
SPARK_NAMES = {"accuracy": "accuracy", "precision": "weightedPrecision", "recall": "weightedRecall",
               "f1": "f1", "logLoss": "logLoss"}


def told(spark, classes, rows=400):
    """Rows with a label, a prediction, its probabilities and raw values."""
    from pyspark.ml.linalg import Vectors

    rng = random.Random(classes)
    found = []
    for _ in range(rows):
        label = rng.randrange(classes)
        raw = [rng.gauss(1.0 if index == label else 0.0, 1) for index in range(classes)]
        total = sum(math.exp(value) for value in raw)
        chances = [math.exp(value) / total for value in raw]
        found.append((float(label), float(raw.index(max(raw))), Vectors.dense(chances),
                      Vectors.dense(raw)))
    return spark.createDataFrame(found, ["y", "prediction", "probability", "rawPrediction"]).cache()


@pytest.fixture(scope="module")
def two(spark):
    return told(spark, 2)


@pytest.fixture(scope="module")
def three(spark):
    return told(spark, 3)


@pytest.mark.parametrize("classes", [2, 3])
def test_classification_scores_are_those_of_sparks_evaluators(spark, two, three, classes):
    from pyspark.ml.evaluation import MulticlassClassificationEvaluator as Evaluator

    df = two if classes == 2 else three
    scores = classification(df, "y", classes, METRICS, OUTPUTS, "rawPrediction")
    for name, spark_name in SPARK_NAMES.items():
        wanted = Evaluator(labelCol="y", metricName=spark_name).evaluate(df)
        assert scores.values[name] == pytest.approx(wanted, rel=1e-9), name


def test_areas_of_two_classes_are_those_of_sparks_evaluator(two):
    from pyspark.ml.evaluation import BinaryClassificationEvaluator as Evaluator

    scores = classification(two, "y", 2, METRICS, OUTPUTS, "rawPrediction").values
    for name, spark_name in (("auc", "areaUnderROC"), ("areaUnderPR", "areaUnderPR")):
        assert scores[name] == pytest.approx(Evaluator(labelCol="y", metricName=spark_name).evaluate(two))


def test_auc_of_three_classes_is_each_against_the_rest_weighted_by_rows(three):
    rows = [(row["y"], row["probability"]) for row in three.collect()]
    wanted = 0.0
    for label in range(3):
        right = [chance[label] for y, chance in rows if y == label]
        wrong = [chance[label] for y, chance in rows if y != label]
        wins = sum((a > b) + (a == b) / 2 for a in right for b in wrong)
        wanted += wins / len(wrong) / len(rows)  # wins / (right * wrong), times right / rows
    found = classification(three, "y", 3, ["auc"], OUTPUTS, "probability").values["auc"]
    assert found == pytest.approx(wanted, abs=1e-9)


def test_the_confusion_counts_every_row_once(three):
    confusion = classification(three, "y", 3, ["accuracy"], OUTPUTS, "probability").confusion
    wanted = [[0] * 3 for _ in range(3)]
    for row in three.collect():
        wanted[int(row["y"])][int(row["prediction"])] += 1
    assert confusion == wanted


def test_an_area_without_both_classes_is_not_defined(two):
    scores = classification(two.where("y = 1"), "y", 2, ["auc", "accuracy"], OUTPUTS,
                            "rawPrediction")
    assert scores.values["auc"] is None and scores.values["accuracy"] > 0


def test_regression_scores_are_those_of_sparks_evaluator(spark):
    from pyspark.ml.evaluation import RegressionEvaluator

    df = spark.range(200).selectExpr("id * 1.5 + rand(1) * 9 AS y", "id * 1.5 + rand(2) * 9 AS prediction")
    metrics = ["rmse", "mse", "mae", "r2"]
    scores = regression(df, "y", metrics).values
    for name in metrics:
        wanted = RegressionEvaluator(labelCol="y", metricName=name).evaluate(df)
        assert scores[name] == pytest.approx(wanted, rel=1e-9), name


def test_rows_without_a_prediction_are_counted_and_left_out(spark):
    df = spark.sql("SELECT * FROM VALUES (1D, 2D), (3D, 3D), (5D, double('NaN')) AS t(y, prediction)")
    scores = regression(df, "y", ["mse"])
    assert scores.values["mse"] == 0.5 and scores.cold == 1
