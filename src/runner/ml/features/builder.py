"""What stages are made with, and what of the feature vector each of them gives."""

from typing import Any, Callable, List, NamedTuple

from pyspark.ml import feature as spark_features
from pyspark.ml.feature import SQLTransformer

from ...context import Refused
from ...identifiers import backquoted


class Piece(NamedTuple):
    """A part of the feature vector: a column, how wide it is, and the names of its places."""

    column: str
    size: Callable[[List[Any]], int]  # given the fitted steps
    name: Callable[[List[Any], int], str]
    is_vector: bool = True  # False: a plain number


class Builder:
    """Collects stages: those that learn nothing, then the steps, and the pieces of the vector."""

    def __init__(self, names):
        self.names = names
        self.casts = []  # SQL expressions of the first stage
        self.before = []  # transformers that learn nothing
        self.steps = []  # estimators and transformers, in order
        self.pieces = []

    def cast(self, column, expression, suffix):
        """A column of the first stage, which is one SQL statement."""
        name = self.names.new("%s_%s" % (column, suffix))
        self.casts.append("%s AS %s" % (expression % backquoted(column), backquoted(name)))
        return name

    def transformers(self):
        """What runs before the folds."""
        first = [SQLTransformer(statement="SELECT *, %s FROM __THIS__" % ", ".join(self.casts))]
        return (first if self.casts else []) + self.before

    def step(self, step):
        self.steps.append(step)
        return len(self.steps) - 1

    def make(self, name, parameters, **columns):
        return self.step(getattr(spark_features, name)()._set(**dict(parameters, **columns)))

    def assemble(self, name, columns):
        output = self.names.new(name)
        self.make("VectorAssembler", {}, inputCols=columns, outputCol=output)
        return output

    def add_piece(self, column, size, name):
        """A column that is a vector; size and name are given the fitted steps."""
        self.pieces.append(Piece(column, size, name))

    def add_number(self, column, name):
        self.pieces.append(Piece(column, lambda fitted: 1, lambda fitted, place: name, False))

    def set_label(self, label, is_classification, classes):
        """Tell the steps that learn from the label which column it is."""
        for step in self.steps:
            kind = type(step).__name__
            if kind == "UnivariateFeatureSelector":
                step._set(labelCol=label,
                          labelType="categorical" if is_classification else "continuous")
                if not step.isSet("featureType"):
                    step._set(featureType="continuous")
            elif kind == "TargetEncoder":
                if classes > 2:
                    raise Refused("TargetEncoder takes two classes or a number; there are %d "
                                  "classes" % classes, "Use OneHotEncoder.")
                step._set(labelCol=label,
                          targetType="binary" if is_classification else "continuous")

    def set_seed(self, seed):
        for step in self.steps:
            if hasattr(step, "hasParam") and step.hasParam("seed"):
                step._set(seed=seed)

    def fit(self, df):
        """The fitted steps. Each learns from what the ones before it made of the same rows."""
        fitted = []
        for step in self.steps:
            fitted.append(step.fit(df) if hasattr(step, "fit") else step)
            df = fitted[-1].transform(df)
        return fitted


def apply(stages, df):
    for stage in stages:
        df = stage.transform(df)
    return df


def name_of(pieces, fitted, place):
    """What stands at this place of the vector that the pieces make."""
    for piece in pieces:
        size = piece.size(fitted)
        if size < 0 or place < size:
            name = piece.name(fitted, place)
            # 'text: free' is just 'free' when the text is all there is.
            return name.split(": ", 1)[1] if len(pieces) == 1 and ": " in name else name
        place -= size
    return "feature %d" % place
