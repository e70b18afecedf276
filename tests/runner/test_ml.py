"""Pipelines from data to saved model, and back."""

import json
import os

import pytest

from ml_cases import SMS, figures, make_table, train
from runner.context import Cancelled, Context, Refused
from runner.ml import leakage
from runner.ml import run as ml


@pytest.fixture(scope="module", autouse=True)
def small(spark):
    make_table(spark)


def given_example(trees=100, depth=10, folds=5, terms=10000):
    """The request of the specification: pipeline_config as it stands, but for what makes it slow."""
    return {
        "stages": [
            {"type": "feature_engineering", "vectorizer": "TfidfVectorizer", "max_features": terms,
             "ngram_range": [1, 2]},
            {"type": "model_training", "algorithm": "RandomForestClassifier",
             "hyperparameters": {"numTrees": trees, "maxDepth": depth, "featureSubsetStrategy": "auto"}},
            {"type": "model_evaluation", "cross_validation": {"folds": folds, "seed": 42}}]}


METRICS = ["accuracy", "precision", "recall", "f1", "auc"]


class Spam:
    """The given example on the SMS messages, with small trees, run once for several tests."""

    def __init__(self, spark, folder, **size):
        self.path = str(folder / "model")
        self.context = Context(spark, "op-spam")
        self.phases = []
        self.context.enter = self.phases.append
        self.answer = ml.run(self.context, {
            "pipeline_config": given_example(**size), "data_path": SMS,
            "model_output_path": self.path + "/", "evaluation_metrics": METRICS})


@pytest.fixture(scope="module")
def spam(spark, tmp_path_factory):
    return Spam(spark, tmp_path_factory.mktemp("spam"), trees=5, depth=4, folds=2, terms=500)


def test_the_given_example_tells_its_metrics_with_every_fold(spam):
    answer = spam.answer
    assert answer["task"] == "classification" and answer["algorithm"] == "RandomForestClassifier"
    assert answer["rows"] == 4862 and answer["label"] == "label"
    assert answer["hyperparameters"].startswith("numTrees 5, maxDepth 4")
    assert answer["features"][0]["column"] == "text" and answer["features"][0]["kind"] == "text"
    assert [line["metric"] for line in answer["metrics"]] == METRICS
    for line in answer["metrics"]:
        assert line["mean"] == pytest.approx((line["fold1"] + line["fold2"]) / 2, rel=1e-5)
        assert 0.5 < line["mean"] <= 1 and line["sd"] >= 0
    assert answer["evaluation"] == "2 stratified folds, seed 42"
    assert [(entry["class"], entry["rows"]) for entry in answer["classes"]] == [
        ("ham", 4220), ("spam", 642)]
    assert sum(map(sum, (row[1:] for row in answer["confusion"]["rows"]))) == 4862


def test_the_answer_is_small(spam):
    assert len(json.dumps(spam.answer)) < 4000


def test_the_most_important_features_are_words(spam):
    words = [entry["feature"] for entry in spam.answer["importantFeatures"]]
    assert len(words) == 10 and any(" " in word for word in words)
    assert all(word == word.lower() for word in words)


def test_progress_names_folds_and_stages(spam):
    for phase in ("fitting fold 2 of 2", "scoring fold 2 of 2", "fitting the model on 4862 rows",
                  "saving the model"):
        assert phase in spam.phases


def test_the_saved_model_is_an_ordinary_pipeline_with_the_same_predictions(spark, spam, context):
    from pyspark.ml import PipelineModel

    df = spark.read.json(SMS)
    plain = PipelineModel.load(spam.path).transform(df)
    wanted = [tuple(row) for row in plain.select("label", "text", "predicted_label").limit(50).collect()]
    told = ml.run(context, {"data_path": SMS, "limit": 50, "format": "json",
                            "pipeline_config": {"model_path": spam.path}})["predictions"]
    assert [tuple(row[:3]) for row in told["rows"]] == wanted[:len(told["rows"])]
    assert len(told["rows"]) > 5


