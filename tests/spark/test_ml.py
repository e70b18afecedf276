"""run-ml-pipeline through the built server and the official client, on a real cluster."""

import gzip
import json
import subprocess
from pathlib import Path

import pytest

import client
from client import START

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "examples" / "data"
GIVEN = json.loads((HERE / "given" / "text_classification.json").read_text())
LOAD = """
import sys
from pyspark.ml import PipelineModel
from pyspark.sql import SparkSession
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
model = PipelineModel.load(sys.argv[1])
told = model.transform(spark.read.json(sys.argv[2])).groupBy("prediction").count().collect()
print("TOLD", sorted(row["count"] for row in told))
"""


@pytest.fixture(scope="module")
def ml(cluster):
    with client.Server(cluster.environment()) as server:
        assert server.sql("SELECT 1", wait_seconds=START).data["rows"] == [[1]]
        yield server


def finished(server, answer):
    """A long training goes on behind its operationId: wait for the result."""
    while not answer.is_error and answer.data.get("state") == "RUNNING":
        answer = server.monitor(operation_id=answer.data["operationId"], wait_seconds=200)
        if not answer.is_error:
            answer.structured = answer.data.get("result", answer.data)
    assert not answer.is_error, answer.text
    return answer.structured


def figures(answer):
    return {line["metric"]: line.get("value", line.get("mean")) for line in answer["metrics"]}


def test_the_given_text_classification_runs_unchanged_and_its_model_loads_elsewhere(ml, python, tmp_path):
    messages = [json.loads(line) for line in gzip.open(DATA / "sms-spam.json.gz", "rt")][:200]
    source = tmp_path / "messages.json"
    source.write_text("\n".join(json.dumps(message) for message in messages))
    model = tmp_path / "text-classifier-v2.1"
    begun = ml.call("run-ml-pipeline", **{**GIVEN, "data_path": str(source), "model_output_path": str(model)},
                    wait_seconds=200)
    answer = finished(ml, begun)
    scores = figures(answer)
    assert list(scores) == ["accuracy", "precision", "recall", "f1", "auc"]
    assert scores["auc"] > 0.9 and all("fold5" in line for line in answer["metrics"])
    assert answer["evaluation"].startswith("5") and "42" in answer["evaluation"]
    applied = finished(ml, ml.train({"model_path": str(model), "predictions_path": str(tmp_path / "predictions")},
                                    source, wait_seconds=200))
    assert applied["written"]["rows"] == len(messages)
    counts = ml.sql("SELECT prediction, count(*) AS n FROM parquet.`%s` GROUP BY prediction ORDER BY n"
                    % (tmp_path / "predictions")).data["rows"]
    told = subprocess.run([python, "-c", LOAD, str(model), str(source)], capture_output=True, text=True, timeout=200)
    assert "TOLD %s" % [count for _, count in counts] in told.stdout, told.stderr[-2000:]


def test_a_regression_finds_known_coefficients(ml, tmp_path):
    source = tmp_path / "line.csv"
    source.write_text("x,z,y\n" + "\n".join("%d,%d,%d" % (x, x * x % 17, 3 * x - 2 * (x * x % 17) + 7)
                                          for x in range(200)))
    answer = finished(ml, ml.train(
        {"stages": [{"type": "model_training", "algorithm": "LinearRegression"}]}, source, label_column="y", evaluation_metrics=["rmse", "r2"], wait_seconds=200))
    assert figures(answer)["rmse"] < 0.01 and figures(answer)["r2"] > 0.9999


def test_clusters_are_found_without_labels(ml, tmp_path):
    source = tmp_path / "points.csv"
    source.write_text("x,y\n" + "\n".join("%f,%f" % (i % 3 * 100 + i * 0.01, i % 3 * -50) for i in range(150)))
    answer = finished(ml, ml.train({"stages": [{"type": "model_training", "algorithm": "KMeans",
                                               "hyperparameters": {"n_clusters": 3}}]},
                                   source, evaluation_metrics=["silhouette"], wait_seconds=200))
    assert figures(answer)["silhouette"] > 0.9


def test_everything_unknown_is_refused_at_once_with_the_nearest_names(ml):
    answer = ml.train({"stages": [{"type": "feature_engineering", "vectorizer": "TfidfVectoriser"},
                                  {"type": "model_training", "algorithm": "RandomForrestClassifier",
                                   "hyperparameters": {"numTree": 3}}]},
                      DATA / "sms-spam.json.gz", evaluation_metrics=["acuracy"])
    assert answer.is_error
    for word in ("TfidfVectorizer", "RandomForestClassifier", "accuracy"):
        assert word in answer.text, answer.text


def test_a_model_is_not_overwritten_unasked(ml, tmp_path):
    target = tmp_path / "model"
    target.mkdir()
    (target / "precious").write_text("precious")
    answer = ml.train({"stages": [{"type": "model_training", "algorithm": "LogisticRegression"}]},
                      DATA / "sms-spam.json.gz", model_output_path=str(target))
    assert answer.is_error and "exist" in answer.text and (target / "precious").read_text() == "precious"
