"""The rows to learn from: dealt out to folds, brought into one order, prepared once and kept.

The same data, seeds and number of cores give the same rows in the same places, so that runs can be
repeated: rows are placed by a hash of their values, not by where they happened to be read.
"""

from pyspark.ml.feature import StringIndexerModel
from pyspark.sql import functions as F

from ..context import Refused
from ..identifiers import FreeNames, backquoted, column, is_plain
from ..names import quoted
from .evaluate import OUTPUTS
from .features.builder import apply
from .features.categories import add_ids
from .features.vector import Features
from .values import Values

HELD_OUT = -1  # the fold of rows that no fit sees
NO_LABEL = -2  # the fold of rows that can't be used
SMALL_PART = 64 * 1024  # bytes that are worth a task of their own
MANY_CLASSES = 1000
MANY_FRACTIONS = 20  # classes that are numbers with a fraction: these were measured, not counted
LARGE_PART = 128 * 1024 * 1024


class Data:
    """The prepared rows, and what is known of them."""

    def __init__(self, context, plan, columns, df):
        self.context = context
        self.plan = plan
        self.columns = columns
        names = FreeNames(df.columns)
        self.outputs = {role + "Col": names.new(role) for role in OUTPUTS}
        self.fold = names.new("fold")
        self.weight = columns.others.get("weight")
        if plan.class_weight:
            self.weight = names.new("class_weight")
        self.target = columns.label or ""  # the label as it stands in the data
        if not is_plain(self.target):  # Spark ML would take it apart
            self.target = names.new(self.target)
        self.label = self.target  # what a model learns from: for classes, their index
        if plan.task == "classification":
            self.label = names.new(self.target + "_index")
        self.predicted = names.new("predicted_" + (columns.label or "label"))
        # Whether data with labels can go through the saved pipeline as they are.
        self.takes_labels = self.target == columns.label and \
            dict(df.dtypes).get(self.target) != "boolean"
        self.features = Features(columns, names)
        self.first = self.features.transformers()  # part of the saved pipeline
        self.missing = {}  # numeric column -> rows without a value
        self.classes = []
        self.sizes = {}  # fold -> rows
        self.class_sizes = {}  # fold -> rows of each class
        self.indexer = None
        self.ids = {}  # recommendation: columns of whole numbers for user and item
        self.types = dict(df.dtypes)
        self.sums = {}  # fold -> sum of the label, where it is a number
        self.df = self.prepare(df)

    def prepare(self, df):
        """The rows with their folds and the columns that fits start from."""
        plan, columns = self.plan, self.columns
        if plan.task == "classification":
            df = df.withColumn(self.target, column(columns.label).cast("string"))
        elif plan.task == "regression":
            number = column(columns.label).cast("double")
            df = df.withColumn(self.target, F.when(~F.isnan(number), number))
        wanted = [self.target] if plan.task in ("classification", "regression") else []
        wanted += list(columns.others.values())
        named = [feature.column for feature in columns.features]
        df = _deal(df.select([column(name) for name in dict.fromkeys(wanted + named)]),
                   plan, wanted[0] if wanted else None, self.fold)
        kept = wanted + [self.fold] + list(self.features.inputs.values())
        kept += named if plan.limit else []  # to show them beside predictions
        df = apply(self.first, df)
        return df.select([column(name) for name in dict.fromkeys(kept)]).persist()

    def release(self):
        self.df.unpersist()

    def count(self):
        """Read the data, once: rows by fold and class, missing values."""
        groups = [F.col(self.fold)]
        if self.plan.task == "classification":
            groups.append(column(self.target).alias("label"))
        values = Values(self)
        found = self.df.groupBy(groups).agg(F.count(F.lit(1)).alias("rows"), *values.measures()).collect()
        for row in found:
            self.sizes[row[0]] = self.sizes.get(row[0], 0) + row["rows"]
            if "sum" in row:
                self.sums[row[0]] = row["sum"] or 0.0
        if not self.rows():
            raise Refused("there is no row to learn from", "Look at the data with manage-data read.")
        if self.plan.task == "classification":
            self.set_classes({(row[0], row["label"]): row["rows"] for row in found})
        self.check_sizes()
        values.check([row for row in found if row[0] != NO_LABEL])

    def leave_out(self, name, why):
        """A column that nobody asked for, and that can't be used."""
        features = self.columns.features
        features[:] = [feature for feature in features if feature.column != name]
        self.columns.left_out.append((name, why))
        if not features:
            raise Refused("no column is left to learn from", "Name columns in feature_columns.",
                          ["'%s' was left out: %s" % entry for entry in self.columns.left_out])
        self.features.uncast(name)
        self.first = self.features.transformers()

    def build(self):
        """The steps that are fitted, now that classes and missing values are known."""
        plan = self.plan
        if plan.task == "recommendation":
            self.ids = add_ids(self.features, self.df, self.columns.others)
            return
        self.features.build(self.missing)
        self.features.set_label(self.label, plan.task == "classification", len(self.classes))
        self.features.set_seed(plan.seed)

    def set_classes(self, counts):
        labels = sorted({label for fold, label in counts if fold != NO_LABEL}, key=_label_order)
        positive = self.plan.positive_label
        if positive is not None:
            wanted = find_label(labels, positive)
            if len(labels) != 2 or wanted is None:
                raise Refused("positive_label '%s' is not one of two classes" % positive,
                              "The classes are %s." % ", ".join(labels[:20]))
            labels = [label for label in labels if label != wanted] + [wanted]
        if len(labels) < 2:
            raise Refused("'%s' has one value only: %s" % (self.columns.label, ", ".join(labels)),
                          "Classification needs two classes or more.")
        if len(labels) > 2 and self.plan.spec.is_binary:
            raise Refused("%s tells two classes apart, and '%s' has %d" % (
                self.plan.called, self.columns.label, len(labels)),
                "Use {\"algorithm\": \"OneVsRest\", \"hyperparameters\": {\"classifier\": \"%s\"}}, "
                "or another classifier, such as RandomForestClassifier." % self.plan.algorithm)
        is_measured = sum(not float(order[1]).is_integer() for order in map(_label_order, labels))
        if len(labels) > MANY_CLASSES or is_measured > MANY_FRACTIONS:
            raise Refused("'%s' has %d different values, too many for classes" % (
                self.columns.label, len(labels)),
                "Use a regressor for numbers, or group the values.")
        self.classes = labels
        self.check_weights()
        for fold in self.sizes:
            self.class_sizes[fold] = [counts.get((fold, label), 0) for label in labels]
        self.indexer = StringIndexerModel.from_labels(
            labels, inputCol=self.target, outputCol=self.label, handleInvalid="error")

    def check_weights(self):
        """class_weight by the classes' names as the data have them; one that is not there is refused."""
        weight = self.plan.class_weight
        if not isinstance(weight, dict):
            return
        named = {name: find_label(self.classes, name) for name in weight}
        absent = [name for name, label in named.items() if label is None]
        if absent:
            raise Refused("class_weight names %s, which '%s' does not have" % (
                quoted(absent, "and"), self.columns.label), "The classes are %s." % ", ".join(self.classes[:20]))
        self.plan.class_weight = {named[name]: value for name, value in weight.items()}

    def check_sizes(self):
        used = self.rows()
        empty = [fold for fold in range(self.plan.folds) if not self.sizes.get(fold)]
        if empty or (self.plan.test_share and not self.sizes.get(HELD_OUT)) or used < 2:
            raise Refused("%d rows are too few for this evaluation" % used,
                          "Ask for fewer folds, or give more data.")

    def rows(self):
        return sum(size for fold, size in self.sizes.items() if fold != NO_LABEL)

    def learned_sizes(self):
        """Rows of each class, without those that are held out."""
        return [sum(sizes) for sizes in zip(*(self.class_sizes[fold] for fold in self.sizes if fold >= 0))]

    def mean(self):
        """Of the label (the rating), without the rows that are held out; None where it is no number."""
        rows = sum(size for fold, size in self.sizes.items() if fold >= 0)
        return sum(total for fold, total in self.sums.items() if fold >= 0) / rows if self.sums and rows else None

    def train(self, without=None):
        """The rows to fit on: all that are not held out, without one fold."""
        folds = [fold for fold in self.sizes if fold >= 0 and fold != without]
        chosen = F.col(self.fold) >= 0
        if without is not None:
            chosen = chosen & (F.col(self.fold) != without)
        return Part(self, chosen, folds)

    def part(self, fold):
        return Part(self, F.col(self.fold) == fold, [fold])


