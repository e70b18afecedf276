"""The names of algorithms, hyperparameters and metrics: Spark's, and scikit-learn's for the same.

What stands here is what is accepted, what is built, and what reference() prints.
"""

import importlib
import re
from typing import Any, Callable, Dict, NamedTuple, Optional, Tuple


class Rule(NamedTuple):
    """What one of scikit-learn's parameters means on Spark."""

    spark: str  # Spark's parameter
    convert: Optional[Callable[[Any], Any]] = None  # None: the value is the same
    note: str = ""  # how values differ, for the reference


class Penalty(NamedTuple):
    """A penalty in scikit-learn's measure. Spark's regParam follows once the rows are known."""

    kind: str  # C or alpha
    value: float


def _choice(**names):
    """A converter for values that have other names on Spark."""
    def convert(value):
        key = str(value).lower().replace("-", "_").replace("+", "p")
        if key not in names:
            raise ValueError("one of %s" % ", ".join(sorted(names)))
        return names[key]
    return convert


def _subset(value):
    """max_features of trees: how many features each split looks at."""
    return "all" if value is None else str(value)


def _penalty(kind):
    def convert(value):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0 or \
                (kind == "C" and value == 0):
            raise ValueError("a number above 0")
        return Penalty(kind, float(value))
    return convert


class Layers(list):
    """Spark's layers as they were given: with the input and the output, which the data must confirm."""


def _all_layers(value):
    sizes = Layers(value if isinstance(value, list) else [value])
    if len(sizes) < 3 or any(type(size) is not int or size < 1 for size in sizes):
        raise ValueError("[inputs, hidden layers, classes], such as [4, 10, 5, 3]; inputs and classes are known from "
                         "the data, so hidden_layer_sizes with the hidden layers alone is enough")
    return sizes


def _layers(value):
    sizes = value if isinstance(value, list) else [value]
    if not sizes or any(type(size) is not int or size < 1 for size in sizes):
        raise ValueError("the sizes of the hidden layers, such as [16, 8]")
    return sizes


def _starts(value):
    if value == "auto":
        return 1
    if type(value) is not int or not 1 <= value <= 100:
        raise ValueError("a whole number from 1 to 100")
    return value


_CRITERION = _choice(gini="gini", entropy="entropy", log_loss="entropy")
_VARIANCE = _choice(squared_error="variance", friedman_mse="variance", mse="variance",
                    variance="variance")
_TREE = {"max_depth": Rule("maxDepth"), "min_samples_leaf": Rule("minInstancesPerNode"),
         "min_impurity_decrease": Rule("minInfoGain"), "random_state": Rule("seed"),
         "min_weight_fraction_leaf": Rule("minWeightFractionPerNode")}
_FOREST = dict(_TREE, n_estimators=Rule("numTrees"), max_samples=Rule("subsamplingRate"),
               max_features=Rule("featureSubsetStrategy", _subset, "null is all"))
_BOOSTED = dict(_TREE, n_estimators=Rule("maxIter"), learning_rate=Rule("stepSize"),
                subsample=Rule("subsamplingRate"),
                max_features=Rule("featureSubsetStrategy", _subset, "null is all"))
_ITERATIVE = {"max_iter": Rule("maxIter"), "tol": Rule("tol")}
_LINEAR = dict(_ITERATIVE, fit_intercept=Rule("fitIntercept"))
_C = Rule("regParam", _penalty("C"), "1 / (C x rows), features not standardised")


_STARTS = Rule("n_init", _starts, "fits from so many seeds, of which the best is kept")


class Algorithm(NamedTuple):
    package: str  # module of pyspark.ml
    task: str  # classification, regression, clustering or recommendation
    rules: Dict[str, Rule]
    explains: str = ""  # what tells a feature's weight: featureImportances or coefficients
    is_binary: bool = False  # takes two classes only
    has_probability: bool = True  # which logLoss needs


def _classifier(rules, **more):
    return Algorithm("classification", "classification", rules, **more)


def _regressor(rules, **more):
    return Algorithm("regression", "regression", rules, **more)


