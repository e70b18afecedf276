"""The data that were learned from, and the balance of the classes."""

from ..data import NO_LABEL
from ..model import number
from .words import step_text, steps_of

SHOWN_COLUMNS = 20
SKEWED = 10  # a class with so many times fewer rows than the largest deserves a warning


def add_data(answer):
    data, told = answer.data, answer.told
    told["rows"] = data.rows()
    if data.sizes.get(NO_LABEL):
        answer.context.warn("%d rows have no label and were left out." % data.sizes[NO_LABEL])
    if data.columns.label and answer.plan.task != "clustering":
        told["label"] = data.columns.label
    features = data.columns.features
    if features:
        told["features"] = [
            {"column": feature.column, "kind": feature.kind, "steps": steps_of(feature)}
            for feature in features[:SHOWN_COLUMNS]]
    if len(features) > SHOWN_COLUMNS:
        told["moreFeatures"] = len(features) - SHOWN_COLUMNS
    if data.columns.whole:
        told["onAllFeatures"] = ", ".join(map(step_text, data.columns.whole.values()))
    if data.columns.left_out:
        told["leftOut"] = ", ".join("%s (%s)" % column
                                    for column in data.columns.left_out[:SHOWN_COLUMNS])
    for role, column in data.columns.others.items():
        told[role + "Column"] = column
    for feature in features:
        if feature.column in data.missing:
            answer.context.warn("'%s' has no value in %d rows; they are filled by %s." % (
                feature.column, data.missing[feature.column],
                step_text(feature.steps["imputer"])))


def add_balance(answer):
    data = answer.data
    used = [sizes for fold, sizes in data.class_sizes.items() if fold != NO_LABEL]
    sizes = [sum(column) for column in zip(*used)]
    total, most, least = sum(sizes), max(sizes), min(sizes)
    rarest = data.classes[sizes.index(least)]
    answer.told["classes"] = [{"class": name, "rows": size, "share": number(size / total)}
                              for name, size in zip(data.classes, sizes)]
    if len(sizes) == 2:
        answer.told["positiveClass"] = data.classes[1]
    if least * SKEWED <= most and not data.weight:
        answer.context.warn(
            "The classes are skewed: '%s' has %.2g%% of the rows, so accuracy says little; "
            "look at its recall, or set class_weight to balanced." % (
                rarest, 100.0 * least / total))
    if answer.plan.folds and least < answer.plan.folds:
        answer.context.warn("'%s' has only %d rows for %d folds." % (
            rarest, least, answer.plan.folds))
