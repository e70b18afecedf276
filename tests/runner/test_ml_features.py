"""Columns become features: which, by what steps, under what names, learned from which rows."""

import re
from collections import Counter

import pytest

from ml_cases import make_table, train
from runner.context import Refused
from runner.ml.columns import choose_columns
from runner.ml.config import make_plan
from runner.ml.data import HELD_OUT, Data
from runner.ml.features.builder import apply
from runner.ml.features.numbers import expansion
from runner.ml.run import run

TREE = {"type": "model_training", "algorithm": "DecisionTreeClassifier"}


@pytest.fixture(scope="module", autouse=True)
def small(spark):
    make_table(spark)


def prepare(context, df, *features, evaluation=None, **arguments):
    """The data of a pipeline, counted and ready to fit."""
    stages = [dict({"type": "feature_engineering"}, **stage) for stage in features] + [TREE]
    stages.append(dict({"type": "model_evaluation"}, **(evaluation or {"split": {"test": 0}})))
    plan = make_plan(context, dict(
        {"data_path": "small", "pipeline_config": {"stages": stages}}, **arguments))
    data = Data(context, plan, choose_columns(context, plan, df), df)
    data.count()
    data.build()
    return data


def names_of(data):
    fitted = data.features.fit(data.train().df)
    first = apply(fitted, data.train().df).select(data.features.output).first()[0]
    size = data.features.size(fitted, lambda: first.size)
    assert size == first.size
    return [data.features.name(fitted, place) for place in range(size)]


def vocabulary_of(data, part):
    return data.features.fit(part.df)[0].vocabulary


def texts(spark, *lines):
    return spark.createDataFrame([(line, "ab"[i % 2]) for i, line in enumerate(lines)],
                                 "text string, label string")


LINES = ["Free prize now", "free money NOW now", "call me", "me, free to call?", None, "x"]


def words(line):
    found = re.findall(r"\b\w\w+\b", (line or "").lower())
    return found + [" ".join(pair) for pair in zip(found, found[1:])]


def test_one_and_two_word_terms_share_one_vocabulary_by_frequency_then_alphabet(context, spark):
    data = prepare(context, texts(spark, *LINES), {
        "vectorizer": "CountVectorizer", "ngram_range": [1, 2], "max_features": 7})
    counts = Counter(term for line in LINES for term in words(line))
    wanted = sorted(counts, key=lambda term: (-counts[term], term))[:7]
    assert vocabulary_of(data, data.train()) == wanted
    assert names_of(data) == wanted


def test_two_word_terms_alone_are_possible(context, spark):
    data = prepare(context, texts(spark, *LINES), {"vectorizer": "TfidfVectorizer", "ngram_range": [2, 2]})
    assert set(vocabulary_of(data, data.train())) == {
        term for line in LINES for term in words(line) if " " in term}


def test_rare_and_common_terms_are_left_out_by_documents(context, spark):
    data = prepare(context, texts(spark, *LINES), {
        "vectorizer": "CountVectorizer", "min_df": 2, "max_df": 0.4})
    assert vocabulary_of(data, data.train()) == ["now", "call", "me"]  # not free: half of the lines


def test_stop_words_go_before_word_pairs_are_made(context, spark):
    data = prepare(context, texts(spark, "win the prize", "money"), {
        "vectorizer": "CountVectorizer", "ngram_range": [1, 2], "stop_words": "english"})
    assert set(vocabulary_of(data, data.train())) == {"win", "prize", "win prize", "money"}


def test_tfidf_is_sparks_with_unit_length(context, spark):
    import math

    data = prepare(context, texts(spark, *LINES), {"vectorizer": "TfidfVectorizer"})
    fitted = data.features.fit(data.train().df)
    rows = apply(fitted, data.train().df).select("text_words", data.features.output).collect()
    terms = fitted[0].vocabulary
    idf = {term: math.log((len(LINES) + 1) / (sum(term in row[0] for row in rows) + 1))
           for term in terms}
    for tokens, vector in rows:
        weights = [tokens.count(term) * idf[term] for term in terms]
        length = math.sqrt(sum(weight * weight for weight in weights)) or 1.0
        assert list(vector.toArray()) == pytest.approx([weight / length for weight in weights])


