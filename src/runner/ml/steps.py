"""The feature steps that a pipeline can ask for: names, parameters, and which columns they take."""

from typing import Any, Callable, Dict, NamedTuple, Optional, Tuple

from .names import Rule, plain

STOP_WORD_LANGUAGES = (
    "danish", "dutch", "english", "finnish", "french", "german", "hungarian", "italian",
    "norwegian", "portuguese", "russian", "spanish", "swedish", "turkish")


def _whole(value):
    return None if type(value) is int and value > 0 else "a whole number above 0"


def _whole_or_null(value):
    return None if value is None else _whole(value)


def _boolean(value):
    return None if isinstance(value, bool) else "true or false"


def _text(value):
    return None if isinstance(value, str) and value else "a text"


def _range(value):
    fits = isinstance(value, list) and len(value) == 2 and \
        all(type(size) is int for size in value) and 1 <= value[0] <= value[1] <= 9
    return None if fits else "[least, most] words, such as [1, 2], at most 9"


def _frequency(value):
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    fits = is_number and value > 0 and (isinstance(value, int) or value <= 1)
    return None if fits else "a number of documents (such as 2) or a share of them (such as 0.5)"


def _norm(value):
    return None if value in (None, "l1", "l2") else "l1, l2 or null"


def _stop_words(value):
    fits = value is None or value in STOP_WORD_LANGUAGES or (
        isinstance(value, list) and all(isinstance(word, str) for word in value))
    return None if fits else "a list of words, or one of " + ", ".join(STOP_WORD_LANGUAGES)


class Parameter(NamedTuple):
    """A parameter of our own text steps; the other steps leave the check to Spark."""

    check: Callable[[Any], Optional[str]]  # what it should have been, None if it fits
    other_names: Tuple[str, ...] = ()


_TOKENS = {
    "ngram_range": Parameter(_range), "lowercase": Parameter(_boolean, ("toLowercase",)),
    "stop_words": Parameter(_stop_words), "token_pattern": Parameter(_text, ("pattern",)),
}
_COUNTS = dict(
    _TOKENS, binary=Parameter(_boolean), use_idf=Parameter(_boolean), norm=Parameter(_norm))
_VOCABULARY = dict(
    _COUNTS, max_features=Parameter(_whole_or_null, ("vocabSize",)),
    min_df=Parameter(_frequency), max_df=Parameter(_frequency))


class Step(NamedTuple):
    spark: str  # class in pyspark.ml.feature, or one of our own text steps
    implied: Dict[str, Any] = {}
    rules: Dict[str, Rule] = {}
    parameters: Optional[Dict[str, Parameter]] = None  # of our own text steps


class Component(NamedTuple):
    kind: str  # of the columns that it takes: text, numeric, categorical; "": all features
    steps: Dict[str, Step]
    main: str = ""  # the parameter that a bare number stands for: {"pca": 50}


_TEXT_STEPS = {
    "TfidfVectorizer": Step("vocabulary", {"use_idf": True, "norm": "l2"}, {}, _VOCABULARY),
    "CountVectorizer": Step("vocabulary", {"use_idf": False, "norm": None}, {}, _VOCABULARY),
    "HashingVectorizer": Step("hashing", {"use_idf": False, "norm": "l2"}, {}, dict(
        _COUNTS, max_features=Parameter(_whole, ("n_features", "numFeatures")))),
    "Word2Vec": Step("Word2Vec", {}, {}, dict(
        _TOKENS, vector_size=Parameter(_whole), window=Parameter(_whole, ("windowSize",)),
        min_count=Parameter(_whole), max_iter=Parameter(_whole, ("epochs",)))),
}
_TEXT_STEPS["TFIDF"] = _TEXT_STEPS["TfidfVectorizer"]
_TEXT_STEPS["HashingTF"] = _TEXT_STEPS["HashingVectorizer"]._replace(
    implied={"use_idf": False, "norm": None})

_SCALER_RULES = {"with_mean": Rule("withMean"), "with_std": Rule("withStd")}
_TOP = {"selectionMode": "numTopFeatures"}
_IMPUTED = {"missing_values": Rule("missingValue")}


def _feature_range(value):
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("[least, most], such as [0, 1]")
    return {"min": value[0], "max": value[1]}


