"""What the values of numbers forbid, found while the rows are counted: before anything is fitted."""

from pyspark.sql import functions as F

from ..context import Refused
from ..identifiers import column

INFINITY = float("inf")
CENTRING = ("StandardScaler", "RobustScaler")  # what they make has values below 0


class Values:
    def __init__(self, data):
        self.data = data
        self.columns = list(data.features.numbers().items())
        kind = data.plan.parameters.get("modelType", "multinomial")
        self.bayes = kind if data.plan.algorithm == "NaiveBayes" and kind != "gaussian" else ""

    def measures(self):
        """Of each column: rows without a value, infinite ones, and those that naive Bayes can't take."""
        found = []
        for index, (_, name) in enumerate(self.columns):
            value = column(name)
            is_missing = value.isNull() | F.isnan(value)
            bad = F.lit(False)
            if self.bayes:
                bad = ~value.isin(0.0, 1.0) if self.bayes == "bernoulli" else value < 0
            for role, condition in (("missing", is_missing), ("infinite", F.abs(value) == INFINITY),
                                    ("bad", bad & ~is_missing)):
                found.append(F.count(F.when(condition, 1)).alias("%s%d" % (role, index)))
        data = self.data
        label = data.columns.others.get("rating") if data.plan.task == "recommendation" else data.target
        if data.plan.task in ("regression", "recommendation"):
            found.append(F.count(F.when(F.abs(column(label)) == INFINITY, 1)).alias("label"))
            found.append(F.sum(column(label).cast("double")).alias("sum"))
        return found

    def check(self, counted):
        """Leaves out columns without any value; Refused with all that is wrong. counted: rows by fold."""
        data, problems = self.data, []
        asked = {name.lower() for name in data.plan.feature_columns or []}
        asked |= {name.lower() for stage in data.plan.steps for name in stage["columns"] or []}

        def total(role, index):
            return sum(row["%s%s" % (role, index)] for row in counted)

        for index, (name, _) in enumerate(self.columns):
            missing = total("missing", index)
            if missing == data.rows() and name.lower() not in asked:
                data.leave_out(name, "no value in any row")
            elif missing == data.rows():
                problems.append("'%s' has no value in any row" % name)
            elif missing:
                data.missing[name] = missing
                self.check_folds(counted, index, name, problems)
            if total("infinite", index):
                problems.append("'%s' is infinite in %d rows: nullif(%s, double('Infinity')) makes them missing "
                                "values, which are filled" % (name, total("infinite", index), name))
            if total("bad", index) and not self.is_rescaled(name):
                problems.append("'%s' has %d values that %s can't take, which wants %s; use GaussianNB%s" % (
                    name, total("bad", index), data.plan.called,
                    "0 and 1 only" if self.bayes == "bernoulli" else "none below 0",
                    "" if self.bayes == "bernoulli" else ", or the scaler MinMaxScaler"))
        if data.sums and total("label", ""):
            problems.append("the label '%s' is infinite in %d rows" % (
                data.columns.label or data.columns.others["rating"], total("label", "")))
        problems += self.centred()
        if problems:
            raise Refused("there are values from which %s can't learn" % data.plan.called,
                          "Correct what is listed, or leave these columns out of feature_columns.", problems)

    def check_folds(self, counted, index, name, problems):
        """An imputer needs a value among the rows of each fit."""
        plan = self.data.plan
        for fold in range(plan.folds):
            others = [row for row in counted if row[0] >= 0 and row[0] != fold]
            if sum(row["rows"] for row in others) == sum(row["missing%d" % index] for row in others):
                problems.append("'%s' has no value in the rows that one of the folds learns from" % name)
                return

    def is_rescaled(self, name):
        """Whether a step gives it other values; centred ones are told of all columns at once."""
        steps = next(feature.steps for feature in self.data.columns.features if feature.column == name)
        return bool({"scaler", "discretizer"} & set(steps))

    def centred(self):
        """Steps that give naive Bayes values below 0."""
        data = self.data
        if not self.bayes:
            return []
        steps = {feature.steps["scaler"].name for feature in data.columns.features if "scaler" in feature.steps
                 and feature.steps["scaler"].step.spark in CENTRING}
        steps |= {chosen.name for key, chosen in data.columns.whole.items() if key == "pca"}
        return ["%s gives values below 0, which %s can't take: use MinMaxScaler, or GaussianNB" % (
            name, data.plan.called) for name in sorted(steps)]
