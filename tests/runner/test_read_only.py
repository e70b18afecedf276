"""SPARK_READ_ONLY: what is a read runs, what is none is refused before anything runs."""

import json
import os

import pytest

from fakes import bring
from runner import read_only, statements
from runner.context import Context, Refused
from runner.serve.operations import attempt, perform

READS = [
    "SELECT 1",
    "/* INSERT */ -- DROP\n SELECT ';'",
    "WITH a AS (SELECT 1 AS x) SELECT * FROM a WHERE x IN (SELECT 1) AND EXISTS (SELECT 2)",
    "FROM range(3) SELECT id",
    "VALUES (1, 2), (3, 4)",
    "SELECT id FROM range(5) UNION SELECT 2 EXCEPT SELECT 3 ORDER BY 1 LIMIT 2",
    "SELECT /*+ BROADCAST(a) */ * FROM range(3) a JOIN range(2) b ON a.id = b.id LATERAL VIEW explode(array(1)) x",
    "SELECT id, sum(id) OVER w FROM range(3) WINDOW w AS (ORDER BY id)",
    "SELECT * FROM (SELECT id, id % 2 p FROM range(4)) PIVOT (sum(id) FOR p IN (0, 1))",
    "SELECT id % 2, count(*) FROM range(5) GROUP BY CUBE(id % 2) HAVING count(*) > 0",
    "SELECT * FROM (SELECT * FROM range(10)) TABLESAMPLE (2 ROWS)",
    "SELECT 'reflect(java)' AS text, 1 AS reflect",
    "SHOW TABLES", "SHOW DATABASES", "SHOW VIEWS", "SHOW FUNCTIONS LIKE 'abs'", "SHOW CATALOGS",
    "DESCRIBE FUNCTION abs", "DESCRIBE QUERY SELECT 1", "EXPLAIN SELECT 1",
    "USE default", "SET", "SET spark.sql.ansi.enabled", "SHOW CURRENT NAMESPACE",
]
WRITES = [
    "WITH a AS (SELECT 1 AS x) INSERT INTO t SELECT * FROM a",
    "FROM range(3) INSERT INTO t SELECT id INSERT INTO u SELECT id",
    "INSERT OVERWRITE DIRECTORY '/tmp/x' USING parquet SELECT 1",
    "SELECT TRANSFORM(id) USING 'cat' FROM range(3)",
    "CACHE TABLE t", "CACHE LAZY TABLE c AS SELECT 1", "UNCACHE TABLE t", "CLEAR CACHE",
    "SET spark.sql.shuffle.partitions=3", "SET TIME ZONE 'UTC'", "RESET",
    "ADD JAR '/tmp/x.jar'", "ADD FILE '/tmp/x'", "REFRESH TABLE t", "REFRESH '/tmp'",
    "/* SELECT */ -- SELECT 1\n DROP TABLE t",
    "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE",
    "UPDATE t SET a = 1", "DELETE FROM t", "TRUNCATE TABLE t",
    "CREATE VIEW v AS SELECT 1", "CREATE TEMPORARY VIEW v AS SELECT 1",
    "CREATE TABLE x USING parquet AS SELECT 1", "CREATE DATABASE d", "ALTER TABLE t ADD COLUMNS (z INT)",
    "CREATE TEMPORARY FUNCTION f AS 'java.lang.String'",
    "ANALYZE TABLE t COMPUTE STATISTICS", "MSCK REPAIR TABLE t", "LOAD DATA INPATH '/x' INTO TABLE t",
    "EXPLAIN INSERT INTO t SELECT 1",
    "INSERT INTO IDENTIFIER('t') SELECT 1",
]
CALLS_JAVA = [
    "SELECT reflect('java.lang.System', 'exit', '1')",
    "SELECT `java_method` ('java.lang.System', 'exit', '1')",
    "SELECT * FROM VALUES (reflect('java.util.UUID', 'randomUUID'))",
    "SELECT IDENTIFIER('ref' || 'lect')('java.util.UUID', 'randomUUID')",
    "SELECT builtin.reflect('java.util.UUID', 'randomUUID')",
]
CALLS_JAVA_SINCE_4 = [
    "SELECT try_reflect('java.util.UUID', 'randomUUID')",
    "FROM range(1) |> SELECT java_method('java.util.UUID', 'randomUUID')",
]
READS_SINCE_4 = [
    "SELECT parse_json('{\"a\": [1]}') AS v, parse_json('{\"a\": [1]}'):a[0]::int",
    "SELECT variant_get(parse_json('1'), '$', 'int')",
    "SELECT * FROM variant_explode(parse_json('[1, 2]'))",
    "FROM range(3) |> WHERE id > 1 |> SELECT id",
]
WRITES_SINCE_4 = [
    "BEGIN INSERT INTO t VALUES (1); END",
    "BEGIN SELECT 1; END",
    "BEGIN DECLARE x INT DEFAULT 1; IF x = 1 THEN DROP TABLE t; END IF; END",
    "BEGIN a: LOOP DROP TABLE t; LEAVE a; END LOOP a; END",
    "EXECUTE IMMEDIATE 'SELECT 1'",
    "EXECUTE IMMEDIATE 'INSERT INTO t SELECT ?' USING 1",
    "SET VARIABLE x = 1", "SET VAR x = (SELECT 1)", "DROP TEMPORARY VARIABLE x",
    "CREATE FUNCTION f(x INT) RETURNS INT RETURN x + 1",
    "CREATE OR REPLACE TEMPORARY FUNCTION f(x INT) RETURNS TABLE (y INT) RETURN SELECT x",
    "ALTER TABLE t CLUSTER BY (a)",
    "EXECUTE IMMEDIATE 'DROP TABLE t'",
    "CALL x.y()",
    "DECLARE VARIABLE x INT DEFAULT 1",
    "FROM range(3) |> INSERT INTO t",
]


