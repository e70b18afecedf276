"""Saved models while SPARK_READ_ONLY is true: looked at before any stage is loaded."""

import json
from pathlib import Path

import pytest
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.classification import LogisticRegression, OneVsRest
from pyspark.ml.evaluation import MulticlassClassificationEvaluator
from pyspark.ml.feature import RFormula, SQLTransformer, VectorAssembler
from pyspark.ml.tuning import CrossValidator, ParamGridBuilder

from runner import read_only
from runner.context import Context
from runner.ml import names, saved
from runner.serve.operations import perform


@pytest.fixture
def reader(spark):
    own = spark.newSession()
    read_only.guard(own)
    return Context(own, "op-saved", {"readOnly": True})


@pytest.fixture
def data(spark, folder):
    rows = [(float(index % 7), float(index % 3), float(index % 3)) for index in range(60)]
    spark.createDataFrame(rows, "a double, b double, label double").write.parquet(folder + "/data")
    return spark.read.parquet(folder + "/data")


@pytest.fixture
def apply(reader, data, folder):
    def apply(model):
        if not isinstance(model, str):
            model.write().overwrite().save(folder + "/model")
            model = folder + "/model"
        return json.loads(perform(reader, "ml", {"data_path": folder + "/data", "limit": 1, "pipeline_config": {
            "model_path": model}}))
    return apply


def refused(answer, says):
    assert answer["error"]["class"] == "REFUSED", answer
    assert says in answer["error"]["message"]


def classifier(*more, **instead):
    return Pipeline(stages=[*more, VectorAssembler(inputCols=["a", "b"], outputCol="features"),
                            instead.get("model") or LogisticRegression(maxIter=2)])


def after(data, statement):
    return classifier(SQLTransformer(statement=statement)).fit(data)


def test_a_model_of_sparks_own_stages_is_applied(apply, data):
    answer = apply(after(data, "SELECT *, a + 1 AS c FROM __THIS__"))
    assert answer["result"]["predictions"]["rowCount"] == 1


@pytest.mark.parametrize("statement, says", [
    ("INSERT OVERWRITE DIRECTORY '%s' USING csv SELECT 1", "is no read"),
    ("CREATE TABLE t USING csv LOCATION '%s' AS SELECT * FROM __THIS__", "is no read"),
    ("SELECT *, (SELECT max(x) FROM (SELECT TRANSFORM(1) USING 'touch %s; cat' AS (x STRING))) c FROM __THIS__",
     "is no read"),
    ("SELECT *, java_method('java.lang.System', 'setProperty', 'mark', '%s') AS c FROM __THIS__", "calls Java")])
def test_a_statement_in_a_model_is_held_to_the_same(apply, data, folder, statement, says):
    model = PipelineModel([SQLTransformer(statement=statement % (folder + "/mark"))] + classifier().fit(data).stages)
    refused(apply(model), says)
    assert not Path(folder, "mark").exists()


def test_a_view_with_a_script_is_found_behind_a_statement(apply, data, reader, folder):
    reader.spark.sql("CREATE OR REPLACE GLOBAL TEMPORARY VIEW scripted AS"
                     " SELECT TRANSFORM(1) USING 'touch %s; cat' AS (x STRING)" % (folder + "/mark"))
    statement = "SELECT *, (SELECT max(x) FROM global_temp.scripted) AS c FROM __THIS__"
    model = PipelineModel([SQLTransformer(statement=statement)] + classifier().fit(data).stages)
    refused(apply(model), "runs a script")
    assert not Path(folder, "mark").exists()
    reader.spark.sql("DROP VIEW global_temp.scripted")


