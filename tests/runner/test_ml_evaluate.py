"""Scores against scikit-learn's and those of Spark's own evaluators on the same predictions."""

import math
import random

import numpy
import pytest
from sklearn import metrics as truth

from ml_cases import figures, make_table, train
from runner.ml import names
from runner.ml.evaluate import classification, regression
from runner.ml.run import run

METRICS = names.metric_names("classification")
OUTPUTS = {name: name for name in ("prediction", "probability", "rawPrediction")}
SPARK_NAMES = {"accuracy": "accuracy", "precision": "weightedPrecision", "recall": "weightedRecall",
               "f1": "f1", "logLoss": "logLoss"}


def told(spark, classes, rows=400, steps=10 ** 12):
    """Rows with a label, a prediction, its probabilities (in few steps many alike) and raw values."""
    from pyspark.ml.linalg import Vectors

    rng = random.Random(classes)
    found = []
    for _ in range(rows):
        label = rng.randrange(classes)
        raw = [rng.gauss(1.0 if index == label else 0.0, 1) for index in range(classes)]
        total = sum(math.exp(value) for value in raw)
        chances = [math.floor(math.exp(value) / total * steps) / steps for value in raw[1:]]
        chances = [1 - sum(chances)] + chances
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


def area_by_trapezoids(y, chances):
    """scikit-learn's curve; at recall 0 Spark repeats the first precision, scikit-learn says 1."""
    precision, recall, _ = truth.precision_recall_curve(y, chances, drop_intermediate=False)
    precision[-1] = precision[-2]
    return truth.auc(recall, precision)


def truth_of_classes(y, chances, told):
    """Every metric of a classifier by scikit-learn, which takes one column of chances for two classes."""
    kinds = dict(average="weighted", zero_division=0)
    classes = chances.shape[1]
    right = numpy.eye(classes)[y]
    of = {"average": "weighted"} if classes > 2 else {}
    columns, ones = (chances, right) if classes > 2 else (chances[:, 1], y)
    many = dict(of, multi_class="ovr") if of else {}
    return {
        "accuracy": truth.accuracy_score(y, told), "precision": truth.precision_score(y, told, **kinds),
        "recall": truth.recall_score(y, told, **kinds), "f1": truth.f1_score(y, told, **kinds),
        "auc": truth.roc_auc_score(y, columns, **many),
        "areaUnderPR": numpy.average([area_by_trapezoids(right[:, k], chances[:, k]) for k in range(classes)],
                                     weights=right.sum(axis=0)) if of else area_by_trapezoids(y, columns),
        "averagePrecision": truth.average_precision_score(ones, columns, **of),
        "logLoss": truth.log_loss(y, chances)}


def of_rows(df):
    """Labels, probabilities and predictions of a frame."""
    rows = df.select("y", "probability", "prediction").collect()
    return (numpy.array([int(row[0]) for row in rows]), numpy.array([row[1].toArray() for row in rows]),
            numpy.array([int(row[2]) for row in rows]))


@pytest.mark.parametrize("classes, steps", [(2, 10 ** 12), (2, 10), (5, 10 ** 12), (5, 10)])
def test_every_metric_of_a_classifier_is_scikit_learns(spark, classes, steps):
    df = told(spark, classes, rows=5000, steps=steps)  # more scores than Spark's curves have points
    found = classification(df, "y", classes, METRICS, OUTPUTS, "probability").values
    wanted = truth_of_classes(*of_rows(df))
    assert sorted(wanted) == sorted(METRICS)
    for name in METRICS:
        assert found[name] == pytest.approx(wanted[name], abs=1e-9), name


@pytest.mark.parametrize("algorithm, label", [
    ("DecisionTreeClassifier", "three"), pytest.param("DecisionTreeClassifier", "two", marks=pytest.mark.slow),
    pytest.param("NaiveBayes", "three", marks=pytest.mark.slow)])
def test_rows_are_ranked_by_the_probability_of_each_class(spark, context, tmp_path, algorithm, label):
    from pyspark.ml import PipelineModel

    make_table(spark)
    path = str(tmp_path / "model")
    train(context, algorithm, {}, label_column=label, feature_columns=["n", "seen", "c"],
          evaluation={"split": {"test": 0}}, model_output_path=path)
    told = figures(run(context, {"data_path": "small", "limit": 0, "evaluation_metrics": METRICS,
                                 "pipeline_config": {"model_path": path}}))
    plain = PipelineModel.load(path).transform(spark.table("small").drop("y"))
    assert told == pytest.approx(truth_of_classes(*of_rows(plain.withColumnRenamed(label + "_index", "y"))), abs=1e-6)


def test_margins_are_said_to_be_what_is_ranked(spark, context):
    make_table(spark)
    kinds = dict(label_column="two", feature_columns=["a"])
    assert "ranked by rawPrediction" in train(context, "LinearSVC", {"maxIter": 2}, **kinds)["meaning"]
    assert "ranked" not in train(context, "LogisticRegression", {"maxIter": 2}, **kinds)["meaning"]


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
    metrics = names.metric_names("regression")
    scores = regression(df, "y", metrics).values
    y, told = zip(*df.collect())
    of_scikit_learn = {"rmse": truth.root_mean_squared_error, "mse": truth.mean_squared_error,
                       "mae": truth.mean_absolute_error, "r2": truth.r2_score}
    for name in metrics:
        wanted = RegressionEvaluator(labelCol="y", metricName=name).evaluate(df)
        assert scores[name] == pytest.approx(wanted, rel=1e-9), name
        assert scores[name] == pytest.approx(of_scikit_learn[name](y, told), abs=1e-9), name


def test_the_silhouette_is_scikit_learns_of_squared_distances(spark, context, tmp_path):
    from pyspark.ml import PipelineModel

    make_table(spark)
    path = str(tmp_path / "model")
    answer = train(context, "KMeans", {"k": 4}, feature_columns=["a", "b"], model_output_path=path)
    rows = PipelineModel.load(path).transform(spark.table("small")).select("a", "b", "prediction").collect()
    wanted = truth.silhouette_score([row[:2] for row in rows], [row[2] for row in rows], metric="sqeuclidean")
    assert figures(answer)["silhouette"] == pytest.approx(wanted, abs=1e-6)


def test_rows_without_a_prediction_are_counted_and_left_out(spark):
    df = spark.sql("SELECT * FROM VALUES (1D, 2D), (3D, 3D), (5D, double('NaN')) AS t(y, prediction)")
    scores = regression(df, "y", ["mse"])
    assert scores.values["mse"] == 0.5 and scores.cold == 1