def test_vocabularies_know_nothing_of_the_fold_they_are_scored_on(context, spark):
    data = prepare(context, spark.table("small").select("words", "two"),
                   {"vectorizer": "CountVectorizer"}, label_column="two",
                   evaluation={"cross_validation": 3})
    for fold in range(3):
        seen = {row[0][-1] for row in data.part(fold).df.select("words_words").collect()}
        assert seen and not seen & set(vocabulary_of(data, data.train(fold)))


def test_folds_have_the_same_mix_of_classes(context, spark):
    data = prepare(context, spark.table("small").select("a", "three"), label_column="three",
                   evaluation={"cross_validation": 5})
    for sizes in zip(*(data.class_sizes[fold] for fold in range(5))):
        assert max(sizes) - min(sizes) <= 2
    assert sum(data.sizes.values()) == 240


def test_a_stratified_split_holds_out_the_same_share_of_each_class(context, spark):
    data = prepare(context, spark.table("small").select("a", "three"), label_column="three",
                   evaluation={"split": {"test": 0.25, "stratified": True}})
    for out, kept in zip(data.class_sizes[HELD_OUT], data.class_sizes[0]):
        assert abs(out - (out + kept) / 4) <= 2


def test_folds_and_held_out_rows_never_overlap(context, spark):
    data = prepare(context, spark.table("small").select("a", "words", "two"), label_column="two",
                   text_column="words", evaluation={"cross_validation": 5, "split": 0.8})
    seen = [row[0] for fold in [HELD_OUT, 0, 1, 2, 3, 4]
            for row in data.part(fold).df.selectExpr("words_words[size(words_words) - 1]").collect()]
    assert len(seen) == len(set(seen)) == 240
    assert 44 <= data.sizes[HELD_OUT] <= 52
    assert all(36 <= data.sizes[fold] <= 41 for fold in range(5))


def test_where_rows_lie_does_not_change_their_folds(context, spark):
    df = spark.table("small").select("a", "words", "two")
    evaluation = {"cross_validation": 4}
    dealt = []
    for source in (df, df.orderBy("words").repartition(5)):
        data = prepare(context, source, label_column="two", evaluation=evaluation,
                       feature_columns=["a", "words"])
        dealt.append({row["a_number"]: row["fold"] for row in data.df.collect()})
    assert dealt[0] == dealt[1]


def test_kinds_are_found_from_types_and_values(context, spark):
    df = spark.table("small").select("a", "c", "flag", "words", "two").withColumn(
        "day", __import__("pyspark").sql.functions.current_date())
    data = prepare(context, df, label_column="two")
    kinds = {feature.column: feature.kind for feature in data.columns.features}
    assert kinds == {"a": "numeric", "c": "categorical", "flag": "numeric", "words": "text"}
    assert data.columns.left_out == [("day", "date")]


def test_an_identifier_is_left_out_unless_it_is_asked_for(context, spark):
    df = spark.table("small").selectExpr("uuid() AS id", "a", "two")
    data = prepare(context, df, label_column="two")
    assert [name for name, _ in data.columns.left_out] == ["id"]
    data = prepare(context, df, label_column="two", feature_columns=["id", "a"])
    assert [feature.kind for feature in data.columns.features] == ["categorical", "numeric"]


def test_a_number_becomes_a_category_when_an_encoder_names_it(context, spark):
    df = spark.sql("SELECT id % 3 AS month, id * 1.0 AS x, id % 2 AS label FROM range(30)")
    data = prepare(context, df, {"encoder": "OneHotEncoder", "columns": ["month"]})
    assert sorted(names_of(data)) == ["month=0", "month=1", "month=2", "x"]


def test_polynomials_are_named_in_sparks_order(spark):
    from pyspark.ml.feature import PolynomialExpansion
    from pyspark.ml.linalg import Vectors

    primes = {"p": 2.0, "q": 3.0, "r": 5.0}
    df = spark.createDataFrame([(Vectors.dense(list(primes.values())),)], ["v"])
    values = PolynomialExpansion(degree=3, inputCol="v", outputCol="o").transform(df).first()["o"]
    wanted = []
    for name in expansion(list(primes), 3):
        product = 1.0
        for part in name.split():
            base, _, power = part.partition("^")
            product *= primes[base] ** int(power or 1)
        wanted.append(product)
    assert list(values) == wanted