def test_scores_of_the_saved_model_are_those_of_sparks_evaluators(spark, spam, context):
    from pyspark.ml import PipelineModel
    from pyspark.ml.evaluation import (BinaryClassificationEvaluator,
                                       MulticlassClassificationEvaluator)

    plain = PipelineModel.load(spam.path).transform(spark.read.json(SMS)).cache()
    told = figures(ml.run(context, {"data_path": SMS, "limit": 0, "evaluation_metrics": METRICS,
                                    "pipeline_config": {"model_path": spam.path}}))
    names = {"accuracy": "accuracy", "precision": "weightedPrecision", "recall": "weightedRecall",
             "f1": "f1"}
    for ours, theirs in names.items():
        wanted = MulticlassClassificationEvaluator(labelCol="label_index", metricName=theirs).evaluate(plain)
        assert told[ours] == pytest.approx(wanted, rel=1e-5)
    wanted = BinaryClassificationEvaluator(labelCol="label_index").evaluate(plain)
    assert told["auc"] == pytest.approx(wanted, rel=1e-5)


def test_a_model_predicts_texts_without_labels(spark, spam, context):
    spark.sql("SELECT * FROM VALUES ('free entry: txt WIN to 80086 now, claim your prize'), (NULL) AS t(text)"
              ).createOrReplaceTempView("unlabelled")
    told = ml.run(context, {"data_path": "unlabelled",
                            "pipeline_config": {"model_path": spam.path}})["predictions"]
    assert [column["name"] for column in told["columns"]] == ["text", "prediction", "probability"]
    assert {row[1] for row in told["rows"]} <= {"ham", "spam"}


def test_scoring_without_labels_is_refused(spark, spam, context):
    spark.sql("SELECT 'x' AS text").createOrReplaceTempView("unlabelled")
    with pytest.raises(Refused, match="no label"):
        ml.run(context, {"data_path": "unlabelled", "evaluation_metrics": ["f1"],
                         "pipeline_config": {"model_path": spam.path}})


@pytest.mark.parametrize("format", ["parquet", "csv", "json"])
def test_predictions_are_written_in_every_format(spark, spam, context, tmp_path, format):
    target = str(tmp_path / "told")
    config = {"model_path": spam.path, "predictions_path": target, "predictions_format": format}
    answer = ml.run(context, {"data_path": SMS, "limit": 0, "pipeline_config": config})
    assert answer["written"]["rows"] == 4862 and "predictions" not in answer
    written = spark.read.format(format).option("header", "true").load(target)
    assert set(written.columns) == {"label", "text", "prediction", "probability"}
    with pytest.raises(Refused) as found:
        ml.run(context, {"data_path": SMS, "pipeline_config": config})
    assert "exists already" in found.value.problems[0]


@pytest.mark.slow
def test_the_given_example_runs_unchanged(spark, tmp_path_factory):
    spam = Spam(spark, tmp_path_factory.mktemp("whole"))
    assert "fold5" in spam.answer["metrics"][0] and figures(spam.answer)["auc"] > 0.97
    assert spam.answer["trained"] == "6 models, the last on 4862 rows"


FOREST = dict(label_column="three", feature_columns=["a", "b", "c"], evaluation={"cross_validation": 2})


def test_the_same_seed_gives_the_same_figures_and_another_does_not(context):
    def told(seed):
        answer = train(context, "RandomForestClassifier", {"numTrees": 3}, config={"seed": seed}, **FOREST)
        return answer["metrics"], answer["confusion"], answer["importantFeatures"]

    first = told(1)
    assert told(1) == first
    assert told(2) != first


def test_held_out_rows_score_the_model_that_is_saved(spark, context, tmp_path):
    from pyspark.ml import PipelineModel

    path = str(tmp_path / "model")
    answer = train(context, "DecisionTreeClassifier", label_column="two", feature_columns=["a", "c"],
                   evaluation={"split": {"train": 0.75, "seed": 3}}, limit=1000, model_output_path=path)
    assert "evaluation" in answer and answer["predictions"]["rowCount"] > 40
    names = [column["name"] for column in answer["predictions"]["columns"]]
    assert names == ["two", "a", "c", "prediction", "probability"]
    plain = {row["a"]: row["predicted_two"] for row in
             PipelineModel.load(path).transform(spark.table("small").drop("two")).collect()}
    right = 0
    for label, a, _, prediction, _ in answer["predictions"]["rows"]:
        assert plain[a] == prediction
        right += label == prediction
    assert figures(answer)["accuracy"] == pytest.approx(right / answer["predictions"]["rowCount"], rel=1e-5)