def _quantile_range(value):
    if not isinstance(value, list) or len(value) != 2 or \
            any(isinstance(q, bool) or not isinstance(q, (int, float)) for q in value):
        raise ValueError("two percentages, such as [25, 75]")
    return {"lower": value[0] / 100.0, "upper": value[1] / 100.0}


def _strategy(value):
    names = {"mean": "mean", "median": "median", "mode": "mode", "most_frequent": "mode"}
    if value not in names:
        raise ValueError("mean, median or most_frequent")
    return names[value]


_IMPUTER = Step("Imputer", {}, dict(_IMPUTED, strategy=Rule("strategy", _strategy)))
_ONE_HOT = Step("OneHotEncoder", {}, {"dropLast": Rule("dropLast")})
_INDEX = Step("StringIndexer")
_SELECT = {"k": Rule("selectionThreshold"), "percentile": Rule("selectionThreshold"),
           "alpha": Rule("selectionThreshold")}

COMPONENTS = {
    "vectorizer": Component("text", _TEXT_STEPS),
    "imputer": Component("numeric", {
        "Imputer": _IMPUTER, "SimpleImputer": _IMPUTER,
        "mean": _IMPUTER._replace(implied={"strategy": "mean"}),
        "median": _IMPUTER._replace(implied={"strategy": "median"}),
        "mode": _IMPUTER._replace(implied={"strategy": "mode"})}),
    "discretizer": Component("numeric", {
        "QuantileDiscretizer": Step("QuantileDiscretizer", {}, {"n_bins": Rule("numBuckets")}),
        "KBinsDiscretizer": Step("QuantileDiscretizer", {"numBuckets": 5},
                                 {"n_bins": Rule("numBuckets")}),
        "Bucketizer": Step("Bucketizer")}),
    "polynomial": Component("numeric", {
        "PolynomialExpansion": Step("PolynomialExpansion"),
        "PolynomialFeatures": Step("PolynomialExpansion")}, "degree"),
    "scaler": Component("numeric", {
        # scikit-learn's scalers centre the data; Spark's do so when told.
        "StandardScaler": Step("StandardScaler", {"withMean": True}, _SCALER_RULES),
        "MinMaxScaler": Step("MinMaxScaler", {}, {"feature_range": Rule("min", _feature_range)}),
        "RobustScaler": Step("RobustScaler", {"withCentering": True}, {
            "with_centering": Rule("withCentering"), "with_scaling": Rule("withScaling"),
            "quantile_range": Rule("lower", _quantile_range)}),
        "MaxAbsScaler": Step("MaxAbsScaler"),
        "Normalizer": Step("Normalizer")}),
    "encoder": Component("categorical", {
        "OneHotEncoder": _ONE_HOT, "StringIndexer": _INDEX, "OrdinalEncoder": _INDEX,
        "LabelEncoder": _INDEX,
        "TargetEncoder": Step("TargetEncoder", {}, {"smooth": Rule("smoothing")})}),
    "selector": Component("", {
        "UnivariateFeatureSelector": Step("UnivariateFeatureSelector", _TOP, _SELECT),
        "SelectKBest": Step("UnivariateFeatureSelector", _TOP, _SELECT),
        "ChiSqSelector": Step("UnivariateFeatureSelector", dict(_TOP, featureType="categorical"),
                              dict(_SELECT, numTopFeatures=Rule("selectionThreshold"))),
        "SelectPercentile": Step("UnivariateFeatureSelector", {"selectionMode": "percentile"}, {
            "percentile": Rule("selectionThreshold", lambda share: share / 100.0, "of 100")}),
        "SelectFpr": Step("UnivariateFeatureSelector", {"selectionMode": "fpr"}, _SELECT),
        "VarianceThreshold": Step("VarianceThresholdSelector", {},
                                  {"threshold": Rule("varianceThreshold")}),
        "VarianceThresholdSelector": Step("VarianceThresholdSelector")}, "k"),
    "pca": Component("", {"PCA": Step("PCA", {}, {"n_components": Rule("k")})}, "k"),
}


def find_step(component, name):
    """The step of a component by its name, however it is written."""
    index = {plain(known): step for known, step in COMPONENTS[component].steps.items()}
    return index.get(plain(name))


def find_parameter(step, name):
    """Our name of a text step's parameter."""
    for known, parameter in (step.parameters or {}).items():
        if plain(name) in [plain(known)] + [plain(other) for other in parameter.other_names]:
            return known
    return None
