#!/usr/bin/env python3
"""Train each family of models on known data, here and with scikit-learn under comparable settings, and compare
the scores on the same held-out rows. Prints the table of docs/models.md; exits 1 when a tolerance is exceeded.

usage: PYTHON models.py [DATA | DATA/ALGORITHM ...]      PYTHON has pyspark and scikit-learn; some minutes for all
"""

import gzip
import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "src"))

from sklearn import cluster, datasets, ensemble, linear_model, metrics, mixture, naive_bayes  # noqa: E402
from sklearn import neural_network, svm, tree  # noqa: E402
from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402
from sklearn.multiclass import OneVsRestClassifier  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

SCALED = [{"type": "feature_engineering", "scaler": "StandardScaler"}]
# Algorithm, hyperparameters, scikit-learn's model, how far the score may be from its, whether numbers are scaled.
# Convex fits have one answer; trees choose splits from bins, and forests and perceptrons by other random numbers.
CLASSIFIERS = [
    ("LogisticRegression", {"C": 1.0, "max_iter": 500}, lambda: linear_model.LogisticRegression(max_iter=5000), 0.01, True),
    ("LinearSVC", {"C": 1.0, "max_iter": 300}, lambda: svm.LinearSVC(max_iter=20000, loss="hinge"), 0.03, True),
    ("OneVsRest", {"classifier": {"algorithm": "LogisticRegression", "hyperparameters": {"C": 1.0}}},
     lambda: OneVsRestClassifier(linear_model.LogisticRegression(max_iter=5000)), 0.02, True),
    ("GaussianNB", {}, naive_bayes.GaussianNB, 0.02, False),
    ("DecisionTreeClassifier", {"max_depth": 5}, lambda: tree.DecisionTreeClassifier(max_depth=5, random_state=0),
     0.06, False),
    ("RandomForestClassifier", {"n_estimators": 50, "max_depth": 8, "max_features": "sqrt"},
     lambda: ensemble.RandomForestClassifier(50, max_depth=8, random_state=0), 0.05, False),
    ("GradientBoostingClassifier", {"n_estimators": 20, "max_depth": 3, "learning_rate": 0.1},
     lambda: ensemble.GradientBoostingClassifier(n_estimators=20, random_state=0), 0.05, False),
    ("MLPClassifier", {"hidden_layer_sizes": [20], "max_iter": 200},
     lambda: neural_network.MLPClassifier([20], solver="lbfgs", max_iter=500, random_state=0), 0.05, True)]
REGRESSORS = [
    ("LinearRegression", {}, linear_model.LinearRegression, 0.0001, False),
    ("Ridge", {"alpha": 5.0}, lambda: linear_model.Ridge(5.0), 0.001, True),
    ("Lasso", {"alpha": 0.1}, lambda: linear_model.Lasso(0.1), 0.001, True),
    ("ElasticNet", {"alpha": 0.1, "l1_ratio": 0.5}, lambda: linear_model.ElasticNet(alpha=0.1), 0.001, True),
    ("DecisionTreeRegressor", {"max_depth": 5}, lambda: tree.DecisionTreeRegressor(max_depth=5, random_state=0), 0.12, False),
    ("RandomForestRegressor", {"n_estimators": 50, "max_depth": 8, "max_features": "all"},
     lambda: ensemble.RandomForestRegressor(50, max_depth=8, random_state=0), 0.05, False),
    ("GradientBoostingRegressor", {"n_estimators": 50, "max_depth": 3, "learning_rate": 0.1},
     lambda: ensemble.GradientBoostingRegressor(  # Spark counts the first tree in full
         n_estimators=49, init=tree.DecisionTreeRegressor(max_depth=3, random_state=0), random_state=0), 0.12, False)]
CLUSTERERS = [
    ("KMeans", {"k": 4, "n_init": 5}, lambda: cluster.KMeans(4, n_init=5, random_state=0), 0.001, False),
    ("BisectingKMeans", {"k": 4}, lambda: cluster.BisectingKMeans(
        4, bisecting_strategy="largest_cluster", random_state=0), 0.2, False),  # each split begins by chance
    ("GaussianMixture", {"n_components": 4, "n_init": 3}, lambda: mixture.GaussianMixture(4, n_init=3, random_state=0),
     0.01, False)]
TEXTS = [("LogisticRegression", {"C": 1.0, "max_iter": 300}, lambda: linear_model.LogisticRegression(max_iter=1000), 0.01, False),
         ("MultinomialNB", {}, naive_bayes.MultinomialNB, 0.01, False)]
