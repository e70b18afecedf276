"""From columns to one vector: the feature stages of a pipeline.

Stages that learn nothing (casts, words, n-grams) come first: they run once, before the folds.
What learns from the data (vocabularies, means, scales) is fitted on the training rows of each fold.
All of them are Spark ML's own, so that a saved pipeline is an ordinary one.
"""

from typing import Any, Callable, List, NamedTuple

from pyspark.sql import functions as F

from ..context import Refused
from ..identifiers import backquoted
from .columns import default_step

WORD = r"(?U)\b\w\w+\b"  # scikit-learn's: two characters or more, of any alphabet
MAX_TERMS = 1 << 18  # Spark's default


class Piece(NamedTuple):
    """A part of the feature vector: a column, how wide it is, and the names of its places."""

    column: str
    size: Callable[[List[Any]], int]  # given the fitted steps
    name: Callable[[List[Any], int], str]
    is_vector: bool = True  # False: a plain number


class Names:
    """Names for columns of our own, which no column of the data has."""

    def __init__(self, taken):
        self.taken = {name.lower() for name in taken}

    def new(self, name):
        name = "".join(char if char.isalnum() or char == "_" else "_" for char in name)
        while name.lower() in self.taken:
            name += "_"
        self.taken.add(name.lower())
        return name


class Vocabulary:
    """Fits a CountVectorizerModel: the terms that occur most often, equal counts by alphabet.

    Spark's own CountVectorizer does the same from 4.0 on; before, equal counts were kept by chance
    of partitioning, and no run could be repeated.
    """

    def __init__(self, column, terms, output, settings):
        self.column = column
        self.terms = terms
        self.output = output
        self.settings = settings

    def fit(self, df):
        from pyspark.ml.feature import CountVectorizerModel

        spark = df.sparkSession
        counts = self.count(df).orderBy(F.desc("count"), "term")
        top = counts.limit(self.settings.get("max_features") or MAX_TERMS).select("term")
        # The terms stay in the JVM: py4j would bring them one by one.
        texts = getattr(top._jdf, "as")(spark._jvm.org.apache.spark.sql.Encoders.STRING()).collect()
        if len(texts) == 0:
            raise Refused("no term of '%s' is left to learn from" % self.column,
                          "Loosen min_df, max_df, stop_words or token_pattern.")
        fitted = CountVectorizerModel(
            spark._jvm.org.apache.spark.ml.feature.CountVectorizerModel(texts))
        fitted._resetUid(fitted._java_obj.uid())
        return fitted._set(inputCol=self.terms, outputCol=self.output, vocabSize=len(texts),
                           binary=self.settings.get("binary", False))

    def count(self, df):
        least, most = self.settings.get("min_df", 1), self.settings.get("max_df", 1.0)
        # 1 is one document, 1.0 is all of them.
        if least == 1 and isinstance(least, int) and most == 1 and isinstance(most, float):
            return df.select(F.explode(self.terms).alias("term")).groupBy("term").count()
        documents = df.select(F.monotonically_increasing_id().alias("id"), self.terms)
        counts = documents.select("id", F.explode(self.terms).alias("term")).groupBy("term").agg(
            F.count(F.lit(1)).alias("count"), F.countDistinct("id").alias("documents"))
        total = df.count() if isinstance(least, float) or isinstance(most, float) else 0
        least, most = [limit * total if isinstance(limit, float) else limit
                       for limit in (least, most)]
        return counts.where(F.col("documents").between(least, most))


