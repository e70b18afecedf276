"""Each family of models once, and those with known answers against them."""

import pytest

from ml_cases import figures, make_table, train

pytestmark = pytest.mark.slow  # dozens of fits


@pytest.fixture(scope="module", autouse=True)
def small(spark):
    make_table(spark)


TWO = dict(label_column="two", feature_columns=["a", "b", "c"])
THREE = dict(label_column="three", feature_columns=["a", "b", "c"])


@pytest.mark.parametrize("algorithm, hyperparameters, columns, least", [
    ("LogisticRegression", {"C": 10.0}, TWO, 0.85),
    ("LogisticRegression", {"C": 10.0}, THREE, 0.85),
    ("DecisionTreeClassifier", {"max_depth": 4, "criterion": "entropy"}, THREE, 0.8),
    ("RandomForestClassifier", {"n_estimators": 5, "max_features": "sqrt"}, THREE, 0.7),
    ("GradientBoostingClassifier", {"n_estimators": 3, "learning_rate": 0.3}, TWO, 0.7),
    ("LinearSVC", {"C": 10.0}, TWO, 0.75),
    ("GaussianNB", {}, THREE, 0.8),
    ("MLPClassifier", {"hidden_layer_sizes": [4], "max_iter": 60}, THREE, 0.7),
    ("FMClassifier", {"maxIter": 10}, TWO, 0.2),
    ("OneVsRest", {"classifier": "LinearSVC"}, THREE, 0.8),
    ("OneVsRestClassifier", {"estimator": {"algorithm": "LogisticRegression",
                                           "hyperparameters": {"C": 10.0}}}, THREE, 0.8),
], ids=str)
def test_a_classifier_learns(context, algorithm, hyperparameters, columns, least):
    answer = train(context, algorithm, hyperparameters, **columns)
    assert figures(answer)["accuracy"] >= least
    assert figures(answer)["auc"] >= least


@pytest.mark.parametrize("algorithm, hyperparameters, least", [
    ("DecisionTreeRegressor", {"max_depth": 6}, 0.7),
    ("RandomForestRegressor", {"n_estimators": 5, "max_depth": 6}, 0.7),
    ("GradientBoostingRegressor", {"n_estimators": 5, "loss": "squared_error"}, 0.7),
    ("GeneralizedLinearRegression", {"family": "gaussian"}, 0.999),
    ("FMRegressor", {"maxIter": 30, "stepSize": 0.3}, -9),
    ("HuberRegressor", {}, 0.99),
], ids=str)
def test_a_regressor_learns(context, algorithm, hyperparameters, least):
    answer = train(context, algorithm, hyperparameters, label_column="y", feature_columns=["a", "b"])
    assert figures(answer)["r2"] >= least


def test_an_isotonic_regression_says_which_feature_it_looks_at(context):
    answer = train(context, "IsotonicRegression", {"increasing": False}, label_column="y",
                   feature_columns=["b"])
    assert figures(answer)["r2"] > 0.8
    assert context.warnings == ["IsotonicRegression looks at one feature only: 'b' (featureIndex)."]


def test_counts_can_be_poisson(context):
    answer = train(context, "PoissonRegressor", label_column="n", feature_columns=["b"])
    assert answer["askedFor"] == "PoissonRegressor"
    assert answer["importantFeatures"][0]["coefficient"] == pytest.approx(0.25, abs=0.05)


def test_survival_times_know_what_was_seen(context):
    answer = train(context, "AFTSurvivalRegression", label_column="life", feature_columns=["b"],
                   config={"censor_column": "seen"})
    assert answer["censorColumn"] == "seen" and figures(answer)["rmse"] > 0


def test_a_linear_regression_finds_the_coefficients_of_its_data(context):
    answer = train(context, "LinearRegression", label_column="y", feature_columns=["a", "b"])
    found = {entry["feature"]: entry["coefficient"] for entry in answer["importantFeatures"]}
    assert found == {"a": pytest.approx(2, rel=1e-5), "b": pytest.approx(-3, rel=1e-5)}
    assert answer["intercept"] == pytest.approx(1, rel=1e-4)
    assert figures(answer)["r2"] == 1.0


def columns_of(spark, *names):
    import numpy

    return [numpy.array(column, dtype=float) for column in
            zip(*(tuple(row) for row in spark.table("small").select(*names).collect()))]


ALL_ROWS = {"split": {"test": 0}}


def coefficients(answer):
    return {entry["feature"]: entry["coefficient"] for entry in answer["importantFeatures"]}


def test_ridge_means_what_it_means_in_scikit_learn(spark, context):
    import numpy

    a, b, y = columns_of(spark, "a", "b", "y")
    centred = numpy.column_stack([a - a.mean(), b - b.mean()])
    wanted = numpy.linalg.solve(centred.T @ centred + 30.0 * numpy.eye(2), centred.T @ (y - y.mean()))
    answer = train(context, "Ridge", {"alpha": 30.0, "tol": 1e-10, "solver": "l-bfgs"},
                   label_column="y", feature_columns=["a", "b"], evaluation=ALL_ROWS)
    assert [coefficients(answer)[name] for name in "ab"] == pytest.approx(list(wanted), rel=1e-4)


