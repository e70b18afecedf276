"""From the rows to the answer: a plan carried out."""

import time

from .. import storage
from . import leakage
from .answer.answer import Answer
from .answer.scores import add_folds, add_scores
from .columns import choose_columns
from .config import make_plan
from .data import HELD_OUT, Data
from .fit import Fitter
from .model import apply_model, pipeline, save


def run(context, arguments):
    plan = make_plan(context, arguments)
    if plan.model_path:
        return apply_model(context, plan)
    start = time.monotonic()
    context.enter("reading %s" % plan.data_path)
    source = storage.open_source(context, plan.data_path, plan.format, plan.options)
    columns = choose_columns(context, plan, source.df)
    data = Data(context, plan, columns, source.df)
    try:
        context.enter("preparing the rows")
        data.count()
        leakage.warn(context, data)
        data.build()
        answer = _train(context, plan, data, start)
        return {**answer, "readWith": source.options} if source.options else answer
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
    add_folds(answer, found, best)
    if plan.test_share:
        context.enter("scoring the held-out rows")
        add_scores(answer, fitter.score(fitted, data.part(HELD_OUT)))
    elif plan.task == "clustering":
        context.enter("scoring the clusters")
        add_scores(answer, fitter.score(fitted, part))
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
