"""Requests that are refused before Spark runs a job, with everything that is wrong at once."""

import sys
import uuid

import pytest

from ml_cases import make_table, train
from runner.context import Context, Refused
from runner.ml import run as ml


@pytest.fixture(scope="module", autouse=True)
def small(spark):
    make_table(spark)
    spark.table("small").count()


def refusal(context, *stages, config=None, **arguments):
    """Why a pipeline of these stages is refused; no Spark job may have run."""
    scope = context.spark.sparkContext
    group = "refused-%s" % uuid.uuid4()
    scope.setJobGroup(group, "no job may run here")
    try:
        with pytest.raises(Refused) as found:
            ml.run(context, dict(dict(data_path="small", label_column="two"), **arguments,
                                 pipeline_config=dict({"stages": list(stages)}, **(config or {}))))
        assert list(scope.statusTracker().getJobIdsForGroup(group)) == []
    finally:
        scope.setLocalProperty("spark.jobGroup.id", None)
    return found.value


def trained(algorithm="LogisticRegression", **stage):
    return dict({"type": "model_training", "algorithm": algorithm}, **stage)


def has(refused, *parts):
    """One problem holds all these words."""
    return any(all(part in problem for part in parts) for problem in refused.problems)


def test_all_problems_are_told_at_once(context):
    found = refusal(
        context,
        {"type": "feature_engineerin"},
        {"type": "feature_engineering", "vectorizer": "TfidfVectoriser"},
        {"type": "feature_engineering", "vectorizer": "TfidfVectorizer", "max_feature": 5},
        trained("RandomForestClassifier", hyperparameters={"numTree": 5, "maxDepth": "5"}),
        {"type": "model_evaluation", "cross_validation": {"fold": 5, "seed": "x"}},
        config={"seeds": 1}, evaluation_metrics=["acuracy", "rmse"])
    assert len(found.problems) == 10
    assert has(found, "stages[0]", "'feature_engineering'")
    assert has(found, "stages[1].vectorizer", "'TfidfVectorizer'")
    assert has(found, "stages[2]", "'max_feature'", "'max_features'")
    assert has(found, "stages[3].hyperparameters", "'numTree'", "'numTrees'")
    assert has(found, "stages[3].hyperparameters.maxDepth", 'should be a whole number, not "5"')
    assert has(found, "stages[4].cross_validation", "'fold'", "'folds'")
    assert has(found, "stages[4].cross_validation.seed", "a whole number")
    assert has(found, "pipeline_config", "'seeds'", "'seed'")
    assert has(found, "evaluation_metrics", "'acuracy'", "'accuracy'")
    assert has(found, "evaluation_metrics", "'rmse' is no metric of classification", "f1")


def test_values_of_another_kind_are_told_in_plain_words(context):
    found = refusal(context, trained("RandomForestClassifier", hyperparameters={
        "numTrees": "5", "max_depth": None, "maxBins": 1, "bootstrap": "yes", "unknown": 1}))
    told = sorted(problem.split(".hyperparameters")[1] for problem in found.problems)
    assert told[:3] == [
        '.bootstrap: should be true or false, not "yes"',
        '.maxBins: 1 is not accepted (Max number of bins for discretizing continuous features.  Must be >=2 and >= '
        'number of categories for any categorical feature.)'.replace("  ", " "),
        ".max_depth: null is no value; leave it out for Spark's 5; trees have at most 30 levels here"]
    assert told[3] == '.numTrees: should be a whole number, not "5"' and "unknown" in told[4]


def test_layers_are_the_hidden_ones_or_fit_the_data(context):
    kinds = dict(label_column="two", feature_columns=["a", "b"])
    found = refusal(context, trained("MLPClassifier", hyperparameters={"layers": [10, 5]}))
    assert has(found, "layers", "[inputs, hidden layers, classes]", "hidden_layer_sizes")
    with pytest.raises(Refused, match="begin with 10 and end with 5, but there are 2 features and 2 classes"):
        train(context, "MLPClassifier", {"layers": [10, 3, 5]}, **kinds)
    train(context, "MLPClassifier", {"layers": [2, 3, 2], "maxIter": 1}, **kinds)


def test_unknown_keys_are_told_beside_an_unknown_algorithm(context):
    found = refusal(
        context, {"type": "feature_engineering", "vectorizer": "TfidfVectoriser", "max_features": 5, "colums": ["a"]},
        trained("RandomForrest", hyperparameter={}),
        {"type": "model_evaluation", "cross_validation": {"fold": 5}, "splits": 1},
        config={"task": "clasification", "sed": 1})
    for name in ("vectorizer", "'colums'", "'RandomForrest'", "'hyperparameter'", "'fold'", "'splits'",
                 "'clasification'", "'sed'"):
        assert has(found, name), name
    assert not has(found, "max_features")


