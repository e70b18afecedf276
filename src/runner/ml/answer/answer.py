"""The answer, collected while the work goes on."""

from ... import rows
from ..data import HELD_OUT
from ..evaluate import outputs_of
from ..model import clusters, important, label_names, predictions, sample_bytes
from .convergence import add_convergence
from .learned import add_balance, add_data
from .scores import meaning
from .words import settings_text

FIRST = ("heldOutMetrics", "heldOut", "metrics", "evaluation", "trivial", "best", "positiveClass")  # of the answer


class Answer:
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
        add_data(self)
        if data.classes:
            add_balance(self)

    def add_model(self, fitted, part):
        told, plan = self.told, self.plan
        add_convergence(self, fitted.model)
        if plan.task == "clustering" and plan.algorithm != "LDA":
            told["clusters"] = clusters(self.data, fitted, part)
        told.update(self.fitter.timed(
            "explaining", lambda: important(self.data, fitted, part)))
        if plan.algorithm == "IsotonicRegression":
            self.context.warn("IsotonicRegression looks at one feature only: '%s' (featureIndex)." %
                              self.data.features.name(
                                  fitted.features, plan.parameters.get("featureIndex", 0)))
        if plan.task == "classification" and "metrics" in told:
            told["meaning"] = meaning(self)
        told["trained"] = "%d models, the last on %d rows" % (self.fitter.fits, part.rows) \
            if self.fitter.fits > 1 else "on %d rows" % part.rows

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
        first = {key: self.told[key] for key in FIRST if key in self.told}
        return {**first, **self.told}
