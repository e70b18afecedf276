"""The vocabulary of a text column: which terms count, the same ones in every run."""

from pyspark.ml.feature import CountVectorizerModel
from pyspark.sql import functions as F

from ...context import Refused

MAX_TERMS = 1 << 18  # Spark's default


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


def vocabulary(model):
    """The terms of a fitted vectoriser, brought from the JVM once."""
    if not hasattr(model, "terms"):
        model.terms = model.vocabulary
    return model.terms