@pytest.mark.parametrize("algorithm, share", [("Lasso", 1.0), ("ElasticNet", 0.4)])
def test_lasso_and_elastic_net_mean_what_they_mean_in_scikit_learn(spark, context, algorithm, share):
    import numpy

    a, b, y = columns_of(spark, "a", "b", "y")
    matrix = numpy.column_stack([a - a.mean(), b - b.mean()])
    target, rows, weights = y - y.mean(), len(y), numpy.zeros(2)
    for _ in range(200):  # coordinate descent on 1/2n |y - Xw|^2 + alpha (r |w| + (1 - r)/2 w^2)
        for j in range(2):
            rest = target - matrix @ weights + matrix[:, j] * weights[j]
            along = matrix[:, j] @ rest / rows
            weights[j] = numpy.sign(along) * max(abs(along) - 0.5 * share, 0) / (
                matrix[:, j] @ matrix[:, j] / rows + 0.5 * (1 - share))
    given = {"alpha": 0.5, "tol": 1e-10, "max_iter": 1000}
    if algorithm == "ElasticNet":
        given["l1_ratio"] = share
    answer = train(context, algorithm, given, label_column="y", feature_columns=["a", "b"],
                   evaluation=ALL_ROWS)
    assert [coefficients(answer)[name] for name in "ab"] == pytest.approx(list(weights), rel=1e-3)


def test_c_means_what_it_means_in_scikit_learn(spark, context):
    import numpy

    answer = train(context, "LogisticRegression", {"C": 0.05, "tol": 1e-12, "max_iter": 500},
                   label_column="flag", feature_columns=["a", "b"], evaluation=ALL_ROWS)
    weights = numpy.array([coefficients(answer)[name] for name in "ab"])
    a, b, flag = columns_of(spark, "a", "b", "flag")
    matrix = numpy.column_stack([a, b])
    chance = 1 / (1 + numpy.exp(-(matrix @ weights + answer["intercept"])))
    # At the best of w'w/2 + C * sum of losses its slope is zero.
    assert list(weights + 0.05 * matrix.T @ (chance - flag)) == pytest.approx([0, 0], abs=2e-3)


@pytest.mark.parametrize("algorithm", ["KMeans", "BisectingKMeans", "GaussianMixture"])
def test_clusters_are_told_with_their_sizes_and_means(context, algorithm):
    answer = train(context, algorithm, {"k": 3}, feature_columns=["a", "b"])
    assert sum(cluster["rows"] for cluster in answer["clusters"]) == 240
    assert set(answer["clusters"][0]) == {"cluster", "rows", "a", "b"}
    assert -1 < figures(answer)["silhouette"] <= 1


def test_the_number_of_clusters_is_chosen_by_silhouette(spark, context):
    spark.sql("SELECT id % 3 * 100 + rand(1) AS x FROM range(90)").createOrReplaceTempView("heaps")
    answer = train(context, "KMeans", data="heaps", evaluation={"param_grid": {"n_clusters": [2, 3, 4]}})
    assert answer["best"] == {"k": 3, "chosenBy": "silhouette"}
    assert [cluster["rows"] for cluster in answer["clusters"]] == [30, 30, 30]


def test_topics_are_told_by_their_words(context):
    answer = train(context, "LDA", {"n_components": 2, "max_iter": 3}, text_column="words",
                   features=[{"vectorizer": "CountVectorizer", "min_df": 5}])
    assert [topic["topic"] for topic in answer["topics"]] == [0, 1]
    assert "good" in answer["topics"][0]["words"] and "logPerplexity" in figures(answer)


def test_ratings_of_named_users_are_predicted(spark, context, tmp_path):
    from pyspark.ml import PipelineModel

    spark.sql("SELECT concat('u', id % 12) AS who, id % 9 AS thing, double((id % 12) * (id % 9) % 5) AS stars "
              "FROM range(108)").createOrReplaceTempView("ratings")
    path = str(tmp_path / "model")
    answer = train(context, "ALS", {"rank": 4, "maxIter": 5}, data="ratings", model_output_path=path,
                   config={"user_column": "who", "item_column": "thing", "rating_column": "stars"})
    assert figures(answer)["rmse"] < 4 and answer["userColumn"] == "who"
    told = PipelineModel.load(path).transform(spark.sql("SELECT 'u1' AS who, 2L AS thing"))
    assert told.first()["prediction"] is not None


@pytest.mark.parametrize("algorithm, columns", [
    ("OneVsRest", THREE), ("MLPClassifier", TWO), ("GaussianNB", TWO)])
def test_models_of_every_make_are_loaded_as_they_were_saved(spark, context, tmp_path, algorithm, columns):
    from pyspark.ml import PipelineModel
    from pyspark.sql import DataFrame

    path = str(tmp_path / "model")
    given = {"max_iter": 5} if algorithm == "MLPClassifier" else {}
    trained = train(context, algorithm, given, model_output_path=path, evaluation=ALL_ROWS, limit=1000,
                    **columns)["predictions"]
    # Through the JVM: PySpark 3.5 itself needs numpy on the workers for OneVsRest.
    java = PipelineModel.load(path)._to_java()
    loaded = DataFrame(java.transform(spark.table("small")._jdf), spark)
    again = {row[0]: row[1] for row in loaded.select("a", loaded.columns[-1]).collect()}
    names = [column["name"] for column in trained["columns"]]
    assert trained["rowCount"] > 20
    for row in trained["rows"]:
        assert again[row[names.index("a")]] == row[names.index("prediction")]


def test_weights_come_from_a_column(spark, context):
    spark.table("small").selectExpr("a", "two", "IF(two = 'low', 50D, 1D) AS weight"
                                    ).createOrReplaceTempView("weighted")
    answer = train(context, "LogisticRegression", data="weighted", label_column="two",
                   config={"weight_column": "weight"})
    recalls = {line["class"]: line["recall"] for line in answer["classes"]}
    assert recalls["low"] > 0.95 and answer["weightColumn"] == "weight"