def test_folds_choose_and_held_out_rows_judge(context):
    answer = train(context, "DecisionTreeClassifier", label_column="two", feature_columns=["a", "b"],
                   evaluation={"cross_validation": 2, "split": 0.8,
                               "param_grid": {"max_depth": [0, 3]}, "select_by": "auc"})
    assert answer["best"] == {"maxDepth": 3, "chosenBy": "auc"}
    assert [line["maxDepth"] for line in answer["grid"]] == [3, 0]
    assert answer["grid"][0]["auc"] > answer["grid"][1]["auc"] == 0.5
    assert "held out" in answer["heldOut"] and len(answer["heldOutMetrics"]) == 5
    assert answer["trained"].startswith("5 models")


def test_every_metric_of_a_classifier_can_be_asked_for(context):
    metrics = METRICS + ["areaUnderPR", "log_loss"]
    answer = train(context, "LogisticRegression", {"C": 1.0}, label_column="two",
                   feature_columns=["a", "b"], evaluation_metrics=metrics)
    assert list(figures(answer)) == METRICS + ["areaUnderPR", "logLoss"]
    assert all(name in answer["meaning"] for name in ("areaUnderPR", "logLoss"))


@pytest.mark.parametrize("label, classes", [("flag", ["false", "true"]), ("three", ["x", "y", "z"])])
def test_labels_of_any_kind_come_back_by_name(spark, context, tmp_path, label, classes):
    from pyspark.ml import PipelineModel

    path = str(tmp_path / "model")
    answer = train(context, "DecisionTreeClassifier", label_column=label, feature_columns=["b", "c"],
                   model_output_path=path)
    assert sorted(entry["class"] for entry in answer["classes"]) == classes
    told = PipelineModel.load(path).transform(spark.table("small")).select("predicted_" + label)
    assert {row[0] for row in told.distinct().collect()} <= set(classes)


def test_numbers_as_labels_are_ordered_by_value(spark, context):
    spark.sql("SELECT id AS x, CASE WHEN id < 40 THEN 9 ELSE 10 END AS target FROM range(80)"
              ).createOrReplaceTempView("numbered")
    answer = train(context, "DecisionTreeClassifier", data="numbered")
    assert [column["name"] for column in answer["confusion"]["columns"]] == [
        "actual", "predicted 9", "predicted 10"]


def test_the_positive_class_can_be_named(context):
    kinds = dict(label_column="two", feature_columns=["a"], evaluation_metrics=["areaUnderPR"])
    low = train(context, "LogisticRegression", **kinds)
    high = train(context, "LogisticRegression", config={"positive_label": "high"}, **kinds)
    assert [line["class"] for line in high["classes"]] == ["low", "high"]
    assert figures(low) != figures(high)


def test_skewed_classes_are_warned_of(spark, context):
    spark.sql("SELECT id % 7 AS x, int(id % 50 = 0) AS label FROM range(200)").createOrReplaceTempView("skewed")
    train(context, "DecisionTreeClassifier", data="skewed", evaluation={"cross_validation": 2})
    assert any("skewed: '1' has 2% of the rows" in warning for warning in context.warnings)
    assert any("no more accurate than" in warning for warning in context.warnings)


def test_balanced_classes_are_told_apart_more_evenly(spark, context):
    spark.sql("SELECT rand(1) + int(id % 12 = 0) * 0.5 AS x, int(id % 12 = 0) AS label FROM range(600)"
              ).createOrReplaceTempView("skewed")

    def recall(**weights):
        answer = train(context, "LogisticRegression", weights, data="skewed",
                       evaluation={"split": {"test": 0.3, "stratified": True}})
        return {line["class"]: line["recall"] for line in answer["classes"]}["1"]

    assert recall(class_weight="balanced") > recall() + 0.3
    assert recall(class_weight={"1": 11, "0": 1}) > recall() + 0.3