@pytest.mark.parametrize("outer", ["pipeline", "one vs rest", "cross validator", "formula"])
def test_stages_inside_stages_are_looked_at(apply, data, folder, outer):
    inner = after(data, "SELECT * FROM __THIS__")
    if outer == "pipeline":
        model = PipelineModel([PipelineModel([inner.stages[0]])] + inner.stages[1:])
    elif outer == "one vs rest":
        model = classifier(model=OneVsRest(classifier=LogisticRegression(maxIter=1))).fit(data)
    elif outer == "formula":
        model = Pipeline(stages=[RFormula(formula="label ~ a + b"), LogisticRegression(maxIter=1)]).fit(data)
    else:
        tuned = CrossValidator(
            estimator=classifier(SQLTransformer(statement="SELECT * FROM __THIS__")), numFolds=2,
            evaluator=MulticlassClassificationEvaluator(), estimatorParamMaps=ParamGridBuilder().build())
        model = PipelineModel([tuned.fit(data)])
    answer = apply(model)
    assert "result" in answer or "index out of range" in str(answer), answer  # a tuner has no columns of its own
    innermost = max(Path(folder, "model").rglob("metadata"), key=lambda path: len(path.parts))
    forge(innermost, **{"class": "org.example.Evil"})
    refused(apply(folder + "/model"), "org.example.Evil")


def forge(metadata, **values):
    [part] = metadata.glob("part-*")
    content = dict(json.loads(part.read_text()))
    for name, value in values.items():
        content[name] = dict(content[name], **value) if isinstance(value, dict) else value
    for file in metadata.glob(".*.crc"):
        file.unlink()
    part.write_text(json.dumps(content) + "\n")


@pytest.fixture
def model(data, folder):
    after(data, "SELECT * FROM __THIS__").write().overwrite().save(folder + "/model")
    return Path(folder, "model")


@pytest.mark.parametrize("values, says", [
    ({"class": "pyspark.ml.pipeline.Evil", "paramMap": {"language": "Python"}}, "pyspark.ml.pipeline.Evil"),
    ({"class": "PipelineModel"}, ": PipelineModel"),
    ({"class": "org.apache.spark.ml.PipelineModelEvil"}, "PipelineModelEvil"),
    ({"paramMap": {"stageUids": ["../../../elsewhere"]}}, "lies elsewhere"),
    ({"paramMap": {"stageUids": ["*"]}}, "lies elsewhere"),
    ({"paramMap": {"estimatorParamMaps": [[{"name": "x", "value": "../../x", "isJson": False}]]}}, "is an object")])
def test_metadata_that_lead_elsewhere_are_refused(apply, model, values, says):
    forge(model / "metadata", **values)
    refused(apply(str(model)), says)


@pytest.mark.parametrize("text", [
    '{"class": "org.apache.spark.ml.PipelineModel", "class": "org.example.Evil"}', "{",
    '{"class": "org.apache.spark.ml.PipelineModel"}\n{"class": "org.example.Evil"}'])
def test_metadata_that_can_be_read_in_two_ways_are_refused(apply, model, text):
    [stage] = (model / "stages").glob("0_*")
    [part] = (stage / "metadata").glob("part-*")
    for file in (stage / "metadata").glob(".*.crc"):
        file.unlink()
    part.write_text(text)
    refused(apply(str(model)), "one line of JSON")


def test_a_second_file_of_metadata_is_refused(apply, model):
    (model / "metadata" / "part-00001").write_text('{"class": "org.example.Evil"}\n')
    refused(apply(str(model)), "one line of JSON")


def test_metadata_that_are_a_file_are_looked_at(apply, model):
    [stage] = (model / "stages").glob("0_*")
    (stage / "metadata").rename(stage / "old")
    (stage / "metadata").write_text('{"class": "org.example.Evil"}\n')
    refused(apply(str(model)), "org.example.Evil")


@pytest.mark.parametrize("names", ["a", "ab", "".join(map(chr, range(97, 123)))])
def test_folders_in_a_circle_end(apply, model, names):
    for name in names:
        (model / name).symlink_to(model)
    refused(apply(str(model)), "folders")


def test_a_pattern_is_no_model(apply, model):
    assert "error" in apply(str(model.parent / "mod*"))


def test_every_class_that_a_server_saves_passes():
    for name, algorithm in names.ALGORITHMS.items():
        assert "org.apache.spark.ml.%s.%s" % (algorithm.package, name) in saved.KNOWN
