"""How good the model is: metrics, folds, grid, and the classes one by one."""

import statistics

from ..curves import CURVES
from ..data import HELD_OUT
from ..evaluate import by_class, from_confusion
from ..model import number
from ..names import METRICS
from .words import shown

SHOWN_CLASSES = 10  # beyond them only the confusions that occur most often are told
SHOWN_FOLDS = 10
SHOWN_POINTS = 20


def add_folds(answer, found, best):
    """Figures of cross-validation, and of all points of a grid."""
    plan, told = answer.plan, answer.told
    if best is None:
        return
    if len(found) > 1:
        _add_grid(answer, found, best)
    if not plan.folds:
        return
    is_stratified = plan.task == "classification" and plan.are_folds_stratified
    told["evaluation"] = "%d %sfolds, seed %d" % (
        plan.folds, "stratified " if is_stratified else "", plan.fold_seed)
    told["metrics"] = [_fold_line(answer, best, metric) for metric in plan.metrics]
    _add_classes(answer, [[sum(cells) for cells in zip(*same)]
                           for same in zip(*(scores.confusion for scores in best.folds))])
    _tell_cold(answer, sum(scores.cold for scores in best.folds))


def _add_grid(answer, found, best):
    metric = answer.plan.select_by
    sign = METRICS[metric].is_better

    def rank(entry):
        return entry is not best, -sign * (entry.mean(metric) or 0.0)

    answer.told["best"] = dict(shown(best.point), chosenBy=metric)
    answer.told["grid"] = [dict(shown(entry.point), **spread(entry.folds, metric, metric))
                           for entry in sorted(found, key=rank)[:SHOWN_POINTS]]
    if len(found) > SHOWN_POINTS:
        answer.told["moreCombinations"] = len(found) - SHOWN_POINTS


def _fold_line(answer, best, metric):
    line = dict(metric=metric, **spread(best.folds, metric, "mean"))
    trivial = [scores.trivial[metric] for scores in best.folds if scores.trivial.get(metric) is not None]
    if trivial:
        line["trivial"] = number(statistics.fmean(trivial))
        _tell_trivial(answer)
    for index, scores in enumerate(best.folds[:SHOWN_FOLDS]):
        if scores.values[metric] is not None:
            line["fold%d" % (index + 1)] = number(scores.values[metric])
    undefined = sum(scores.values[metric] is None for scores in best.folds)
    if undefined:
        answer.context.warn("%s is not defined in %d of the folds: their rows are too few or all "
                            "alike." % (metric, undefined))
    return line


def add_scores(answer, scores):
    """Of the rows that were held out; for clusters, of all."""
    plan, told = answer.plan, answer.told
    for metric, value in scores.values.items():
        if value is None:
            answer.context.warn(
                "%s is not defined here: the rows are too few or all alike." % metric)
    text = "all rows"
    if plan.task != "clustering":
        text = "%d rows held out%s, seed %d" % (
            answer.data.sizes.get(HELD_OUT, 0),
            ", stratified" if plan.is_split_stratified else "", plan.split_seed)
    names = ("heldOut", "heldOutMetrics") if plan.folds else ("evaluation", "metrics")
    told.update(zip(names, (text, [
        dict({"metric": metric, "value": number(value)}, **(
            {"trivial": number(scores.trivial[metric])} if scores.trivial.get(metric) is not None else {}))
        for metric, value in scores.values.items() if value is not None])))
    if scores.trivial:
        _tell_trivial(answer)
    _add_classes(answer, scores.confusion)
    _tell_cold(answer, scores.cold)


def _tell_trivial(answer):
    """What the figures beside the scores are of."""
    data = answer.data
    if data.classes:
        sizes = data.learned_sizes()
        answer.told["trivial"] = "always '%s', the largest class" % data.classes[sizes.index(max(sizes))]
    else:
        answer.told["trivial"] = "always the mean, %.6g" % data.mean()


def _tell_cold(answer, cold):
    if cold:
        answer.context.warn("%d of the scored rows have a user or item that training had not "
                            "seen; the metrics are without them." % cold)


def _add_classes(answer, confusion):
    """How well each class was told; which classes were taken for which."""
    if not confusion:
        return
    names, told = answer.data.classes, answer.told
    for entry, scores in zip(told["classes"], by_class(confusion)):
        entry.update((key, number(scores[key])) for key in ("precision", "recall", "f1"))
    baseline = max(map(sum, confusion)) / max(sum(map(sum, confusion)), 1)
    is_weighted = answer.data.weight is not None  # on purpose, at the cost of accuracy
    if not is_weighted and from_confusion(confusion).get("accuracy", 1.0) <= baseline:
        answer.context.warn("The model is no more accurate than always telling the largest class "
                            "(%.6g)." % baseline)
    if len(names) <= SHOWN_CLASSES:
        told["confusion"] = {
            "columns": [{"name": "actual", "type": "string"}] +
                       [{"name": "predicted " + name, "type": "bigint"} for name in names],
            "rows": [[name] + row for name, row in zip(names, confusion)]}
        return
    cells = [(cell, names[actual], names[predicted]) for actual, row in enumerate(confusion)
             for predicted, cell in enumerate(row) if actual != predicted and cell]
    told["mostConfused"] = [{"actual": actual, "predicted": predicted, "rows": cell}
                            for cell, actual, predicted in sorted(cells, reverse=True)
                            [:SHOWN_CLASSES]]


def meaning(answer):
    """What the metrics stand for, where there is more than one custom."""
    meanings = {}
    for name in answer.plan.metrics:
        metric = METRICS[name]
        is_many = metric.of_many and len(answer.data.classes) > 2
        text = metric.of_many if is_many else metric.meaning
        meanings.setdefault(text, []).append(name)
    texts = ["%s: %s" % (", ".join(names), text) for text, names in meanings.items()]
    curves = [name for name in answer.plan.metrics if name in CURVES]
    if curves and not answer.plan.spec.has_probability:
        texts.append("%s: ranked by rawPrediction, the margin, since %s gives no probabilities" % (
            ", ".join(curves), answer.plan.called))
    return "; ".join(texts)


def spread(folds, metric, name):
    """The mean over the folds, and the deviation of a fold."""
    values = [scores.values[metric] for scores in folds if scores.values.get(metric) is not None]
    told = {name: number(statistics.fmean(values))} if values else {}
    if len(values) > 1:
        told["sd"] = number(statistics.stdev(values))
    return told