class Features:
    """The feature stages for some columns: those before the folds, then build() for the rest."""

    def __init__(self, columns, names):
        self.columns = columns
        self.names = names
        self.casts = []  # SQL expressions of the first stage
        self.before = []  # transformers that learn nothing
        self.inputs = {feature.column: self.start(feature) for feature in columns.features}
        self.steps = []  # estimators and transformers, in order
        self.pieces = []
        self.output = ""

    def start(self, feature):
        """The column that the steps of a feature start from."""
        if feature.kind == "text":
            return self.add_terms(feature.column, feature.steps["vectorizer"].parameters)
        if feature.kind == "numeric":
            return self.cast(feature.column, "CAST(%s AS DOUBLE)", "number")
        if feature.kind == "categorical":
            return self.cast(feature.column, "CAST(%s AS STRING)", "value")
        return feature.column

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
                self.add_text(feature)
            elif feature.kind == "vector":
                self.pieces.append(Piece(
                    feature.column, lambda fitted: -1,  # only the data tell
                    lambda fitted, place, c=feature.column: "%s[%d]" % (c, place)))
        self.add_numbers([f for f in features if f.kind == "numeric"])
        self.add_categories([f for f in features if f.kind == "categorical"])
        is_one_vector = len(self.pieces) == 1 and self.pieces[0].is_vector
        self.output = self.pieces[0].column if is_one_vector else \
            self.assemble("features", [piece.column for piece in self.pieces])
        for key in ("selector", "pca"):
            if key in self.columns.whole:
                self.add_whole(key, self.columns.whole[key])

    def cast(self, column, expression, suffix):
        """A column of the first stage, which is one SQL statement."""
        name = self.names.new("%s_%s" % (column, suffix))
        self.casts.append("%s AS %s" % (expression % backquoted(column), backquoted(name)))
        return name

    def transformers(self):
        """What runs before the folds."""
        from pyspark.ml.feature import SQLTransformer

        first = [SQLTransformer(statement="SELECT *, %s FROM __THIS__" % ", ".join(self.casts))]
        return (first if self.casts else []) + self.before

    def step(self, step):
        self.steps.append(step)
        return len(self.steps) - 1

    def make(self, name, parameters, **columns):
        from pyspark.ml import feature

        return self.step(getattr(feature, name)()._set(**dict(parameters, **columns)))

    def add_text(self, feature):
        chosen = feature.steps["vectorizer"]
        settings = chosen.parameters
        terms = self.inputs[feature.column]
        if chosen.step.spark == "Word2Vec":
            self.add_word2vec(feature.column, terms, settings)
            return
        output = self.names.new(feature.column + "_counts")
        if chosen.step.spark == "hashing":
            size = settings.get("max_features", MAX_TERMS)
            self.make("HashingTF", {}, inputCol=terms, outputCol=output, numFeatures=size,
                      binary=settings.get("binary", False))
            measure, name = (lambda fitted: size), (lambda fitted, place: "hash %d" % place)
        else:
            at = self.step(Vocabulary(feature.column, terms, output, settings))
            measure = (lambda fitted: len(vocabulary(fitted[at])))
            name = (lambda fitted, place: vocabulary(fitted[at])[place])
        if settings["use_idf"]:
            output, before = self.names.new(feature.column + "_tfidf"), output
            self.make("IDF", {}, inputCol=before, outputCol=output)
        if settings["norm"]:
            output, before = self.names.new(feature.column + "_norm"), output
            self.make("Normalizer", {"p": 1.0 if settings["norm"] == "l1" else 2.0},
                      inputCol=before, outputCol=output)
        self.pieces.append(Piece(output, measure, self.of_column(feature.column, name)))

    @staticmethod
    def of_column(column, name):
        return lambda fitted, place: "%s: %s" % (column, name(fitted, place))

    def add_terms(self, column, settings):
        """Words, without stop words, and the n-grams of all lengths in the range together."""
        from pyspark.ml.feature import NGram, RegexTokenizer, SQLTransformer, StopWordsRemover

        text = self.cast(column, "coalesce(CAST(%s AS STRING), '')", "text")
        words = self.names.new(column + "_words")
        self.before.append(RegexTokenizer(
            inputCol=text, outputCol=words, gaps=False, minTokenLength=0,
            pattern=settings.get("token_pattern", WORD),
            toLowercase=settings.get("lowercase", True)))
        stop_words = settings.get("stop_words")
        if stop_words:
            if isinstance(stop_words, str):
                stop_words = StopWordsRemover.loadDefaultStopWords(stop_words)
            words, before = self.names.new(column + "_kept"), words
            self.before.append(StopWordsRemover(
                inputCol=before, outputCol=words, stopWords=stop_words))
        least, most = settings.get("ngram_range", [1, 1])
        parts = [words] if least == 1 else []
        for size in range(max(least, 2), most + 1):
            parts.append(self.names.new("%s_%dgrams" % (column, size)))
            self.before.append(NGram(n=size, inputCol=words, outputCol=parts[-1]))
        if len(parts) == 1:
            return parts[0]
        terms = self.names.new(column + "_terms")
        self.before.append(SQLTransformer(statement="SELECT *, concat(%s) AS %s FROM __THIS__" % (
            ", ".join(map(backquoted, parts)), backquoted(terms))))
        return terms

    def add_word2vec(self, column, terms, settings):
        named = {"vector_size": "vectorSize", "window": "windowSize", "min_count": "minCount",
                 "max_iter": "maxIter", "seed": "seed"}
        output = self.names.new(column + "_vector")
        at = self.make("Word2Vec", {spark: settings[ours] for ours, spark in named.items()
                                    if ours in settings}, inputCol=terms, outputCol=output)
        size = self.steps[at].getVectorSize()
        self.pieces.append(Piece(output, lambda fitted: size,
                                 lambda fitted, place: "%s: word2vec %d" % (column, place)))

    def add_numbers(self, features):
        """Numeric columns; those with the same steps go through them together."""
        groups = {}
        for feature in features:
            key = tuple(sorted((key, id(chosen)) for key, chosen in feature.steps.items()))
            groups.setdefault(key, []).append(feature)
        for group in groups.values():
            self.add_number_group([f.column for f in group], group[0].steps)

    def add_number_group(self, columns, steps):
        names = [self.inputs[column] for column in columns]
        for key, suffix in (("imputer", "filled"), ("discretizer", "bucket")):
            if key in steps:
                outputs = [self.names.new("%s_%s" % (column, suffix)) for column in columns]
                self.add_columnwise(key, steps[key], names, outputs)
                names = outputs
        if not ("polynomial" in steps or "scaler" in steps):
            for column, name in zip(columns, names):
                self.add_number(name, column)
            return
        output, labels = self.assemble("numbers", names), columns
        if "polynomial" in steps:
            output, before = self.names.new("polynomial"), output
            at = self.make("PolynomialExpansion", steps["polynomial"].parameters,
                           inputCol=before, outputCol=output)
            labels = expansion(columns, self.steps[at].getDegree())
        if "scaler" in steps:
            output, before = self.names.new("scaled"), output
            chosen = steps["scaler"]
            self.make(chosen.step.spark, chosen.parameters, inputCol=before, outputCol=output)
        self.pieces.append(Piece(
            output, lambda fitted: len(labels), lambda fitted, place: labels[place]))

    def add_columnwise(self, key, chosen, names, outputs):
        parameters = dict(chosen.parameters)
        if key == "imputer":
            self.make("Imputer", parameters, inputCols=names, outputCols=outputs)
        elif "splits" in parameters:
            splits = parameters.pop("splits")
            self.make("Bucketizer", parameters, inputCols=names, outputCols=outputs,
                      splitsArray=[splits] * len(names), handleInvalid="keep")
        else:
            self.make(chosen.step.spark, parameters, inputCols=names, outputCols=outputs,
                      handleInvalid="keep")

    def add_categories(self, features):
        if not features:
            return
        texts = [self.inputs[feature.column] for feature in features]
        indexes = [self.names.new(feature.column + "_index") for feature in features]
        # Values that were not seen in training, and nulls, become one more category.
        indexer = self.make("StringIndexer", {}, inputCols=texts, outputCols=indexes,
                            handleInvalid="keep", stringOrderType="frequencyDesc")
        for place, feature in enumerate(features):
            chosen = feature.steps["encoder"]
            if chosen.step.spark == "StringIndexer":
                self.add_number(indexes[place], feature.column)
            elif chosen.step.spark == "TargetEncoder":
                self.add_target(feature, indexes[place])
            else:
                self.add_one_hot(feature, indexes[place], indexer, place)

    def add_target(self, feature, index):
        output = self.names.new(feature.column + "_target")
        self.make("TargetEncoder", feature.steps["encoder"].parameters, inputCols=[index],
                  outputCols=[output], handleInvalid="keep")
        self.add_number(output, feature.column)

    def add_one_hot(self, feature, index, indexer, place):
        output = self.names.new(feature.column + "_onehot")
        at = self.make("OneHotEncoder", feature.steps["encoder"].parameters,
                       inputCols=[index], outputCols=[output])
        drops = self.steps[at].getDropLast()  # the last is the category of unseen values
        values = lambda fitted: fitted[indexer].labelsArray[place]  # noqa: E731
        self.pieces.append(Piece(
            output, lambda fitted: len(values(fitted)) + (0 if drops else 1),
            lambda fitted, i: "%s=%s" % (feature.column, (list(values(fitted)) + ["(unseen)"])[i])))

    def add_number(self, column, name):
        self.pieces.append(Piece(column, lambda fitted: 1, lambda fitted, place: name, False))

    def assemble(self, name, columns):
        output = self.names.new(name)
        self.make("VectorAssembler", {}, inputCols=columns, outputCol=output)
        return output

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
                lambda fitted, i: self.name_of(pieces, fitted, fitted[at].selectedFeatures[i]))]
        else:
            self.pieces = [Piece(self.output, lambda fitted: fitted[at].getK(),
                                 lambda fitted, i: "component %d" % (i + 1))]

    def add_ids(self, df, columns):
        """Users and items as numbers, which ALS needs. The unseen get no prediction."""
        texts = {role: columns[role] for role in ("user", "item")
                 if dict(df.dtypes)[columns[role]] == "string"}
        ids = {role: self.names.new(column + "_index") for role, column in texts.items()}
        if ids:
            self.make("StringIndexer", {}, inputCols=list(texts.values()),
                      outputCols=list(ids.values()), handleInvalid="keep")
        return {role: ids.get(role, columns[role]) for role in ("user", "item")}

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

    def size(self, fitted, total):
        """How wide the vector is; total() looks at a row, when a vector came as a column."""
        sizes = [piece.size(fitted) for piece in self.pieces]
        return total() if -1 in sizes else sum(sizes)

    def name(self, fitted, place):
        return self.name_of(self.pieces, fitted, place)

    def name_of(self, pieces, fitted, place):
        for piece in pieces:
            size = piece.size(fitted)
            if size < 0 or place < size:
                name = piece.name(fitted, place)
                # 'text: free' is just 'free' when the text is all there is.
                return name.split(": ", 1)[1] if len(pieces) == 1 and ": " in name else name
            place -= size
        return "feature %d" % place


def vocabulary(model):
    """The terms of a fitted vectoriser, brought from the JVM once."""
    if not hasattr(model, "terms"):
        model.terms = model.vocabulary
    return model.terms


def apply(stages, df):
    for stage in stages:
        df = stage.transform(df)
    return df


def expansion(names, degree):
    """The names of a polynomial expansion, in the order of Spark's PolynomialExpansion."""
    found = []

    def expand(last, left, powers):
        if left == 0 or last < 0:
            found.append(" ".join(names[i] if power == 1 else "%s^%d" % (names[i], power)
                                  for i, power in sorted(powers.items()) if power))
            return
        for power in range(left + 1):
            expand(last - 1, left - power, {**powers, last: power})

    expand(len(names) - 1, degree, {})
    return found[1:]  # without the constant