def test_selected_features_and_components_have_names(context, spark):
    df = spark.table("small").select("a", "b", "c", "two")
    data = prepare(context, df, {"selector": {"name": "SelectKBest", "k": 2}}, label_column="two")
    assert len(names_of(data)) == 2 and "b" in names_of(data)
    data = prepare(context, df, {"pca": 2}, label_column="two")
    assert names_of(data) == ["component 1", "component 2"]


def test_numeric_steps_follow_each_other(context, spark):
    data = prepare(context, spark.table("small").select("gaps", "b", "two"), {
        "imputer": "mean", "polynomial": 2, "scaler": {"name": "StandardScaler"}}, label_column="two")
    assert names_of(data) == ["gaps", "gaps^2", "b", "gaps b", "b^2"]
    from pyspark.ml.stat import Summarizer
    df = apply(data.features.fit(data.train().df), data.train().df)
    vector = df[data.features.output]
    mean, std = df.select(Summarizer.mean(vector), Summarizer.std(vector)).first()
    assert list(mean) == pytest.approx([0.0] * 5, abs=1e-9)
    assert list(std) == pytest.approx([1.0] * 5)


@pytest.mark.parametrize("step", [
    {"scaler": "MinMaxScaler"}, {"scaler": {"name": "RobustScaler", "quantile_range": [10, 90]}},
    {"scaler": "MaxAbsScaler"}, {"scaler": "Normalizer"}, {"discretizer": "KBinsDiscretizer"},
    {"discretizer": {"name": "Bucketizer", "splits": [-100.0, 0.0, 100.0]}},
    {"selector": "VarianceThreshold"}, {"selector": {"name": "SelectPercentile", "percentile": 50}},
    {"encoder": "OrdinalEncoder"}], ids=str)
def test_every_step_makes_features(context, spark, step):
    columns = ["c"] if "encoder" in step else ["a", "b"]
    data = prepare(context, spark.table("small").select(*columns, "two"), step, label_column="two")
    assert names_of(data)


@pytest.mark.parametrize("vectorizer", [
    {"name": "HashingVectorizer", "n_features": 64, "use_idf": True},
    {"name": "Word2Vec", "vector_size": 3, "min_count": 1}], ids=str)
def test_every_vectorizer_makes_features(context, spark, vectorizer):
    data = prepare(context, texts(spark, *LINES), {"vectorizer": vectorizer})
    assert len(names_of(data)) in (64, 3)


def test_a_target_encoder_is_there_since_spark_4(context, spark):
    df = spark.table("small").select("c", "two")
    step = {"encoder": "TargetEncoder"}
    if spark.version.startswith("3."):
        with pytest.raises(Refused) as found:
            prepare(context, df, step, label_column="two")
        assert "not in Spark 3" in found.value.problems[0]
    else:
        assert names_of(prepare(context, df, step, label_column="two")) == ["c"]


def test_missing_numbers_are_filled_and_said(context):
    answer = train(context, "LogisticRegression", label_column="two", feature_columns=["gaps", "b"])
    assert context.warnings == [
        "'gaps' has no value in 12 rows; they are filled by median (strategy median)."]
    assert answer["features"][1]["steps"] == "median (strategy median)"


def test_columns_of_any_name_are_features(context, spark):
    spark.sql("SELECT id % 2 AS `the.label`, id AS `a.b`, string(id % 3) AS `x ``y```, "
              "concat('word', id % 2, ' and more words ', id) AS `prediction` FROM range(60)"
              ).createOrReplaceTempView("odd")
    answer = train(context, "DecisionTreeClassifier", data="odd", label_column="the.label", limit=3)
    assert [f["column"] for f in answer["features"]] == ["a.b", "x `y`", "prediction"]
    assert answer["predictions"]["columns"][-2]["name"] == "prediction_"
    assert answer["importantFeatures"][0]["feature"] in ("prediction: word0", "prediction: word1")


@pytest.mark.parametrize("algorithm", ["LogisticRegression", "DecisionTreeClassifier", "Ridge", "KMeans"])
def test_a_label_of_any_name_is_learned(context, spark, algorithm):
    spark.sql("SELECT id % 2 AS `a``b`, id AS `c``d`, string(id % 3) AS `e``f` FROM range(60)"
              ).createOrReplaceTempView("odd")
    answer = train(context, algorithm, data="odd", label_column="a`b", limit=1)
    assert [f["column"] for f in answer["features"]] == ["c`d", "e`f"]


