"""The feature stages for the columns of a plan."""

from ...identifiers import backquoted
from ..columns import default_step
from . import text
from .builder import Builder, Piece, name_of
from .categories import add_categories
from .numbers import add_numbers


class Features(Builder):
    """Those before the folds, then build() for the rest."""

    def __init__(self, columns, names):
        super().__init__(names)
        self.columns = columns
        self.inputs = {feature.column: self.start(feature) for feature in columns.features}
        self.output = ""

    def start(self, feature):
        """The column that the steps of a feature start from."""
        if feature.kind == "text":
            return text.add_terms(self, feature.column, feature.steps["vectorizer"].parameters)
        if feature.kind == "numeric":
            return self.cast(feature.column, "CAST(%s AS DOUBLE)", "number")
        if feature.kind == "categorical":
            return self.cast(feature.column, "CAST(%s AS STRING)", "value")
        return feature.column

    def uncast(self, column):
        """The column is not used after all, so that a saved pipeline doesn't ask for it."""
        end = " AS %s" % backquoted(self.inputs.pop(column))
        self.casts = [cast for cast in self.casts if not cast.endswith(end)]

    def numbers(self):
        """Each numeric column, and where its numbers are."""
        return {feature.column: self.inputs[feature.column] for feature in self.columns.features
                if feature.kind == "numeric"}

    def build(self, missing):
        """Make the steps. Numeric columns in which values are missing get an imputer."""
        features = self.columns.features
        fill = default_step("imputer", "median")
        for feature in features:
            if feature.kind == "numeric" and feature.column in missing:
                feature.steps.setdefault("imputer", fill)
            elif feature.kind == "text":
                text.add_text(self, feature, self.inputs[feature.column])
            elif feature.kind == "vector":
                self.add_piece(
                    feature.column, lambda fitted: -1,  # only the data tell
                    lambda fitted, place, c=feature.column: "%s[%d]" % (c, place))
        add_numbers(self, [f for f in features if f.kind == "numeric"], self.inputs)
        add_categories(self, [f for f in features if f.kind == "categorical"], self.inputs)
        is_one_vector = len(self.pieces) == 1 and self.pieces[0].is_vector
        self.output = self.pieces[0].column if is_one_vector else \
            self.assemble("features", [piece.column for piece in self.pieces])
        for key in ("selector", "pca"):
            if key in self.columns.whole:
                self.add_whole(key, self.columns.whole[key])

    def add_whole(self, key, chosen):
        """A step on the whole vector: some of its places, or their main components."""
        before, pieces = self.output, self.pieces
        self.output = self.names.new("selected" if key == "selector" else "components")
        column = "inputCol" if key == "pca" else "featuresCol"
        at = self.make(chosen.step.spark, chosen.parameters,
                       **{column: before, "outputCol": self.output})
        if key == "selector":
            self.pieces = [Piece(
                self.output, lambda fitted: len(fitted[at].selectedFeatures),
                lambda fitted, i: name_of(pieces, fitted, fitted[at].selectedFeatures[i]))]
        else:
            self.pieces = [Piece(self.output, lambda fitted: fitted[at].getK(),
                                 lambda fitted, i: "component %d" % (i + 1))]

    def size(self, fitted, total):
        """How wide the vector is; total() looks at a row, when a vector came as a column."""
        sizes = [piece.size(fitted) for piece in self.pieces]
        return total() if -1 in sizes else sum(sizes)

    def name(self, fitted, place):
        return name_of(self.pieces, fitted, place)
