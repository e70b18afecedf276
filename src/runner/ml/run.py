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
out. ml/reference.py prints the names of algorithms, parameters, steps and metrics.
"""

import sys
import time

from .. import storage
from ..context import Refused
from .answer import Answer
from .columns import choose_columns
from .config import make_plan
from .data import HELD_OUT, Data
from .fit import Fitter
from .model import apply_model, pipeline, save


def run(context, arguments):
    _check_numpy()
    plan = make_plan(context, arguments)
    if plan.model_path:
        return apply_model(context, plan)
    start = time.monotonic()
    context.enter("reading %s" % plan.data_path)
    df = storage.read(context, plan.data_path, plan.format, plan.options)
    columns = choose_columns(context, plan, df)
    data = Data(context, plan, columns, df)
    try:
        context.enter("preparing the rows")
        data.count()
        data.build()
        return _train(context, plan, data, start)
    finally:
        data.release()


def _train(context, plan, data, start):
    fitter = Fitter(context, plan, data)
    fitter.seconds["preparing"] = time.monotonic() - start
    found = []
    if plan.folds:
        found = fitter.cross_validate()
    elif len(plan.grid) > 1:
        found = fitter.compare()
    best = fitter.best(found) if found else None
    part = data.train()
    context.enter("fitting the model on %d rows" % part.rows)
    fitted = fitter.fit(part, best.point if best else {})
    answer = Answer(context, plan, data, fitter)
    answer.add_folds(found, best)
    if plan.test_share:
        context.enter("scoring the held-out rows")
        answer.add_scores(fitter.score(fitted, data.part(HELD_OUT)))
    elif plan.task == "clustering":
        context.enter("scoring the clusters")
        answer.add_scores(fitter.score(fitted, part))
    elif not plan.folds:
        answer.add_no_scores()
    context.enter("looking at the features")
    answer.add_model(fitted, part)
    if plan.model_output_path:
        context.enter("saving the model")
        answer.add_saved(fitter.timed("saving", lambda: save(
            context, pipeline(data, fitted), plan.model_output_path, plan.overwrite)))
    if plan.limit:
        answer.add_predictions(fitted)
    return answer.finish(time.monotonic() - start)


def _check_numpy():
    try:
        import numpy  # noqa: F401  Spark ML imports it
    except ImportError:
        raise Refused(
            "Spark's machine learning needs numpy, which the driver's Python (%s) does not have"
            % sys.executable, "Install numpy for that Python on every worker, since the driver may "
            "run on any of them, or name one that has it in PYSPARK_PYTHON.") from None