@pytest.mark.parametrize("name", ["w.x", "w`x"])
def test_what_spark_would_take_apart_is_refused(context, spark, name):
    small = spark.table("small").withColumnRenamed("a", name)
    small.createOrReplaceTempView("odd")
    with pytest.raises(Refused) as refused:
        train(context, "LogisticRegression", data="odd", label_column="two", config={"weight_column": name})
    assert refused.value.problems == [
        "weight_column: '%s' has a dot or a backtick in its name, which Spark ML can't take; rename it" % name]


VALUES = ("SELECT id % 2 AS label, id AS a, CAST(NULL AS DOUBLE) AS none, CAST(NULL AS STRING) AS nothing, "
          "IF(id = 3, double('Infinity'), id) AS far, id - 5.0 AS below FROM range(60)")


def test_a_column_without_a_value_is_left_out_and_the_model_does_not_ask_for_it(context, spark, tmp_path):
    spark.sql(VALUES).select("label", "a", "none", "nothing").createOrReplaceTempView("empty")
    answer = train(context, "NaiveBayes", data="empty", model_output_path=str(tmp_path / "model"))
    assert answer["leftOut"] == "nothing (no value in any row), none (no value in any row)"
    spark.table("empty").select("a").createOrReplaceTempView("full")
    told = run(context, {"data_path": "full", "pipeline_config": {"model_path": str(tmp_path / "model")}})
    assert told["predictions"]["rowCount"] == 10


def test_values_that_a_model_cannot_take_are_told_before_a_fit(context, spark):
    spark.sql(VALUES).createOrReplaceTempView("odd")
    with pytest.raises(Refused) as found:
        train(context, "MultinomialNB", data="odd", label_column="label", feature_columns=["none", "far", "below"])
    assert found.value.problems == [
        "'none' has no value in any row",
        "'far' is infinite in 1 rows: nullif(far, double('Infinity')) makes them missing values, which are filled",
        "'below' has 5 values that MultinomialNB can't take, which wants none below 0; use GaussianNB, or the scaler "
        "MinMaxScaler"]
    with pytest.raises(Refused) as found:
        train(context, "NaiveBayes", data="odd", label_column="label", feature_columns=["below"],
              features=[{"scaler": "StandardScaler"}])
    assert found.value.problems == ["StandardScaler gives values below 0, which NaiveBayes can't take: use "
                                    "MinMaxScaler, or GaussianNB"]


def test_no_rows_are_said_to_be_none(context, spark):
    spark.sql(VALUES).where("a < 0").createOrReplaceTempView("none")
    with pytest.raises(Refused, match="there is no row to learn from"):
        train(context, "LogisticRegression", data="none")
    spark.table("none").select("label", "a").createOrReplaceTempView("none")
    with pytest.raises(Refused, match="there is no row to learn from"):
        train(context, "LogisticRegression", data="none")


def test_a_model_names_all_columns_that_the_data_lack_and_warns_of_new_categories(context, spark, tmp_path):
    path = str(tmp_path / "model")
    train(context, "DecisionTreeClassifier", label_column="two", feature_columns=["a", "b", "c"],
          model_output_path=path)
    spark.sql("SELECT 1 AS A2, 'x' AS c").createOrReplaceTempView("part")
    apply = {"pipeline_config": {"model_path": path}}
    with pytest.raises(Refused, match="lack columns") as found:
        run(context, dict(apply, data_path="part"))
    assert [problem.split(",")[0] for problem in found.value.problems] == ["no column 'a'", "no column 'b'"]
    spark.sql("SELECT * FROM VALUES (1, 1, 'x', 'high'), (1, 1, 'q', 'middle'), (1, 1, NULL, NULL) AS t(a, b, c, two)"
              ).createOrReplaceTempView("new")
    run(context, dict(apply, data_path="new", evaluation_metrics=["accuracy"]))
    assert context.warnings == [
        "1 rows have a label that the model does not know, such as 'middle'; metrics are without them.",
        "'c' has values in 1 rows that training had not seen, such as 'q'."]