def test_weights_of_a_class_that_is_not_there_are_refused(context):
    kinds = dict(label_column="two", feature_columns=["a"])
    with pytest.raises(Refused, match="class_weight names 'hihg', which 'two' does not have") as found:
        train(context, "LogisticRegression", {"class_weight": {"hihg": 2, "low": 1}}, **kinds)
    assert found.value.next_step == "The classes are high, low."


def test_classes_are_named_by_their_value(spark, context):
    spark.sql("SELECT id % 7 AS x, double(id % 2) AS label FROM range(40)").createOrReplaceTempView("doubles")
    answer = train(context, "NaiveBayes", {"class_weight": {"1": 2, "0": 1}}, data="doubles",
                   config={"positive_label": 0})
    assert [entry["class"] for entry in answer["classes"]] == ["1.0", "0.0"]


def test_rows_without_a_label_are_left_out_and_said(spark, context):
    spark.sql("SELECT id AS x, CASE WHEN id % 10 = 0 THEN NULL WHEN id < 50 THEN 'a' ELSE 'b' END AS label "
              "FROM range(100)").createOrReplaceTempView("holes")
    answer = train(context, "DecisionTreeClassifier", data="holes")
    assert answer["rows"] == 90
    assert context.warnings == ["10 rows have no label and were left out."]


@pytest.mark.parametrize("label, why", [("only", "one value only"), ("y", "too many for classes")])
def test_labels_that_make_no_classes_are_refused(spark, context, label, why):
    spark.table("small").selectExpr("a", "y", "'same' AS only").createOrReplaceTempView("same")
    with pytest.raises(Refused, match=why):
        train(context, "LogisticRegression", data="same", label_column=label, feature_columns=["a"])


def test_a_classifier_for_two_classes_refuses_three(context):
    with pytest.raises(Refused, match="tells two classes apart") as found:
        train(context, "GradientBoostingClassifier", label_column="three", feature_columns=["a"])
    assert "OneVsRest" in found.value.next_step


def test_too_few_rows_are_refused(spark, context):
    spark.sql("SELECT id AS x, id % 2 AS label FROM range(4)").createOrReplaceTempView("few")
    with pytest.raises(Refused, match="too few"):
        train(context, "LogisticRegression", data="few", evaluation={"cross_validation": 10})


def leftovers(folder):
    return [name for name in os.listdir(folder) if name != "model"]


def test_a_model_replaces_another_only_when_told(spark, context, tmp_path):
    path = str(tmp_path / "model")
    request = dict(label_column="two", feature_columns=["a"], model_output_path=path)
    train(context, "LogisticRegression", **request)
    with pytest.raises(Refused):
        train(context, "LogisticRegression", **request)
    answer = train(context, "DecisionTreeClassifier", config={"overwrite": True}, **request)
    assert answer["model"]["files"] > 5 and leftovers(tmp_path) == []
    from pyspark.ml import PipelineModel
    assert any("DecisionTree" in type(stage).__name__ for stage in PipelineModel.load(path).stages)


def test_a_model_that_fails_to_save_leaves_nothing_behind(context, tmp_path, monkeypatch):
    from runner.ml import model

    def fail(staging, stages):
        raise OSError("disk full")

    monkeypatch.setattr(model, "_check_saved", fail)
    with pytest.raises(OSError):
        train(context, "LogisticRegression", label_column="two", feature_columns=["a"],
              model_output_path=str(tmp_path / "model"))
    assert os.listdir(tmp_path) == []


def test_a_folder_that_is_no_model_is_not_overwritten(context, tmp_path):
    precious = tmp_path / "model" / "data.csv"
    precious.parent.mkdir()
    precious.write_text("precious")
    with pytest.raises(Refused) as found:
        train(context, "LogisticRegression", label_column="two", feature_columns=["a"],
              config={"overwrite": True}, model_output_path=str(precious.parent))
    assert "holds no model" in found.value.problems[0]
    (precious.parent / "metadata").mkdir()  # a model with somebody's file in it
    with pytest.raises(Refused) as found:
        train(context, "LogisticRegression", label_column="two", feature_columns=["a"],
              config={"overwrite": True}, model_output_path=str(precious.parent))
    assert "holds no model" in found.value.problems[0]
    assert precious.read_text() == "precious" and leftovers(tmp_path) == []