ALGORITHMS = {
    "LogisticRegression": _classifier(
        dict(_LINEAR, C=_C, l1_ratio=Rule("elasticNetParam"), penalty=Rule(
            "elasticNetParam", _choice(l1=1.0, l2=0.0, elasticnet={}, none={"regParam": 0.0}),
            "l1 is 1, l2 is 0, elasticnet is l1_ratio, none is regParam 0")),
        explains="coefficients"),
    "DecisionTreeClassifier": _classifier(
        dict(_TREE, criterion=Rule("impurity", _CRITERION)), explains="featureImportances"),
    "RandomForestClassifier": _classifier(
        dict(_FOREST, criterion=Rule("impurity", _CRITERION), bootstrap=Rule("bootstrap")),
        explains="featureImportances"),
    "GBTClassifier": _classifier(_BOOSTED, is_binary=True, explains="featureImportances"),
    "LinearSVC": _classifier(dict(_LINEAR, C=_C), explains="coefficients", is_binary=True,
                             has_probability=False),
    "NaiveBayes": _classifier({"alpha": Rule("smoothing")}),
    "MultilayerPerceptronClassifier": _classifier(
        dict(_ITERATIVE, hidden_layer_sizes=Rule("layers", _layers, "input and output are added"),
             layers=Rule("layers", _all_layers),
             learning_rate_init=Rule("stepSize"), random_state=Rule("seed"),
             solver=Rule("solver", _choice(lbfgs="l-bfgs", l_bfgs="l-bfgs", sgd="gd", gd="gd"),
                         "lbfgs is l-bfgs, sgd is gd"))),
    "FMClassifier": _classifier({"random_state": Rule("seed")}, is_binary=True),
    "OneVsRest": _classifier({"estimator": Rule("classifier")}, has_probability=False),
    "LinearRegression": _regressor(
        dict(_LINEAR, l1_ratio=Rule("elasticNetParam"), epsilon=Rule("epsilon"),
             alpha=Rule("regParam", _penalty("alpha"), "same penalty, features not standardised")),
        explains="coefficients"),
    "GeneralizedLinearRegression": _regressor(
        dict(_LINEAR, alpha=Rule("regParam"), power=Rule("variancePower")),
        explains="coefficients"),
    "DecisionTreeRegressor": _regressor(
        dict(_TREE, criterion=Rule("impurity", _VARIANCE)), explains="featureImportances"),
    "RandomForestRegressor": _regressor(
        dict(_FOREST, criterion=Rule("impurity", _VARIANCE), bootstrap=Rule("bootstrap")),
        explains="featureImportances"),
    "GBTRegressor": _regressor(
        dict(_BOOSTED, loss=Rule("lossType", _choice(
            squared_error="squared", absolute_error="absolute", squared="squared",
            absolute="absolute"), "squared_error is squared, absolute_error is absolute")),
        explains="featureImportances"),
    "FMRegressor": _regressor({"random_state": Rule("seed")}),
    "IsotonicRegression": _regressor({"increasing": Rule("isotonic")}),
    "AFTSurvivalRegression": _regressor(_LINEAR, explains="coefficients"),
    "KMeans": Algorithm("clustering", "clustering", dict(
        _ITERATIVE, n_clusters=Rule("k"), random_state=Rule("seed"), n_init=_STARTS, init=Rule(
            "initMode", _choice(**{"k_meanspp": "k-means||", "k_means||": "k-means||",
                                   "random": "random"}), "k-means++ is k-means||"))),
    "BisectingKMeans": Algorithm("clustering", "clustering", {
        "n_clusters": Rule("k"), "max_iter": Rule("maxIter"), "random_state": Rule("seed")}),
    "GaussianMixture": Algorithm("clustering", "clustering", dict(
        _ITERATIVE, n_components=Rule("k"), random_state=Rule("seed"), n_init=_STARTS)),
    "LDA": Algorithm("clustering", "clustering", {
        "n_components": Rule("k"), "max_iter": Rule("maxIter"), "random_state": Rule("seed"),
        "learning_decay": Rule("learningDecay"), "learning_offset": Rule("learningOffset"),
        "doc_topic_prior": Rule("docConcentration"), "topic_word_prior": Rule("topicConcentration"),
        "learning_method": Rule("optimizer", _choice(online="online", batch="em", em="em"),
                                "batch is em")}),
    "ALS": Algorithm("recommendation", "recommendation", {
        "factors": Rule("rank"), "regularization": Rule("regParam"),
        "iterations": Rule("maxIter"), "random_state": Rule("seed")}),
}

# Other names for an algorithm, with the hyperparameters that the name implies.
OTHER_NAMES = {
    "GradientBoostingClassifier": ("GBTClassifier", {}),
    "HistGradientBoostingClassifier": ("GBTClassifier", {}),
    "MultinomialNB": ("NaiveBayes", {"modelType": "multinomial"}),
    "ComplementNB": ("NaiveBayes", {"modelType": "complement"}),
    "BernoulliNB": ("NaiveBayes", {"modelType": "bernoulli"}),
    "GaussianNB": ("NaiveBayes", {"modelType": "gaussian"}),
    "MLPClassifier": ("MultilayerPerceptronClassifier", {}),
    "OneVsRestClassifier": ("OneVsRest", {}),
    "Ridge": ("LinearRegression", {"alpha": 1.0, "l1_ratio": 0.0}),
    "Lasso": ("LinearRegression", {"alpha": 1.0, "l1_ratio": 1.0}),
    "ElasticNet": ("LinearRegression", {"alpha": 1.0, "l1_ratio": 0.5}),
    "HuberRegressor": ("LinearRegression", {"loss": "huber"}),
    "PoissonRegressor": ("GeneralizedLinearRegression", {"family": "poisson"}),
    "GammaRegressor": ("GeneralizedLinearRegression", {"family": "gamma", "link": "log"}),
    "TweedieRegressor": ("GeneralizedLinearRegression", {"family": "tweedie"}),
    "GradientBoostingRegressor": ("GBTRegressor", {}),
    "HistGradientBoostingRegressor": ("GBTRegressor", {}),
    "LatentDirichletAllocation": ("LDA", {}),
    "AlternatingLeastSquares": ("ALS", {}),
}