@pytest.fixture
def reader(spark):
    """In a session of its own, that opens as one does that only reads."""
    own = spark.newSession()
    read_only.guard(own)
    return Context(own, "op-read-only", {"readOnly": True})


def run(context, kind="sql", **arguments):
    """As a session does, where the operation is admitted or not."""
    return json.loads(attempt(context, kind, arguments))["result"]


def told(context, kind="sql", **arguments):
    """The error that comes out."""
    return json.loads(perform(context, kind, arguments))["error"]


def is_new(spark):
    return not spark.version.startswith("3.")


@pytest.mark.parametrize("text", READS)
def test_a_read_runs(reader, text):
    run(reader, sql=text)


@pytest.mark.parametrize("text", WRITES)
def test_what_is_no_read_is_refused(reader, text):
    with pytest.raises(Refused):
        read_only.check_statements(reader, statements.split(text), {})


@pytest.mark.parametrize("text", WRITES_SINCE_4)
def test_what_is_no_read_is_refused_since_4(reader, spark, text):
    if is_new(spark) and "|>" not in text:
        assert told(reader, sql=text)["class"] == "REFUSED"
    else:
        assert told(reader, sql=text)["class"] in ("PARSE_SYNTAX_ERROR", "INVALID_SET_SYNTAX", "REFUSED")


@pytest.mark.parametrize("text", READS_SINCE_4)
def test_a_read_runs_since_4(reader, spark, text):
    if is_new(spark):
        assert run(reader, sql=text)["rowCount"]
    else:
        assert told(reader, sql=text)["class"] != "REFUSED"


def test_nothing_runs_when_only_the_last_statement_writes(reader, spark, tmp_path):
    target = tmp_path / "target"
    with pytest.raises(Refused) as caught:
        run(reader, sql="USE default; SELECT 1; INSERT OVERWRITE DIRECTORY '%s' USING csv SELECT 1" % target)
    assert "statement 3" in str(caught.value)
    assert not target.exists()