def test_a_cancelled_run_ends_between_folds_and_frees_its_rows(spark, context):
    def enter(phase):
        Context.enter(context, phase)
        context.is_cancelled = phase == "scoring fold 1 of 2"

    context.enter = enter
    before = spark.sparkContext._jsc.getPersistentRDDs().size()
    with pytest.raises(Cancelled):
        train(context, "RandomForestClassifier", {"numTrees": 2}, **FOREST)
    assert context.phase == "scoring fold 1 of 2"
    assert spark.sparkContext._jsc.getPersistentRDDs().size() == before


def test_nothing_stays_cached(spark, context):
    before = spark.sparkContext._jsc.getPersistentRDDs().size()
    train(context, "LogisticRegression", evaluation={"param_grid": {"regParam": [0, 0.1]}},
          label_column="two", feature_columns=["a"])
    assert spark.sparkContext._jsc.getPersistentRDDs().size() == before


def test_csv_data_need_no_options_and_those_used_are_told(spark, tmp_path):
    rows = ["%s,%05d,%d" % ("NA" if n % 9 == 0 else n / 10, n, 3 * n + 1) for n in range(60)]
    (tmp_path / "a.csv").write_text("x,code,y\n" + "\n".join(rows) + "\n")
    context = Context(spark, "op-csv")
    answer = train(context, "LinearRegression", data=str(tmp_path / "a.csv"), label_column="y",
                   feature_columns=["x"], limit=2.0, config={"seed": 7.0})
    assert answer["readWith"] == {"delimiter": ",", "header": "true", "inferSchema": "true", "escape": '"',
                                  "nullValue": "NA"}
    assert any("'NA' is read as null" in warning for warning in context.warnings)
    assert any("are kept, as texts, in 'code'" in warning for warning in context.warnings)
    assert len(answer["predictions"]["rows"]) == 2


def test_how_the_data_of_an_applied_model_were_read_is_told(spark, tmp_path):
    (tmp_path / "a.csv").write_text("x;y\n" + "".join("%d.5;%d\n" % (n, 2 * n + n % 3) for n in range(40)))
    context, model = Context(spark, "op-csv"), str(tmp_path / "model")
    answer = train(context, "LinearRegression", data=str(tmp_path / "a.csv"), label_column="y", feature_columns=["x"],
                   model_output_path=model)
    applied = ml.run(context, {"data_path": str(tmp_path / "a.csv"), "evaluation_metrics": ["r2"],
                               "pipeline_config": {"model_path": model}})
    assert list(applied)[0] == "metrics"
    assert applied["readWith"] == answer["readWith"] and applied["readWith"]["delimiter"] == ";"


@pytest.mark.slow
def test_many_iterations_of_als_leave_their_lineage_behind(spark, context):
    spark.sql("SELECT id % 12 AS user, id % 9 AS item, double((id % 12) * (id % 9) % 5) AS rating FROM range(108)"
              ).createOrReplaceTempView("ratings")
    assert figures(train(context, "ALS", {"maxIter": 40}, data="ratings"))["rmse"] < 4


def test_the_users_and_items_of_ratings_are_found_by_their_names(spark, context):
    spark.sql("SELECT id % 12 AS userId, id % 9 AS movie_id, double(id % 5) AS stars FROM range(108)"
              ).createOrReplaceTempView("ratings")
    answer = train(context, "ALS", {"maxIter": 1}, data="ratings")
    assert [answer[role + "Column"] for role in ("user", "item", "rating")] == ["userId", "movie_id", "stars"]
    assert answer["trivial"].startswith("always the mean, ") and list(answer)[0] == "metrics"


