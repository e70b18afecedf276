"""Fits: one model on some rows, and the folds and grids of a cross-validation."""

import statistics
import time
from typing import Any, Dict, List, NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ..context import Refused
from ..identifiers import column
from . import checkpoints
from .evaluate import Scores, evaluate
from .features.builder import apply
from .names import ALGORITHMS, METRICS, Layers, Penalty, plain, spark_class

HIDDEN_LAYERS = [100]  # scikit-learn's default; Spark has none


class Fitted(NamedTuple):
    features: List[Any]  # the fitted feature steps
    model: Any
    point: Dict[str, Any]  # of the parameter grid

    def transform(self, df):
        return self.model.transform(apply(self.features, df))


class Found(NamedTuple):
    """What cross-validation found at one point of the grid."""

    point: Dict[str, Any]
    folds: List[Scores]

    def mean(self, metric):
        values = [scores.values[metric] for scores in self.folds
                  if scores.values.get(metric) is not None]
        return statistics.fmean(values) if values else None


class Fitter:
    """Fits and scores for one plan on its data, keeping the time that each kind of work takes."""

    def __init__(self, context, plan, data):
        self.context = context
        self.plan = plan
        self.data = data
        self.fits = 0
        self.seconds = {}

    def timed(self, kind, work):
        start = time.monotonic()
        try:
            return work()
        finally:
            self.seconds[kind] = self.seconds.get(kind, 0.0) + time.monotonic() - start

    def fit_features(self, part):
        """The fitted feature steps and the rows with their features."""
        fitted = self.timed("features", lambda: self.data.features.fit(part.df))
        return fitted, apply(fitted, part.df)

    def fit_model(self, part, fitted, df, point):
        self.fits += 1
        checkpoints.prepare(self.context, self.plan)
        parameters = dict(self.plan.parameters, **point)
        starts = parameters.pop("n_init", 1)
        estimator = self.estimator(part, fitted, df, parameters)
        model = self.timed("training", lambda: _fit_best(estimator, df, starts))
        if self.plan.algorithm == "OneVsRest":
            # PySpark 3.5 would predict with Python functions on the workers; the JVM's own does it.
            java = model._to_java()
            model._transform = lambda rows: DataFrame(java.transform(rows._jdf), rows.sparkSession)
        return model

    def fit(self, part, point):
        fitted, df = self.fit_features(part)
        return Fitted(fitted, self.fit_model(part, fitted, df, point), point)

    def score(self, fitted, part):
        return self.timed("scoring", lambda: evaluate(self.plan, self.data, fitted, part))

    def cross_validate(self):
        """Each point of the grid, fitted and scored on each fold."""
        plan, data = self.plan, self.data
        found = [Found(point, []) for point in plan.grid]
        for fold in range(plan.folds):
            train, test = data.train(fold), data.part(fold)
            name = "fold %d of %d" % (fold + 1, plan.folds)
            self.context.enter("fitting the features of " + name)
            fitted, df = self.fit_features(train)
            is_kept = len(plan.grid) > 1  # several models look at the same features
            df = df.persist() if is_kept else df
            try:
                for index, entry in enumerate(found):
                    of = " (combination %d of %d)" % (index + 1, len(found)) if is_kept else ""
                    self.context.enter("fitting %s%s" % (name, of))
                    model = self.fit_model(train, fitted, df, entry.point)
                    self.context.enter("scoring %s%s" % (name, of))
                    entry.folds.append(self.score(Fitted(fitted, model, entry.point), test))
            finally:
                if is_kept:
                    df.unpersist()
        return found

    def compare(self):
        """Each point of the grid on all rows: how clusterings are compared."""
        part = self.data.train()
        fitted, df = self.fit_features(part)
        found = []
        for index, point in enumerate(self.plan.grid):
            self.context.enter("fitting combination %d of %d" % (index + 1, len(self.plan.grid)))
            model = self.fit_model(part, fitted, df, point)
            found.append(Found(point, [self.score(Fitted(fitted, model, point), part)]))
        return found

    def best(self, found):
        """The point with the best mean; the first of equals."""
        metric = self.plan.select_by
        sign = METRICS[metric].is_better
        known = [entry for entry in found if entry.mean(metric) is not None]
        return max(known, key=lambda entry: sign * entry.mean(metric)) if known else found[0]

    def estimator(self, part, fitted, df, parameters):
        plan, data = self.plan, self.data
        if plan.task == "recommendation":
            return self.with_parameters("ALS", dict(
                parameters, userCol=data.ids["user"], itemCol=data.ids["item"],
                ratingCol=data.columns.others["rating"]))
        parameters = self.with_penalty(parameters, part, df)
        parameters["featuresCol"] = data.features.output
        if plan.task != "clustering":
            parameters["labelCol"] = data.label
        if data.weight:
            parameters["weightCol"] = data.weight
        if plan.algorithm == "MultilayerPerceptronClassifier":
            output = data.features.output
            size = data.features.size(fitted, lambda: df.select(output).first()[0].size)
            parameters["layers"] = _with_ends(parameters.get("layers", HIDDEN_LAYERS), size, len(data.classes))
        if plan.algorithm == "AFTSurvivalRegression":
            parameters["censorCol"] = data.columns.others["censor"]
        if plan.algorithm == "OneVsRest":
            name, own = parameters.get("classifier") or ("LogisticRegression", {})
            parameters["classifier"] = self.with_parameters(name, self.with_penalty(own, part, df))
        return self.with_parameters(plan.algorithm, parameters)

    def with_parameters(self, name, parameters):
        estimator = spark_class(ALGORITHMS[name].package, name)()
        if estimator.hasParam("seed"):
            parameters = dict({"seed": self.plan.seed}, **parameters)
        outputs = {key: name for key, name in self.data.outputs.items() if estimator.hasParam(key)}
        for key, value in dict(outputs, **parameters).items():
            if not estimator.hasParam(key):
                raise Refused("%s takes no %s" % (name, key),
                              "Leave out weights for this algorithm.")
            estimator.set(estimator.getParam(key), value)
        return estimator

    def with_penalty(self, parameters, part, df):
        """C and alpha mean what they mean in scikit-learn, where penalties are not averaged over
        the rows and features not standardised; Spark also divides regParam's square part by the
        label's deviation."""
        penalty = parameters.get("regParam")
        if not isinstance(penalty, Penalty):
            return dict(parameters)
        parameters = dict({"standardization": False}, **parameters)
        if penalty.kind == "C":
            return dict(parameters, regParam=1.0 / (penalty.value * part.rows))
        if parameters.get("loss") == "huber":
            return dict(parameters, regParam=penalty.value)
        share = parameters.get("elasticNetParam", 0.0)
        per_row = penalty.value / (part.rows if plain(self.plan.called) == "ridge" else 1)
        deviation = df.agg(F.stddev(column(self.data.label))).first()[0] or 1.0
        strength = per_row * (share + deviation * (1 - share))
        return dict(parameters, regParam=strength,
                    elasticNetParam=per_row * share / strength if strength else 0.0)


def _with_ends(layers, inputs, classes):
    """All layers of a perceptron from its hidden ones; where the ends were given too, they must be these."""
    if not isinstance(layers, Layers):
        return [inputs, *layers, classes]
    if (layers[0], layers[-1]) != (inputs, classes):
        raise Refused("layers %s begin with %d and end with %d, but there are %d features and %d classes" % (
            list(layers), layers[0], layers[-1], inputs, classes),
            "Give the hidden layers alone as hidden_layer_sizes.")
    return list(layers)


def _fit_best(estimator, df, starts):
    """Of fits with one seed after the other the one that ended best."""
    if starts == 1:
        return estimator.fit(df)
    seed = estimator.getSeed()
    models = [estimator.fit(df, {estimator.seed: seed + start}) for start in range(starts)]

    def cost(model):
        return -model.summary.logLikelihood if hasattr(model.summary, "logLikelihood") else model.summary.trainingCost

    return min(models, key=cost)
