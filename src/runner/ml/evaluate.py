"""How good a model is, from as few Spark jobs as that needs; scikit-learn's figures on the same predictions.

Counts of (class, prediction) give accuracy, precision, recall and f1, sums of errors the metrics of
regression, curves.py the areas; silhouettes are left to Spark's evaluator. A metric that is not defined
(a fold with one class only) is None.
"""

import math
from typing import Dict, List, NamedTuple, Optional

from pyspark.ml.evaluation import ClusteringEvaluator
from pyspark.sql import functions as F

from ..identifiers import column
from .curves import CURVES, areas, to_array
from .features.builder import apply

EPSILON = 2.0 ** -52  # what a probability is at least, as in scikit-learn's log_loss


class Scores(NamedTuple):
    values: Dict[str, Optional[float]]
    confusion: List[List[int]] = []  # rows by class, then by predicted class
    cold: int = 0  # rows without a prediction (recommendation)
    trivial: Dict[str, Optional[float]] = {}  # what the largest class, or the mean, scores on the same rows


OUTPUTS = ("prediction", "probability", "rawPrediction", "topicDistribution")


def outputs_of(model):
    """What a fitted model adds to the rows, and the columns' names."""
    return {role: model.getOrDefault(role + "Col") for role in OUTPUTS
            if model.hasParam(role + "Col")}


def evaluate(plan, data, fitted, part):
    outputs = outputs_of(fitted.model)
    if plan.task == "clustering":
        return clustering(plan, data, fitted, part)
    df = fitted.transform(part.df)
    if plan.task == "classification":
        scores = classification(df, data.label, len(data.classes), plan.metrics, outputs,
                                ranking(fitted.model))
        return scores._replace(trivial=trivial_classes(scores.confusion, data.learned_sizes()))
    label = data.label or data.columns.others["rating"]
    return regression(df, label, plan.metrics, outputs["prediction"], data.mean())


def ranking(model):
    """The output that ranks rows for auc: the probability of a class, which is comparable between rows;
    a raw value may count rows of a leaf, or be one class's share of a sum. Without one, the margin."""
    return "probability" if "probability" in outputs_of(model) else "rawPrediction"


def classification(df, label, classes, metrics, outputs, score):
    """Metrics of the column label (an index) and the columns that a model has added."""
    wants_loss = "logLoss" in metrics and "probability" in outputs
    kept = {"label": label, "prediction": outputs["prediction"], "score": outputs[score]}
    if wants_loss:
        kept["probability"] = outputs["probability"]
    curves = [metric for metric in CURVES if metric in metrics]
    df = df.select([column(name).alias(role) for role, name in kept.items()])
    df = df.persist() if curves else df  # which is looked at once otherwise
    try:
        confusion, loss = _count(df, classes, wants_loss)
        values = dict(from_confusion(confusion), logLoss=loss)
        if curves:
            values.update(areas(df, [sum(row) for row in confusion]))
    finally:
        if curves:
            df.unpersist()
    return Scores({metric: values.get(metric) for metric in metrics}, confusion)


def _count(df, classes, wants_loss):
    """How many rows of each class got which prediction; the mean log loss."""
    measures = [F.count(F.lit(1)).alias("rows")]
    if wants_loss:
        chance = F.element_at(to_array("probability"), F.col("label").cast("int") + 1)
        chance = F.least(F.greatest(chance, F.lit(EPSILON)), F.lit(1 - EPSILON))
        measures.append(F.sum(-F.log(chance)).alias("loss"))
    confusion = [[0] * classes for _ in range(classes)]
    loss = 0.0
    for row in df.groupBy("label", "prediction").agg(*measures).collect():
        confusion[int(row["label"])][int(row["prediction"])] += row["rows"]
        loss += row["loss"] if wants_loss else 0.0
    total = sum(map(sum, confusion))
    return confusion, loss / total if wants_loss and total else None


def by_class(confusion):
    """Precision, recall and f1 of each class; 0 where nothing was predicted, as in Spark."""
    found = []
    for index, row in enumerate(confusion):
        right, rows = row[index], sum(row)
        predicted = sum(other[index] for other in confusion)
        precision = right / predicted if predicted else 0.0
        recall = right / rows if rows else 0.0
        both = precision + recall
        found.append({"rows": rows, "precision": precision, "recall": recall,
                      "f1": 2 * precision * recall / both if both else 0.0})
    return found


def from_confusion(confusion):
    classes = by_class(confusion)
    total = sum(entry["rows"] for entry in classes)
    if not total:
        return {}
    weighted = {name: sum(entry[name] * entry["rows"] for entry in classes) / total
                for name in ("precision", "recall", "f1")}
    return dict(weighted, accuracy=sum(row[i] for i, row in enumerate(confusion)) / total)


def trivial_classes(confusion, sizes):
    """Metrics of always telling the largest class, with the classes' shares as probabilities. sizes: rows
    of each class that were learned from."""
    rows, total = [sum(row) for row in confusion], sum(map(sum, confusion))
    if not total or not sum(sizes):
        return {}
    largest = sizes.index(max(sizes))
    told = [[size if place == largest else 0 for place in range(len(rows))] for size in rows]
    shares = [size / total for size in rows]
    precision = shares[1] if len(rows) == 2 else sum(share * share for share in shares)
    loss = sum(-share * math.log(size / sum(sizes)) for share, size in zip(shares, sizes) if size)
    return dict(from_confusion(told), auc=0.5, areaUnderPR=precision, averagePrecision=precision, logLoss=loss)


def regression(df, label, metrics, prediction="prediction", mean=None):
    """mean: of the label where it was learned from, which is the trivial prediction."""
    target, told = [column(name).cast("double") for name in (label, prediction)]
    error = F.when(~F.isnan(told), target - told)
    known = F.when(~F.isnan(told), target)
    away = known - F.lit(mean)
    found = df.agg(
        F.count(F.lit(1)).alias("rows"), F.count(error).alias("told"),
        F.avg(error * error).alias("mse"), F.avg(F.abs(error)).alias("mae"),
        F.avg(away * away).alias("away_mse"), F.avg(F.abs(away)).alias("away_mae"),
        F.var_pop(known).alias("variance")).first()
    values, trivial = {}, {}
    if found["told"]:
        values = _of_errors(found["mse"], found["mae"], found["variance"])
    if found["told"] and mean is not None:
        trivial = _of_errors(found["away_mse"], found["away_mae"], found["variance"])
    return Scores({metric: values.get(metric) for metric in metrics}, [],
                  found["rows"] - found["told"], trivial)


def _of_errors(mse, mae, variance):
    return {"mse": mse, "rmse": math.sqrt(mse), "mae": mae, "r2": 1 - mse / variance if variance else None}


def clustering(plan, data, fitted, part):
    if plan.algorithm == "LDA":
        features = apply(fitted.features, part.df)
        measures = {"logLikelihood": fitted.model.logLikelihood,
                    "logPerplexity": fitted.model.logPerplexity}
        return Scores({metric: measures[metric](features) for metric in plan.metrics})
    df = fitted.transform(part.df)
    prediction = outputs_of(fitted.model)["prediction"]
    silhouette = None
    if df.agg(F.countDistinct(column(prediction))).first()[0] > 1:
        silhouette = ClusteringEvaluator(
            featuresCol=data.features.output, predictionCol=prediction).evaluate(df)
    return Scores({"silhouette": silhouette})