class Part:
    """Some of the rows, with labels as indexes and weights."""

    def __init__(self, data, condition, folds):
        self.rows = sum(data.sizes[fold] for fold in folds)
        of_folds = [data.class_sizes[fold] for fold in folds] if data.classes else []
        self.class_sizes = [sum(sizes) for sizes in zip(*of_folds)]
        df = data.df.where(condition)
        if data.indexer is not None:
            df = data.indexer.transform(df)
        weight = data.plan.class_weight
        if weight:
            df = df.withColumn(data.weight, _weights(weight, data, self.class_sizes, self.rows))
        self.df = df


def _weights(weight, data, sizes, rows):
    """A weight for each row, by its class."""
    if weight == "balanced":
        values = [rows / (len(sizes) * float(size or 1)) for size in sizes]
    else:
        values = [float(weight.get(label, 1.0)) for label in data.classes]
    return F.element_at(F.array(*[F.lit(value) for value in values]),
                        column(data.label).cast("int") + 1)


def find_label(labels, name):
    """The label of that name, or of that value: 1 is '1.0'."""
    name = str(name).lower() if isinstance(name, bool) else str(name)
    order = _label_order(name)
    for label in labels:
        if label == name or (order[0] == 0 and _label_order(label)[:2] == order[:2]):
            return label
    return None