def test_every_statement_that_is_no_read_is_named(reader):
    with pytest.raises(Refused) as caught:
        run(reader, sql="DROP TABLE a; SELECT 1; DROP TABLE b")
    assert len(caught.value.problems) == 2


# What no plan of Spark's parser shows

@pytest.mark.parametrize("text", CALLS_JAVA + CALLS_JAVA_SINCE_4)
def test_what_calls_java_is_refused(reader, spark, text):
    error = told(reader, sql=text)
    if is_new(spark) or text in CALLS_JAVA:
        assert error["class"] == "REFUSED" and "calls Java" in error["message"]
        assert "did you mean" not in json.dumps(error).lower()
    else:
        assert error["class"] in ("REFUSED", "PARSE_SYNTAX_ERROR")


def test_what_calls_java_is_not_found_by_its_whole_name(reader):
    assert "class" in told(reader, sql="SELECT system.builtin.reflect('java.util.UUID', 'randomUUID')")


def test_what_only_bears_such_a_name_is_a_read(reader):
    assert run(reader, sql="WITH reflect (a) AS (SELECT 1) SELECT a AS java_method FROM reflect")["rows"] == [[1]]


def test_a_step_that_calls_java_is_refused(reader, tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n")
    error = told(reader, "data", operation="transform", source_path=str(tmp_path / "a.csv"), transformation_config={
        "derive": {"y": "reflect('java.util.UUID', 'randomUUID')"}})
    assert "'reflect' calls Java" in error["message"] and "did you mean" not in error["message"]


def test_a_view_made_before_does_not_call_java(reader, spark):
    spark.sql("CREATE OR REPLACE GLOBAL TEMPORARY VIEW sneaky AS"
              " SELECT java_method('java.util.UUID', 'randomUUID') AS x")
    assert "calls Java" in told(reader, sql="SELECT * FROM global_temp.sneaky")["message"]
    spark.sql("DROP VIEW global_temp.sneaky")


@pytest.mark.parametrize("body, says", [
    ("reflect('java.util.UUID', 'randomUUID')", "calls Java"),
    ("(SELECT max(x) FROM (SELECT TRANSFORM(1) USING 'cat' AS (x STRING)))", "runs a script")])
def test_a_function_written_in_sql_is_looked_into(reader, spark, body, says):
    statement = "CREATE OR REPLACE FUNCTION sneaky() RETURNS STRING RETURN " + body
    if not is_new(spark):  # it has none
        with pytest.raises(Exception, match="PARSE_SYNTAX_ERROR"):
            spark.sql(statement)
        return
    spark.sql(statement)
    try:
        error = told(reader, sql="SELECT sneaky()")
        assert error["class"] == "REFUSED" and says in error["message"]
    finally:
        spark.sql("DROP FUNCTION sneaky")


def test_the_environment_is_not_put_into_statements(reader):
    assert run(reader, sql="SELECT '${env:PATH} ${system:java.home} ${spark.app.id}'")["rows"] == [
        ["${env:PATH} ${system:java.home} ${spark.app.id}"]]
    assert told(reader, sql="SET spark.sql.variable.substitute = true")["class"] == "REFUSED"


def test_a_name_is_not_taken_for_what_it_says(reader, tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n")
    name = "x\nScriptTransformation y"
    assert run(reader, sql="SELECT 1 AS `%s`, 'ScriptTransformation' AS b" % name)["rowCount"] == 1
    run(reader, "data", operation="transform", source_path=str(tmp_path / "a.csv"),
        transformation_config={"rename": {"x": name}})


def test_a_script_in_a_subquery_is_told_as_one(reader, tmp_path):
    mark = tmp_path / "mark"
    (tmp_path / "a.csv").write_text("x\n1\n")
    condition = "x IN (SELECT TRANSFORM(1) USING 'touch %s; cat' AS (a INT))" % mark
    error = told(reader, "data", operation="transform", source_path=str(tmp_path / "a.csv"),
                 transformation_config={"filter": condition})
    assert "it runs a script" in error["message"] and "view" not in error["message"]
    assert not mark.exists()


def test_a_view_that_runs_a_script_is_refused_before_it_runs(reader, tmp_path):
    mark = tmp_path / "mark"
    spark = reader.spark
    spark.sql("CREATE OR REPLACE TEMPORARY VIEW scripted AS"
              " SELECT TRANSFORM(id) USING 'touch %s; cat' AS (x STRING) FROM range(2)" % mark)
    for kind, arguments in (
            ("sql", {"sql": "SELECT * FROM (SELECT x FROM scripted) WHERE x = (SELECT max(x) FROM scripted)"}),
            ("data", {"operation": "read", "source_path": "scripted"}),
            ("ml", {"data_path": "scripted", "label_column": "x", "pipeline_config": {
                "stages": [{"type": "model_training", "algorithm": "LogisticRegression"}]}})):
        with pytest.raises(Refused, match="the view 'scripted' in it runs a script"):
            run(reader, kind, **arguments)
    assert not mark.exists()
    spark.catalog.dropTempView("scripted")


def test_views_over_files_are_allowed(reader, tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n")
    result = run(reader, sql="SELECT x FROM given", views={
        "given": {"path": str(tmp_path / "a.csv"), "format": "csv", "options": {"header": "true"}}})
    assert result["rowCount"] == 1
    reader.spark.catalog.dropTempView("given")


def test_a_view_option_that_runs_sql_is_refused(reader):
    with pytest.raises(Refused):
        run(reader, sql="SELECT 1", views={
            "v": {"path": "x", "format": "jdbc", "options": {"sessionInitStatement": "DROP TABLE x"}}})


def test_a_refusal_leaves_no_file(reader, tmp_path):
    with pytest.raises(Refused):
        run(reader, sql="SELECT 1", save_path=str(tmp_path / "x"), format="csv")
    assert os.listdir(str(tmp_path)) == []


# Every operation

@pytest.mark.parametrize("kind, name", [
    ("sql", "save_path"), ("sql", "cache_table"), ("data", "target_path"), ("ml", "model_output_path"),
    ("ml", "pipeline_config.predictions_path")])
def test_an_argument_that_writes_is_refused_whatever_else_is_asked(reader, kind, name):
    arguments = "/x"
    for part in reversed(name.split(".")):
        arguments = {part: arguments}
    with pytest.raises(Refused) as caught:
        run(reader, kind, **arguments)
    assert caught.value.message == "read-only: %s would write" % name
    assert caught.value.next_step.startswith("Leave out %s." % name)
    assert "SPARK_READ_ONLY" in caught.value.next_step


def test_all_arguments_that_write_are_told(reader):
    with pytest.raises(Refused) as caught:
        run(reader, sql="SELECT 1", save_path="/x", cache_table=True)
    assert caught.value.problems == ["save_path would write", "cache_table would write"]


def test_a_new_operation_is_refused_where_it_says_that_it_writes(reader, monkeypatch):
    bring(monkeypatch, "fake", lambda *_: {"written": 1}, writes=("where.to",))
    with pytest.raises(Refused):
        run(reader, "fake", where={"to": "/x"})
    assert run(reader, "fake", where={}) == {"written": 1}


def test_no_operation_calls_java(reader, monkeypatch):
    bring(monkeypatch, "fake", lambda context, _: context.spark.sql("SELECT reflect('java.util.UUID', 'randomUUID')"))
    assert "calls Java" in told(reader, "fake")["message"]


def test_a_plan_of_what_would_be_written_is_shown(reader, tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n")
    answer = run(reader, "data", operation="write", source_path=str(tmp_path / "a.csv"),
                 target_path=str(tmp_path / "out"), transformation_config={"dry_run": True})
    assert "plan" in answer and os.listdir(str(tmp_path)) == ["a.csv"]
