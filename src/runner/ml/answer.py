"""What run-ml-pipeline tells: what was learned from what, how good it is, and how to use it."""

import statistics

from .. import rows
from .data import HELD_OUT, NO_LABEL
from .evaluate import by_class, from_confusion, outputs_of
from .model import clusters, important, label_names, number, predictions, sample_bytes
from .names import METRICS, Penalty

SHOWN_CLASSES = 10  # beyond them only the confusions that occur most often are told
SHOWN_FOLDS = 10
SHOWN_POINTS = 20
SHOWN_COLUMNS = 20
SKEWED = 10  # a class with so many times fewer rows than the largest deserves a warning
STEP_ORDER = ("imputer", "discretizer", "polynomial", "scaler", "encoder", "vectorizer")


class Answer:
    """Collects the answer while the work goes on."""

    def __init__(self, context, plan, data, fitter):
        self.context = context
        self.plan = plan
        self.data = data
        self.fitter = fitter
        self.told = {"task": plan.task, "algorithm": plan.algorithm}
        if plan.called != plan.algorithm:
            self.told["askedFor"] = plan.called
        settings = dict(plan.parameters, class_weight=plan.class_weight)
        if settings_text(settings):
            self.told["hyperparameters"] = settings_text(settings)
        self.add_data()
        if data.classes:
            self.add_balance()

    def add_data(self):
        data, told = self.data, self.told
        told["rows"] = data.rows()
        if data.sizes.get(NO_LABEL):
            self.context.warn("%d rows have no label and were left out." % data.sizes[NO_LABEL])
        if data.columns.label and self.plan.task != "clustering":
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
                self.context.warn("'%s' has no value in %d rows; they are filled by %s." % (
                    feature.column, data.missing[feature.column],
                    step_text(feature.steps["imputer"])))

    def add_balance(self):
        data = self.data
        used = [sizes for fold, sizes in data.class_sizes.items() if fold != NO_LABEL]
        sizes = [sum(column) for column in zip(*used)]
        total, most, least = sum(sizes), max(sizes), min(sizes)
        rarest = data.classes[sizes.index(least)]
        self.told["classes"] = [{"class": name, "rows": size, "share": number(size / total)}
                                for name, size in zip(data.classes, sizes)]
        if least * SKEWED <= most and not data.weight:
            self.context.warn(
                "The classes are skewed: '%s' has %.2g%% of the rows, so accuracy says little; "
                "look at its recall, or set class_weight to balanced." % (
                    rarest, 100.0 * least / total))
        if self.plan.folds and least < self.plan.folds:
            self.context.warn("'%s' has only %d rows for %d folds." % (
                rarest, least, self.plan.folds))

    def add_folds(self, found, best):
        """Figures of cross-validation, and of all points of a grid."""
        plan, told = self.plan, self.told
        if best is None:
            return
        if len(found) > 1:
            self.add_grid(found, best)
        if not plan.folds:
            return
        is_stratified = plan.task == "classification" and plan.are_folds_stratified
        told["evaluation"] = "%d %sfolds, seed %d" % (
            plan.folds, "stratified " if is_stratified else "", plan.fold_seed)
        told["metrics"] = [self.fold_line(best, metric) for metric in plan.metrics]
        self.add_classes([[sum(cells) for cells in zip(*same)]
                          for same in zip(*(scores.confusion for scores in best.folds))])
        self.tell_cold(sum(scores.cold for scores in best.folds))

    def add_grid(self, found, best):
        metric = self.plan.select_by
        sign = METRICS[metric].is_better

        def rank(entry):
            return entry is not best, -sign * (entry.mean(metric) or 0.0)

        self.told["best"] = dict(shown(best.point), chosenBy=metric)
        self.told["grid"] = [dict(shown(entry.point), **spread(entry.folds, metric, metric))
                             for entry in sorted(found, key=rank)[:SHOWN_POINTS]]
        if len(found) > SHOWN_POINTS:
            self.told["moreCombinations"] = len(found) - SHOWN_POINTS

    def fold_line(self, best, metric):
        line = dict(metric=metric, **spread(best.folds, metric, "mean"))
        for index, scores in enumerate(best.folds[:SHOWN_FOLDS]):
            if scores.values[metric] is not None:
                line["fold%d" % (index + 1)] = number(scores.values[metric])
        undefined = sum(scores.values[metric] is None for scores in best.folds)
        if undefined:
            self.context.warn("%s is not defined in %d of the folds: their rows are too few or all "
                              "alike." % (metric, undefined))
        return line

    def add_scores(self, scores):
        """Of the rows that were held out; for clusters, of all."""
        plan, told = self.plan, self.told
        for metric, value in scores.values.items():
            if value is None:
                self.context.warn(
                    "%s is not defined here: the rows are too few or all alike." % metric)
        text = "all rows"
        if plan.task != "clustering":
            text = "%d rows held out%s, seed %d" % (
                self.data.sizes.get(HELD_OUT, 0),
                ", stratified" if plan.is_split_stratified else "", plan.split_seed)
        names = ("heldOut", "heldOutMetrics") if plan.folds else ("evaluation", "metrics")
        told.update(zip(names, (text, [
            {"metric": metric, "value": number(value)}
            for metric, value in scores.values.items() if value is not None])))
        self.add_classes(scores.confusion)
        self.tell_cold(scores.cold)

    def tell_cold(self, cold):
        if cold:
            self.context.warn("%d of the scored rows have a user or item that training had not "
                              "seen; the metrics are without them." % cold)

    def add_classes(self, confusion):
        """How well each class was told; which classes were taken for which."""
        if not confusion:
            return
        names, told = self.data.classes, self.told
        for entry, scores in zip(told["classes"], by_class(confusion)):
            entry.update((key, number(scores[key])) for key in ("precision", "recall", "f1"))
        baseline = max(map(sum, confusion)) / max(sum(map(sum, confusion)), 1)
        if from_confusion(confusion).get("accuracy", 1.0) <= baseline:
            self.context.warn("The model is no more accurate than always telling the largest class "
                              "(%.4g)." % baseline)
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

    def add_model(self, fitted, part):
        told, plan = self.told, self.plan
        if plan.task == "clustering" and plan.algorithm != "LDA":
            told["clusters"] = clusters(self.data, fitted, part)
        told.update(self.fitter.timed(
            "explaining", lambda: important(self.data, fitted, part)))
        if plan.algorithm == "IsotonicRegression":
            self.context.warn("IsotonicRegression looks at one feature only: '%s' (featureIndex)." %
                              self.data.features.name(
                                  fitted.features, plan.parameters.get("featureIndex", 0)))
        if plan.task == "classification" and "metrics" in told:
            told["meaning"] = self.meaning()
        told["trained"] = "%d models, the last on %d rows" % (self.fitter.fits, part.rows) \
            if self.fitter.fits > 1 else "on %d rows" % part.rows

    def meaning(self):
        """What the metrics stand for, where there is more than one custom."""
        meanings = {}
        for name in self.plan.metrics:
            metric = METRICS[name]
            is_many = metric.of_many and len(self.data.classes) > 2
            text = metric.of_many if is_many else metric.meaning
            meanings.setdefault(text, []).append(name)
        return "; ".join("%s: %s" % (", ".join(names), text) for text, names in meanings.items())

    def add_no_scores(self):
        self.told["evaluation"] = "none: all rows were learned from"

    def add_saved(self, saved):
        path = saved["path"]
        outputs = self.data.outputs
        adds = outputs["predictionCol"]
        if self.plan.task == "classification":
            adds = "%s (the class), %s (its index)" % (self.data.predicted, adds)
        elif self.plan.task == "clustering":
            is_lda = self.plan.algorithm == "LDA"
            adds = outputs["topicDistributionCol"] if is_lda else adds + " (the cluster)"
        self.told["model"] = dict(
            saved, adds=adds,
            load="from pyspark.ml import PipelineModel; "
                 "PipelineModel.load(\"%s\").transform(df)" % path,
            apply="run-ml-pipeline with pipeline_config {\"model_path\": \"%s\"}" % path)

    def add_predictions(self, fitted):
        """Rows that the model has not learned from, if there are any."""
        data = self.data
        is_held_out = bool(data.sizes.get(HELD_OUT))
        part = data.part(HELD_OUT) if is_held_out else data.train()
        if not is_held_out:
            self.context.warn("The predictions shown are of rows that the model has learned from.")
        df = fitted.transform(part.df)
        if data.classes:
            df = label_names(data).transform(df)
        columns = [data.target] if data.target in df.columns else []
        columns += list(data.columns.others.values())
        columns += [feature.column for feature in data.columns.features]
        columns = [name for name in dict.fromkeys(columns) if name in df.columns]
        self.told["predictions"] = rows.read(
            self.context,
            predictions(df, columns, outputs_of(fitted.model),
                                 data.predicted if data.classes else ""),
            limit=self.plan.limit, max_bytes=sample_bytes(self.plan))

    def finish(self, seconds):
        self.told["seconds"] = {kind: round(spent, 2) for kind, spent in
                                [*self.fitter.seconds.items(), ("total", seconds)]}
        return self.told


def spread(folds, metric, name):
    """The mean over the folds, and the deviation of a fold."""
    values = [scores.values[metric] for scores in folds if scores.values.get(metric) is not None]
    told = {name: number(statistics.fmean(values))} if values else {}
    if len(values) > 1:
        told["sd"] = number(statistics.stdev(values))
    return told


def shown(point):
    """Parameters as they were given."""
    return {value.kind if isinstance(value, Penalty) else name:
            value.value if isinstance(value, Penalty) else value for name, value in point.items()}


def settings_text(parameters):
    """maxDepth 5, numTrees 100; of a classifier in OneVsRest its name."""
    given = {name: value for name, value in shown(parameters).items()
             if value is not None and value is not False}
    texts = ["%s %s" % (name, value[0] if isinstance(value, tuple) else value)
             for name, value in given.items()]
    return ", ".join(texts)[:200]


def step_text(chosen):
    parameters = settings_text(chosen.parameters)
    return "%s (%s)" % (chosen.name, parameters) if parameters else chosen.name


def steps_of(feature):
    steps = [step_text(feature.steps[key]) for key in STEP_ORDER if key in feature.steps]
    return ", ".join(steps) or "as it is"