def _label_order(label):
    """Numbers by value, before texts by alphabet."""
    try:
        return 0, float(label), label
    except ValueError:
        return 1, 0.0, label


def parts(df):
    """How many partitions the rows get: enough for the cores, no more than the data are worth."""
    size = int(str(df._jdf.queryExecution().optimizedPlan().stats().sizeInBytes()))
    cores = df.sparkSession.sparkContext.defaultParallelism
    if size >= 1 << 50:  # Spark does not know it
        return cores
    return max(min(cores, size // SMALL_PART + 1), size // LARGE_PART + 1)


def _deal(df, plan, label, fold):
    """Each row gets a fold. Rows lie in the order of a seeded hash (within their class, when folds
    are stratified) and are dealt out like cards: so folds are equal in size and mix of classes."""
    is_stratified = plan.task == "classification" and (
        plan.is_split_stratified or (plan.folds > 0 and plan.are_folds_stratified))
    seeds = [F.lit(plan.split_seed), F.lit(plan.fold_seed)]
    key = F.xxhash64(*seeds, *[column(name) for name in df.columns])
    order = ([column(label)] if is_stratified else []) + [F.col(fold)]
    df = df.withColumn(fold, key).repartition(parts(df), F.col(fold)).sortWithinPartitions(*order)
    # The row's number in its partition; how many rows before it, and up to it, are held out. Each
    # partition starts elsewhere, so that small ones don't all begin with the same fold.
    df = df.withColumn(fold, F.monotonically_increasing_id())
    number, start = "(%s & 8589934591)" % backquoted(fold), "shiftright(%s, 33)" % backquoted(fold)
    before, upto = ["floor((%s + %d) * %.12fD + (0.5D + %s * 0.618D) %% 1)" % (
        number, more, plan.test_share, start) for more in (0, 1)]
    dealt = "CASE WHEN %s > %s THEN %d ELSE pmod(%s - %s + %s, %d) END" % (
        upto, before, HELD_OUT, number, before, start, max(plan.folds, 1))
    dealt = F.expr("CAST(%s AS INT)" % dealt)
    return df.withColumn(fold, dealt if label is None else
                         F.when(column(label).isNull(), NO_LABEL).otherwise(dealt))