@pytest.mark.parametrize("first", [25, 10000])
def test_what_knows_too_much_is_warned_of(spark, context, monkeypatch, first):
    """Of all rows: 'until' tells the label in the first ones only."""
    monkeypatch.setattr(leakage, "FIRST", first)
    spark.sql("SELECT id + 7 AS place, id % 7 AS x, IF(id % 2 = 0, 'yes', 'no') AS label, 5 - 3 * (id % 2) AS code, "
              "id * id AS customer_id, IF(id < 30, id % 2, id % 3) AS until FROM range(60)"
              ).coalesce(1).createOrReplaceTempView("leaks")
    answer = train(context, "DecisionTreeClassifier", data="leaks")
    assert answer["positiveClass"] == "yes"
    assert [warning.split(" ")[:2] for warning in context.warnings] == [
        ["'place'", "has"], ["'code'", "tells"], ["'customer_id'", "has"]]
    spark.sql("SELECT rand(1) AS x, rand(2) AS z FROM range(60)").selectExpr("*", "x AS y").createOrReplaceTempView("leaks")
    context.warnings.clear()
    train(context, "DecisionTreeRegressor", data="leaks", label_column="y")
    assert [warning.split(" ")[:2] for warning in context.warnings] == [["'x'", "tells"]]


def test_the_trivial_model_stands_beside_every_score(context):
    from sklearn.dummy import DummyClassifier, DummyRegressor
    from sklearn.metrics import log_loss, mean_absolute_error

    answer = train(context, "DecisionTreeClassifier", label_column="two", feature_columns=["a"],
                   evaluation={"cross_validation": 2}, evaluation_metrics=["accuracy", "f1", "auc", "logLoss"])
    assert list(answer)[:3] == ["metrics", "evaluation", "trivial"]
    sizes = {entry["class"]: entry["rows"] for entry in answer["classes"]}
    y = ["high"] * sizes["high"] + ["low"] * sizes["low"]
    prior = DummyClassifier(strategy="prior").fit([[0]] * 240, y)
    trivial = {line["metric"]: line["trivial"] for line in answer["metrics"]}
    assert trivial["auc"] == 0.5 and trivial["accuracy"] == pytest.approx(max(sizes.values()) / 240, abs=1e-5)
    assert trivial["logLoss"] == pytest.approx(log_loss(y, prior.predict_proba([[0]] * 240)), abs=1e-3)
    answer = train(context, "LinearRegression", label_column="y", feature_columns=["a"], limit=100)
    trivial = {line["metric"]: line["trivial"] for line in answer["metrics"]}
    held_out = [row[0] for row in answer["predictions"]["rows"]]
    learned = [row[0] for row in context.spark.table("small").select("y").collect() if row[0] not in held_out]
    mean = DummyRegressor().fit([[0]] * len(learned), learned).predict([[0]] * len(held_out))
    assert trivial["mae"] == pytest.approx(mean_absolute_error(held_out, mean), rel=1e-5)


def test_the_end_of_a_fit_is_told_and_an_early_one_warned_of(spark, context):
    kinds = dict(label_column="two", feature_columns=["a", "b"])
    told = train(context, "LogisticRegression", {"maxIter": 2}, **kinds)["convergence"]
    assert (told["iterations"], told["of"]) == (2, 2) and 0 < told["objective"] < 0.7
    assert context.warnings == ["The fit used all its 2 iterations and may not have settled: raise max_iter."]
    context.warnings.clear()
    told = train(context, "KMeans", {"k": 3, "n_init": 3}, feature_columns=["a", "b"])
    assert told["convergence"]["starts"] == 3 and told["convergence"]["objective"] > 0


def test_more_starts_end_no_worse(spark, context):
    kinds = dict(feature_columns=["a", "b"], config={"seed": 1})
    one, many = [train(context, "KMeans", {"k": 9, "n_init": starts, "init": "random"}, **kinds)["convergence"]
                 ["objective"] for starts in (1, 4)]
    assert many <= one


def test_a_model_weighted_on_purpose_is_not_blamed_for_its_accuracy(spark, context):
    spark.sql("SELECT id % 7 AS x, int(id % 9 = 0) AS label FROM range(180)").createOrReplaceTempView("skewed")
    train(context, "LogisticRegression", {"class_weight": "balanced"}, data="skewed")
    assert not [warning for warning in context.warnings if "largest class" in warning]