def test_an_unknown_algorithm_is_refused_with_the_nearest(context):
    assert has(refusal(context, trained("RandomForestClasifier")), "'RandomForestClassifier'")


def test_an_algorithm_that_spark_lacks_is_refused(context):
    found = refusal(context, trained("KNeighborsClassifier"), config={"task": "classification"})
    assert has(found, "unknown algorithm 'KNeighborsClassifier'")


def test_a_stage_of_training_is_needed_once(context):
    assert has(refusal(context, {"type": "feature_engineering", "pca": 2}), "model_training", "missing")
    assert has(refusal(context, trained(), trained()), "stages[1]", "already")
    assert has(refusal(context), "stages", "missing")


def test_two_names_of_one_parameter_are_refused(context):
    found = refusal(context, trained("RandomForestClassifier",
                                     hyperparameters={"n_estimators": 5, "numTrees": 6}))
    assert has(found, "'n_estimators' and 'numTrees' mean the same")


@pytest.mark.parametrize("algorithm, name, value", [
    ("RandomForestClassifier", "max_features", "most"), ("RandomForestClassifier", "max_depth", 31),
    ("LogisticRegression", "C", 0), ("LogisticRegression", "penalty", "l3"),
    ("MLPClassifier", "hidden_layer_sizes", [0]), ("GBTClassifier", "learning_rate", 2),
    ("KMeans", "init", "first"), ("OneVsRest", "classifier", "KMeans"),
    ("LogisticRegression", "class_weight", "equal")])
def test_a_value_out_of_range_is_refused(context, algorithm, name, value):
    found = refusal(context, trained(algorithm, hyperparameters={name: value}))
    assert len(found.problems) == 1 and has(found, name)


@pytest.mark.parametrize("name, value", [
    ("ngram_range", [2, 1]), ("ngram_range", 2), ("max_features", 0), ("min_df", 0), ("max_df", 1.5),
    ("lowercase", "yes"), ("stop_words", "klingon"), ("token_pattern", "("), ("norm", "l3")])
def test_a_wrong_parameter_of_a_vectorizer_is_refused(context, name, value):
    found = refusal(context, {"type": "feature_engineering", "vectorizer": "TfidfVectorizer",
                              name: value}, trained())
    assert len(found.problems) == 1 and has(found, "stages[0].vectorizer." + name)


def test_a_parameter_that_two_steps_know_must_say_whose_it_is(context):
    found = refusal(context, {"type": "feature_engineering", "selector": "SelectKBest", "pca": "PCA",
                              "k": 3}, trained())
    assert has(found, "'k' could belong to 'selector' or 'pca'")


def test_metrics_that_the_model_cannot_have_are_refused(context):
    found = refusal(context, trained("LinearSVC"), evaluation_metrics=["logLoss"])
    assert has(found, "logLoss needs probabilities")
    assert has(refusal(context, trained("KMeans"), evaluation_metrics=["auc"]), "'auc'", "silhouette")
    assert has(refusal(context, trained("LDA"), evaluation_metrics=["silhouette"]), "logPerplexity")
    assert has(refusal(context, trained("LinearRegression"), evaluation_metrics=["f1"]), "rmse, mse")


def test_clusters_are_not_cross_validated(context):
    found = refusal(context, trained("KMeans"), {"type": "model_evaluation", "cross_validation": 3})
    assert has(found, "all rows")


def test_a_grid_is_checked_value_by_value(context):
    found = refusal(context, trained("RandomForestClassifier", param_grid={
        "maxDepth": [2, 99], "numTres": [1], "numTrees": 5}))
    assert len(found.problems) == 3
    assert has(found, "maxDepth", "99") and has(found, "'numTres'") and has(found, "list of values")


def test_a_grid_is_not_endless(context):
    found = refusal(context, trained("RandomForestClassifier", param_grid={
        "maxDepth": list(range(1, 31)), "numTrees": list(range(1, 31))}))
    assert has(found, "more than 200")


def test_a_task_that_the_algorithm_is_not_for_is_refused(context):
    assert has(refusal(context, trained(), config={"task": "regression"}), "is for classification")
    assert has(refusal(context, trained(), config={"task": "clasification"}), "'classification'")


