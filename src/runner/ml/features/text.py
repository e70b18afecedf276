"""Columns of text: words and n-grams, then counts, hashes or word vectors."""

from pyspark.ml.feature import NGram, RegexTokenizer, SQLTransformer, StopWordsRemover

from ...identifiers import backquoted
from .vocabulary import MAX_TERMS, Vocabulary, vocabulary

WORD = r"(?U)\b\w\w+\b"  # scikit-learn's: two characters or more, of any alphabet


def add_text(builder, feature, terms):
    chosen = feature.steps["vectorizer"]
    settings = chosen.parameters
    if chosen.step.spark == "Word2Vec":
        _add_word2vec(builder, feature.column, terms, settings)
        return
    output = builder.names.new(feature.column + "_counts")
    if chosen.step.spark == "hashing":
        size = settings.get("max_features", MAX_TERMS)
        builder.make("HashingTF", {}, inputCol=terms, outputCol=output, numFeatures=size,
                     binary=settings.get("binary", False))
        measure, name = (lambda fitted: size), (lambda fitted, place: "hash %d" % place)
    else:
        at = builder.step(Vocabulary(feature.column, terms, output, settings))
        measure = (lambda fitted: len(vocabulary(fitted[at])))
        name = (lambda fitted, place: vocabulary(fitted[at])[place])
    if settings["use_idf"]:
        output, before = builder.names.new(feature.column + "_tfidf"), output
        builder.make("IDF", {}, inputCol=before, outputCol=output)
    if settings["norm"]:
        output, before = builder.names.new(feature.column + "_norm"), output
        builder.make("Normalizer", {"p": 1.0 if settings["norm"] == "l1" else 2.0},
                     inputCol=before, outputCol=output)
    builder.add_piece(output, measure, lambda fitted, place: "%s: %s" % (feature.column, name(fitted, place)))


def add_terms(builder, column, settings):
    """Words, without stop words, and the n-grams of all lengths in the range together."""
    text = builder.cast(column, "coalesce(CAST(%s AS STRING), '')", "text")
    words = builder.names.new(column + "_words")
    builder.before.append(RegexTokenizer(
        inputCol=text, outputCol=words, gaps=False, minTokenLength=0,
        pattern=settings.get("token_pattern", WORD),
        toLowercase=settings.get("lowercase", True)))
    stop_words = settings.get("stop_words")
    if stop_words:
        if isinstance(stop_words, str):
            stop_words = StopWordsRemover.loadDefaultStopWords(stop_words)
        words, before = builder.names.new(column + "_kept"), words
        builder.before.append(StopWordsRemover(
            inputCol=before, outputCol=words, stopWords=stop_words))
    least, most = settings.get("ngram_range", [1, 1])
    parts = [words] if least == 1 else []
    for size in range(max(least, 2), most + 1):
        parts.append(builder.names.new("%s_%dgrams" % (column, size)))
        builder.before.append(NGram(n=size, inputCol=words, outputCol=parts[-1]))
    if len(parts) == 1:
        return parts[0]
    terms = builder.names.new(column + "_terms")
    builder.before.append(SQLTransformer(statement="SELECT *, concat(%s) AS %s FROM __THIS__" % (
        ", ".join(map(backquoted, parts)), backquoted(terms))))
    return terms


def _add_word2vec(builder, column, terms, settings):
    named = {"vector_size": "vectorSize", "window": "windowSize", "min_count": "minCount",
             "max_iter": "maxIter", "seed": "seed"}
    output = builder.names.new(column + "_vector")
    at = builder.make("Word2Vec", {spark: settings[ours] for ours, spark in named.items()
                                   if ours in settings}, inputCol=terms, outputCol=output)
    size = builder.steps[at].getVectorSize()
    builder.add_piece(output, lambda fitted: size, lambda fitted, place: "%s: word2vec %d" % (column, place))
