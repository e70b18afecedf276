"""Small data and short requests for the tests of run-ml-pipeline."""

import math
import random

from runner.ml import run as ml

EXAMPLES = __file__.rsplit("/tests/", 1)[0] + "/examples/data"
SMS = EXAMPLES + "/sms-spam.json.gz"


def make_table(spark):
    """The view 'small': numbers a, b, a category c, labels of all kinds that follow from them."""
    rng = random.Random(7)
    rows = []
    for index in range(240):
        a, b, c = rng.gauss(0, 1), rng.gauss(5, 2), rng.choice("xyz")
        y = 2 * a - 3 * b + 1
        is_high = y + rng.gauss(0, 2) > -14
        third = c if rng.random() < 0.9 else rng.choice("xyz")
        words = {"x": "good words here", "y": "bad news now", "z": "other things"}[third]
        rows.append((a, b, c, y, "high" if is_high else "low", third, is_high, int(math.exp(b / 4)),
                     "%s number%d" % (words, index), None if index % 20 == 0 else a, abs(y) + 1, 1.0))
    df = spark.createDataFrame(
        rows, "a double, b double, c string, y double, two string, three string, flag boolean, "
              "n int, words string, gaps double, life double, seen double")
    df.coalesce(2).cache().createOrReplaceTempView("small")


def train(context, algorithm, hyperparameters=None, features=(), evaluation=None, config=None,
          data="small", **arguments):
    """Run a pipeline; arguments are the tool's own."""
    stages = [dict({"type": "feature_engineering"}, **stage) for stage in features]
    stages.append({"type": "model_training", "algorithm": algorithm,
                   "hyperparameters": hyperparameters or {}})
    if evaluation is not None:
        stages.append(dict({"type": "model_evaluation"}, **evaluation))
    return ml.run(context, dict(
        arguments, data_path=data, pipeline_config=dict({"stages": stages}, **(config or {}))))


def figures(answer, key="metrics"):
    """Metric -> value, or mean over the folds."""
    return {line["metric"]: line.get("value", line.get("mean")) for line in answer[key]}