def test_weights_are_refused_where_spark_takes_none(context):
    for algorithm in ("FMClassifier", "MLPClassifier"):
        found = refusal(context, trained(algorithm, hyperparameters={"class_weight": "balanced"}))
        assert has(found, "takes no weights")


def test_survival_needs_to_know_what_was_censored(context):
    found = refusal(context, trained("AFTSurvivalRegression"), label_column="life")
    assert has(found, "censor_column", "missing")


def test_columns_that_are_not_there_are_refused_with_the_nearest(context):
    found = refusal(context, trained(), label_column="tow", feature_columns=["a", "bb"])
    assert has(found, "label_column", "'two'")
    found = refusal(context, trained(), feature_columns=["a", "wrds"])
    assert has(found, "feature_columns", "'words'")


def test_a_text_is_no_label_for_a_number(context):
    found = refusal(context, trained("LinearRegression"), label_column="two")
    assert has(found, "'two' is string", "nullValue")


def test_a_missing_label_column_is_asked_for(context):
    context.spark.table("small").select("a", "c", "two").createOrReplaceTempView("unlabelled")
    found = refusal(context, trained(), label_column=None, data_path="unlabelled")
    assert has(found, "label_column is missing")


def test_a_step_needs_columns_of_its_kind(context):
    found = refusal(context, {"type": "feature_engineering", "vectorizer": "TfidfVectorizer",
                              "columns": ["a"]}, trained(), feature_columns=["a"])
    assert has(found, "TfidfVectorizer", "no text column")


def test_two_steps_of_one_kind_for_a_column_are_refused(context):
    scaled = {"type": "feature_engineering", "scaler": "StandardScaler"}
    found = refusal(context, scaled, dict(scaled, scaler="MinMaxScaler"), trained(),
                    feature_columns=["a"])
    assert has(found, "'a' has two steps of one kind")


def test_an_existing_model_is_not_overwritten_unasked(context, tmp_path):
    found = refusal(context, trained(), model_output_path=str(tmp_path))
    assert has(found, "model_output_path", "exists already", "overwrite")


@pytest.mark.parametrize("where", ["model_output_path", "predictions_path"])
def test_a_place_that_cannot_be_written_is_found_before_training(context, tmp_path, where):
    (tmp_path / "file").write_text("precious")
    path = str(tmp_path / "file" / "model")
    if where == "model_output_path":
        found = refusal(context, trained(), model_output_path=path)
    else:
        found = refusal(context, config={"model_path": str(tmp_path), "predictions_path": path})
    assert has(found, where, "can't be written")
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_place_in_folders_that_are_not_there_yet_is_tried_without_a_trace(context, tmp_path):
    found = refusal(context, trained(), model_output_path=str(tmp_path / "new" / "folder" / "model"),
                    evaluation_metrics=["acuracy"])
    assert len(found.problems) == 1 and list(tmp_path.iterdir()) == []


def test_reading_only_allows_training_but_saves_nothing(spark, tmp_path):
    context = Context(spark, "op-read-only", {"readOnly": True})
    arguments = {"label_column": "two", "feature_columns": ["a"]}
    assert train(context, "LogisticRegression", **arguments)["metrics"]
    with pytest.raises(Refused, match="read-only"):
        train(context, "LogisticRegression", model_output_path=str(tmp_path / "model"), **arguments)
    assert list(tmp_path.iterdir()) == []


def test_applying_a_model_is_not_mixed_with_training(context):
    found = refusal(context, trained(), config={"model_path": "/tmp/m"})
    assert has(found, "pipeline_config.stages", "model_path")
    assert has(refusal(context, trained(), config={"predictions_path": "/tmp/p"}), "model_path")


def test_a_place_that_holds_no_model_is_refused(context, tmp_path):
    with pytest.raises(Refused, match="no saved PipelineModel"):
        ml.run(context, {"data_path": "small", "pipeline_config": {"model_path": str(tmp_path)}})
    with pytest.raises(Refused, match="nothing at"):
        ml.run(context, {"data_path": "small",
                         "pipeline_config": {"model_path": str(tmp_path / "none")}})


def test_without_numpy_one_sentence_says_so(context, monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(Refused) as found:
        ml.run(context, {"data_path": "small", "pipeline_config": {"stages": [trained()]}})
    assert "needs numpy" in found.value.message and "PYSPARK_PYTHON" in found.value.next_step


def test_what_means_nothing_on_spark_is_left_out_and_said(context):
    train(context, "LogisticRegression", {"n_jobs": -1}, label_column="two", feature_columns=["a"])
    assert context.warnings == ["'n_jobs' means nothing on Spark and was left out."]