NOT_ON_SPARK = ("n_jobs", "verbose", "warm_start", "copy_X")  # harmless: left out, and said


class Metric(NamedTuple):
    tasks: Tuple[str, ...]
    is_better: int  # 1: higher is better, -1: lower
    other_names: Tuple[str, ...] = ()
    meaning: str = ""
    of_many: str = ""  # what it means with more than two classes, where that differs


_SUPERVISED_NUMBERS = ("regression", "recommendation")
METRICS = {
    "accuracy": Metric(("classification",), 1, ("accuracy_score",), "share of rows told right"),
    "precision": Metric(("classification",), 1, ("weightedPrecision", "precision_weighted"),
                        "mean over the classes, weighted by their rows"),
    "recall": Metric(("classification",), 1, ("weightedRecall", "recall_weighted"),
                     "mean over the classes, weighted by their rows"),
    "f1": Metric(("classification",), 1, ("f1_score", "f1_weighted", "weightedFMeasure"),
                 "mean over the classes, weighted by their rows"),
    "auc": Metric(("classification",), 1, ("areaUnderROC", "roc_auc", "roc_auc_score", "rocAuc"),
                  "area under the ROC curve", "each class against the rest, mean weighted by rows"),
    "areaUnderPR": Metric(("classification",), 1, ("pr_auc", "auc_pr"),
                          "area under the precision-recall curve of the positive class, by trapezoids",
                          "each class against the rest, mean weighted by rows"),
    "averagePrecision": Metric(("classification",), 1, ("average_precision", "average_precision_score"),
                               "precision at each score, weighted by the recall that it adds, of the "
                               "positive class", "each class against the rest, mean weighted by rows"),
    "logLoss": Metric(("classification",), -1, ("neg_log_loss", "log_loss", "cross_entropy"),
                      "mean negative log-probability of the true class"),
    "rmse": Metric(_SUPERVISED_NUMBERS, -1, ("root_mean_squared_error",), "root of mse"),
    "mse": Metric(_SUPERVISED_NUMBERS, -1, ("mean_squared_error", "neg_mean_squared_error"),
                  "mean squared error"),
    "mae": Metric(_SUPERVISED_NUMBERS, -1, ("mean_absolute_error", "neg_mean_absolute_error"),
                  "mean absolute error"),
    "r2": Metric(_SUPERVISED_NUMBERS, 1, ("r2_score", "r_squared"),
                 "1 - squared error / variance of the label"),
    "silhouette": Metric(("clustering",), 1, ("silhouette_score",),
                         "-1 to 1, of squared Euclidean distances"),
    "logLikelihood": Metric(("clustering",), 1, (), "LDA, of all rows"),
    "logPerplexity": Metric(("clustering",), -1, ("perplexity",), "LDA, per word"),
}
DEFAULT_METRICS = {
    "classification": ("accuracy", "precision", "recall", "f1", "auc"),
    "regression": ("rmse", "mae", "r2"),
    "clustering": ("silhouette",),
    "recommendation": ("rmse", "mae"),
}


def plain(name):
    """A name without what people write differently: 'max_depth' is 'maxDepth'."""
    return re.sub(r"[\W_]", "", str(name)).lower()


def _index(table, others):
    found = {plain(name): name for name in table}
    for name, target in others:
        found.setdefault(plain(name), target)
    return found


_ALGORITHM_INDEX = _index(ALGORITHMS, ((name, name) for name in OTHER_NAMES))
_METRIC_INDEX = _index(METRICS, ((other, name) for name, metric in METRICS.items()
                                 for other in metric.other_names))


def spark_class(package, name):
    """A class of Spark ML's; None on a Spark without it. No module of pyspark.ml is imported before an
    algorithm is looked at: they need numpy, and this module is also read where there is none."""
    return getattr(importlib.import_module("pyspark.ml." + package), name, None)


def find_algorithm(name):
    """Spark's name, and the hyperparameters that the given name implies."""
    found = _ALGORITHM_INDEX.get(plain(name))
    if found is None:
        return None
    return OTHER_NAMES[found] if found in OTHER_NAMES else (found, {})


def algorithm_names():
    return list(ALGORITHMS) + list(OTHER_NAMES)


def find_metric(name):
    return _METRIC_INDEX.get(plain(name))


def metric_names(task=None):
    return [name for name, metric in METRICS.items() if task in (None,) + metric.tasks]
