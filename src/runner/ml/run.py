"""run-ml-pipeline: train a model on data, say how good it is, save it; or apply a saved one.

arguments = {
    "data_path": file, folder or table; "format": found when absent,
    "label_column": what to predict; found when it is called label, target, class, y, ...,
    "text_column", "feature_columns": what to learn from; by default every column that fits,
    "evaluation_metrics": ["accuracy", ...], "model_output_path", "limit": predictions to show,
    "pipeline_config": {
        "stages": [
            {"type": "feature_engineering",           # any number of them, or none
             "columns": [...],                        # default: all columns of the fitting kind
             "vectorizer": "TfidfVectorizer",         # with max_features, ngram_range, ...
             "imputer" | "scaler" | "discretizer" | "polynomial" | "encoder" | "selector" | "pca":
                 a name, or {"name": ..., parameters}},
            {"type": "model_training", "algorithm": ..., "hyperparameters": {...},
             "param_grid": {hyperparameter: [values]}},
            {"type": "model_evaluation",
             "cross_validation": {"folds", "seed", "stratified"},   # default: stratified
             "split": {"train": 0.8, "seed", "stratified"},
             "select_by": the metric that chooses in a grid (default: the first)}],
        "seed": 42, "overwrite": false, "positive_label", "weight_column", "task",
        "user_column", "item_column", "rating_column" (ALS), "censor_column" (AFT),
        "options": reader options,
        "model_path", "predictions_path", "predictions_format": apply a saved model instead}}

Steps run in a fixed order, however they are listed: per column, then one vector, then selector
and pca, then the model. With folds, every fold is fitted anew, vocabularies and scales included,
and the model that is saved learns from all rows. With a split, the held-out rows score the model
that is saved. With both, folds choose and the held-out rows score. With neither, a fifth is held
out; a grid alone gets 3 folds, and clusters are found in all rows. ml/reference.py prints the names of algorithms, parameters, steps and metrics.
"""

import importlib
import sys

from ..context import Refused


def run(context, arguments):
    _check_numpy()
    return importlib.import_module(".pipeline", __package__).run(context, arguments)


def _check_numpy():
    """Nothing of pyspark.ml can be imported without it, nor what is built on that."""
    try:
        importlib.import_module("numpy")
    except ImportError:
        raise Refused(
            "Spark's machine learning needs numpy, which the driver's Python (%s) does not have"
            % sys.executable, "Install numpy for that Python on every worker, since the driver may "
            "run on any of them, or name one that has it in PYSPARK_PYTHON.") from None