TWO_CLASSES = ("LinearSVC", "GradientBoostingClassifier")
DATA = {
    "iris": (datasets.load_iris, CLASSIFIERS), "wine": (datasets.load_wine, CLASSIFIERS),
    "breast_cancer": (datasets.load_breast_cancer, CLASSIFIERS), "digits": (datasets.load_digits, CLASSIFIERS),
    "make_moons": (lambda **given: datasets.make_moons(600, noise=0.25, random_state=1), CLASSIFIERS),
    "diabetes": (datasets.load_diabetes, REGRESSORS),
    "make_friedman1": (lambda **given: datasets.make_friedman1(800, noise=1.0, random_state=1), REGRESSORS),
    "make_blobs": (lambda **given: datasets.make_blobs(600, centers=4, random_state=1), CLUSTERERS),
    "sms-spam": (None, TEXTS)}


class Spark:
    """The runner on a plain PySpark."""

    def __init__(self):
        from pyspark.sql import SparkSession

        from runner.context import Context
        from runner.ml.run import run

        self.session = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
                        .config("spark.sql.shuffle.partitions", "2").config("spark.default.parallelism", "2")
                        .getOrCreate())
        self.session.sparkContext.setLogLevel("OFF")
        self.context = Context(self.session, "op-truth")
        self.run = run
        self.model = tempfile.mkdtemp() + "/model"

    def view(self, name, x, y):
        rows = [([text] if isinstance(text, str) else [float(value) for value in text]) + [label]
                for text, label in zip(x, [value.item() if hasattr(value, "item") else value for value in y])]
        names = ["text"] if isinstance(x[0], str) else ["x%d" % index for index in range(len(x[0]))]
        self.session.createDataFrame(rows, names + ["label"]).createOrReplaceTempView(name)

    def score(self, algorithm, given, features, metric, task):
        stages = features + [{"type": "model_training", "algorithm": algorithm, "hyperparameters": given}]
        config = {"stages": stages, "overwrite": True}
        if task != "clustering":
            stages.append({"type": "model_evaluation", "split": {"test": 0}})
        trained = self.run(self.context, {"data_path": "train", "pipeline_config": config, "label_column": "label",
                                          "model_output_path": self.model})
        if task == "clustering":
            return trained["metrics"][0]["value"]
        told = self.run(self.context, {"data_path": "test", "limit": 0, "evaluation_metrics": [metric],
                                       "pipeline_config": {"model_path": self.model}})
        return told["metrics"][0]["value"]


def load(name, loader):
    if loader is None:
        lines = [json.loads(line) for line in gzip.open(ROOT / "examples/data/sms-spam.json.gz", "rt")]
        return [line["text"] for line in lines], [line["label"] for line in lines]
    return loader(return_X_y=True)


def compare(spark, name, only=""):
    """A line for each family, or only one: algorithm, metric, ours, scikit-learn's, tolerance."""
    loader, families = DATA[name]
    x, y = load(name, loader)
    task = {id(REGRESSORS): "regression", id(CLUSTERERS): "clustering"}.get(id(families), "classification")
    metric = {"regression": "r2", "clustering": "silhouette"}.get(task, "accuracy")
    parts = (x, x, y, y) if task == "clustering" else train_test_split(
        x, y, test_size=0.4, random_state=1, stratify=None if task == "regression" else y)
    x, x_test, y, y_test = parts
    spark.view("train", x, y)
    spark.view("test", x_test, y_test)
    for algorithm, given, make, tolerance, is_scaled in families:
        if algorithm in TWO_CLASSES and len(set(y)) > 2 or only not in ("", algorithm):
            continue
        features, other = (SCALED if is_scaled else []), make()
        if families is TEXTS:
            features = [{"type": "feature_engineering", "vectorizer": "TfidfVectorizer", "columns": ["text"]}]
            # Spark's weights are log((n + 1) / (df + 1)), scikit-learn's one more.
            other = make_pipeline(TfidfVectorizer(), other)
        elif is_scaled:
            other = make_pipeline(StandardScaler(), other)
        ours = spark.score(algorithm, given, features, metric, task)
        if task == "clustering":
            theirs = metrics.silhouette_score(x, other.fit_predict(x), metric="sqeuclidean")
        else:
            theirs = other.fit(x, y).score(x_test, y_test)
        yield algorithm, metric, ours, theirs, tolerance


def main():
    spark, is_wrong = Spark(), False
    print("| data | algorithm | metric | Spark | scikit-learn | may differ by |\n|---|---|---|---|---|---|")
    for name, _, only in (wanted.partition("/") for wanted in sys.argv[1:] or DATA):
        for algorithm, metric, ours, theirs, tolerance in compare(spark, name, only):
            is_far = abs(ours - theirs) > tolerance
            is_wrong = is_wrong or is_far
            print("| %s | `%s` | %s | %.4f | %.4f | %g%s |" % (
                name, algorithm, metric, ours, theirs, tolerance, " EXCEEDED" if is_far else ""), flush=True)
    spark.session.stop()
    sys.exit(is_wrong)


main()
