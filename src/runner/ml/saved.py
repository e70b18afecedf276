"""A saved model while SPARK_READ_ONLY is true: its stages are looked at before any of them is loaded.

What Spark loads is a class by its name, so a saved model is code: a stage may write, run a script or be
anybody's class. Here only Spark ML's own classes pass that turn columns into columns, and a
SQLTransformer with a statement that reads. Spark finds the stages by what the files of metadata say, so
these are read as Spark reads them, and what could lead it elsewhere is refused.
"""

import json
import re

from .. import read_only
from ..context import Refused
from ..storage.files import Place

ML = "org.apache.spark.ml."
FEATURES = """
    Binarizer Bucketizer BucketedRandomProjectionLSH BucketedRandomProjectionLSHModel ChiSqSelector
    ChiSqSelectorModel ColumnPruner CountVectorizer CountVectorizerModel DCT ElementwiseProduct FeatureHasher
    HashingTF IDF IDFModel Imputer ImputerModel IndexToString Interaction MaxAbsScaler MaxAbsScalerModel
    MinHashLSH MinHashLSHModel MinMaxScaler MinMaxScalerModel NGram Normalizer OneHotEncoder
    OneHotEncoderModel PCA PCAModel PolynomialExpansion QuantileDiscretizer RFormula RFormulaModel
    RegexTokenizer RobustScaler RobustScalerModel SQLTransformer StandardScaler StandardScalerModel
    StopWordsRemover StringIndexer StringIndexerModel TargetEncoder TargetEncoderModel Tokenizer
    UnivariateFeatureSelector UnivariateFeatureSelectorModel VarianceThresholdSelector
    VarianceThresholdSelectorModel VectorAssembler VectorAttributeRewriter VectorIndexer VectorIndexerModel
    VectorSizeHint VectorSlicer Word2Vec Word2VecModel"""
CLASSIFIERS = """
    DecisionTreeClassifier FMClassifier GBTClassifier LinearSVC LogisticRegression
    MultilayerPerceptronClassifier NaiveBayes OneVsRest RandomForestClassifier
    DecisionTreeClassificationModel FMClassificationModel GBTClassificationModel LinearSVCModel
    LogisticRegressionModel MultilayerPerceptronClassificationModel NaiveBayesModel OneVsRestModel
    RandomForestClassificationModel"""
REGRESSORS = """
    AFTSurvivalRegression DecisionTreeRegressor FMRegressor GBTRegressor GeneralizedLinearRegression
    IsotonicRegression LinearRegression RandomForestRegressor AFTSurvivalRegressionModel
    DecisionTreeRegressionModel FMRegressionModel GBTRegressionModel GeneralizedLinearRegressionModel
    IsotonicRegressionModel LinearRegressionModel RandomForestRegressionModel"""
CLUSTERERS = """
    BisectingKMeans BisectingKMeansModel DistributedLDAModel GaussianMixture GaussianMixtureModel KMeans
    KMeansModel LDA LocalLDAModel"""
TUNERS = "CrossValidator CrossValidatorModel TrainValidationSplit TrainValidationSplitModel"
EVALUATORS = """
    BinaryClassificationEvaluator ClusteringEvaluator MulticlassClassificationEvaluator
    MultilabelClassificationEvaluator RankingEvaluator RegressionEvaluator"""
PYTHON = "pyspark.ml."  # where Spark keeps the same classes for models that were saved from Python
KNOWN = frozenset(root + package + name for root in (ML, PYTHON) for package, names in (
    ("", "Pipeline PipelineModel"), ("pipeline.", "Pipeline PipelineModel"), ("feature.", FEATURES),
    ("classification.", CLASSIFIERS), ("regression.", REGRESSORS), ("clustering.", CLUSTERERS),
    ("recommendation.", "ALS ALSModel"), ("tuning.", TUNERS), ("evaluation.", EVALUATORS))
    for name in names.split())

MOST = 1000  # folders of a model
DEEPEST = 30  # of them inside each other; Linux follows 40 links
LONGEST = 4 * 1024 * 1024  # bytes of a stage's metadata
PLAIN = re.compile(r"[\w.-]+")  # a name that is one folder and no pattern


def check(context, place):
    """Refuses a model with a stage that is not known only to read; nothing of it is loaded."""
    if place.is_glob or "," in place.uri:  # Spark reads a list of folders, too
        raise Refused("read-only: '%s' is a pattern or a list" % place, "Name the folder that a model was saved to.")
    waiting, seen = [place], 0
    while waiting:
        folder, seen = waiting.pop(), seen + 1
        if seen > MOST or folder.uri.count("/") > place.uri.count("/") + DEEPEST:  # links in a circle, say
            _refuse(place, "has more than %d folders, or more than %d inside each other" % (MOST, DEEPEST))
        inside = folder.entries()
        if any(entry.name == "metadata" for entry in inside):
            _check_stage(context, folder)
        waiting += [Place(context.spark, entry.path) for entry in inside if entry.is_folder]


def _check_stage(context, folder):
    metadata = _read(folder)
    name = metadata.get("class")
    if name not in KNOWN:
        _refuse(folder, "has a stage that is not known only to read: %s" % name)
    parameters = dict(metadata.get("defaultParamMap") or {}, **(metadata.get("paramMap") or {}))
    if not all(PLAIN.fullmatch(str(uid)) for uid in parameters.get("stageUids", [])):
        _refuse(folder, "has a stage that lies elsewhere")
    for grid in parameters.get("estimatorParamMaps", []):
        if not all(pair.get("isJson", True) is True for pair in grid):
            _refuse(folder, "has a parameter that is an object")
    for found in (metadata.get("defaultParamMap") or {}, metadata.get("paramMap") or {}):
        if "statement" in found:
            read_only.check_query(context, str(found["statement"]).replace("__THIS__", "given"),
                                  "the statement of a stage of the model")


def _read(folder):
    """The metadata as Spark finds them: the first line of all files of that folder."""
    files = folder.child("metadata").data_files(2)
    text = Place(folder.spark, files[0].path).head(LONGEST + 1).decode("utf-8", "replace").strip() if files else ""
    if len(files) != 1 or len(text) > LONGEST or len(text.splitlines()) != 1:
        _refuse(folder, "has metadata that are not one line of JSON")
    try:
        return dict(json.loads(text, object_pairs_hook=_once))
    except (TypeError, ValueError):
        return _refuse(folder, "has metadata that are not one line of JSON")


def _once(pairs):
    """Of a name that comes twice, Python and Spark may take another one."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name comes twice")
    return found


def _refuse(folder, why):
    raise Refused("read-only: the model in '%s' %s" % (folder, why), read_only.REFUSED)
