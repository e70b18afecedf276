"""Errors that a model makes often, each with the step that leads on."""

import base64
import datetime
import os

import pyspark
import pytest

from runner import storage
from runner.context import Context, Refused
from runner.data import run as data
from runner.errors import explanation, since
from runner.sql import run as sql

IS_4 = pyspark.__version__ >= "4"


@pytest.fixture
def next_of(spark, tmp_path):
    """next_of(sql) gives the next step of its failure."""
    spark.sql("CREATE TABLE plain (a INT, b STRING) USING parquet")
    (tmp_path / "empty").mkdir()

    def next_of(text, **arguments):
        context = Context(spark, "op-next")
        with pytest.raises(Exception) as caught:
            sql.run(context, dict(arguments, sql=text.replace("TMP", str(tmp_path))))
        return explanation.explain(caught.value, context).get("next", "")

    yield next_of
    spark.sql("DROP TABLE plain")


@pytest.mark.parametrize("text, says", [
    ("SELECT * FROM csv.`s3://bucket/x`", "s3a://"),
    ("SELECT * FROM csv.`abfss://c@a.invalid/x`", "org.apache.hadoop:hadoop-azure:"),
    ("SELECT * FROM csv.`nowhere://bucket/x`", "spark.hadoop.fs.nowhere.impl"),
    ("SELECT id FROM range(3) a JOIN range(3) b ON a.id = b.id", "Say which: a.id or b.id."),
    ("SELECT a FROM (SELECT 1 AS a, 2 AS a)", "different names"),
    ("SELECT struct(1 AS a, 2 AS a).a", "different names"),
    ("SELECT 1 AS a, 2 AS b UNION SELECT 1", "NULL AS name"),
    ("SELECT 1 AS a UNION SELECT array(1)", "Cast"),
    ("CREATE VIEW twice AS SELECT 1 AS a, 2 AS a", "AS"),
    ("INSERT INTO plain SELECT 1", "INSERT INTO table (a, b)"),
    ("INSERT INTO plain SELECT 'x', 'y'", "try_cast"),
    ("SELECT * FROM parquet.`TMP/empty`", "No file with data"),
    ("CREATE TABLE e USING csv LOCATION 'TMP/empty'", "No file with data"),
    ("UPDATE plain SET a = 2", "CREATE TABLE name"),
    ("DELETE FROM plain WHERE a = 2", "CREATE TABLE name"),
    ("MERGE INTO plain USING (SELECT 1 AS id) r ON a = r.id WHEN MATCHED THEN DELETE", "CREATE TABLE name"),
    ("SELECT ?", "write :name for each ?"),
    ("SELECT ? + :a", "write :name for each ?"),
    ("SELECT %s" % "+".join(["1"] * 20000), "nested too deeply"),
    ("SELECT %s1%s" % ("(" * 5000, ")" * 5000), "nested too deeply"),
    ("CREATE TABLE i (c INTERVAL) USING csv", "CAST(`c` AS STRING)"),
    ("CREATE TABLE i USING csv AS SELECT make_interval(1) AS c", "AS STRING"),
    ("CREATE TABLE i USING csv AS SELECT NULL AS c", "CAST(NULL AS STRING) AS `c`"),
    ("CREATE TABLE i USING csv AS SELECT array(1) AS c", "to_json(`c`)"),
    ("SELECT CAST(1 AS nosuchtype)", "typeof"),
    ("SELECT 1 FROM xml.`TMP/empty`", "views" if IS_4 else "since Spark 4.0"),
])
def test_a_common_mistake_brings_its_next_step(next_of, text, says):
    assert says in next_of(text)


# Of pandas 3.1.1 and pyarrow 26.0.1: t of datetime64[ns], 2024-01-02 03:04:05.123456789 and 2024-01-02, n of 1 and 2.
# Written by pyarrow.parquet.write_table(..., store_schema=False, compression="none", write_statistics=False).
NANOSECONDS = base64.b64decode(
    "UEFSMRUEFSAVIEwVBBUAEgAAFf9cN7dophcAALSSq16mFxUAFRIVEiwVBBUQFQYVBhwAAAACAAAABAEBAwIVBBUgFSBMFQQVABIAAAEA"
    "AAAAAAAAAgAAAAAAAAAVABUSFRIsFQQVEBUGFQYcAAAAAgAAAAQBAQMCFQQZPDUAGAZzY2hlbWEVBAAVBCUCGAF0bIwSHDwAAAAAABUE"
    "JQIYAW4AFgQZHBksJgAcFQQZNQAGEBkYAXQVABYEFnQWdCZEJggpLBUEFQAVAgAVABUQFQIAPCkGGSYABAAAACYAHBUEGTUABhAZGAFu"
    "FQAWBBZ0FnQmuAEmfCksFQQVABUCABUAFRAVAgA8KQYZJgAEAAAAFugBFgQmCBboAQAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24g"
    "MjYuMC4xGSwcAAAcAAAAzwAAAFBBUjE=")


@pytest.fixture
def nanoseconds(tmp_path):
    path = tmp_path / "nanoseconds.parquet"
    path.write_bytes(NANOSECONDS)
    return str(path)


def told(spark, call):
    context = Context(spark, "op-next")
    with pytest.raises(Exception) as caught:
        call(context)
    return explanation.explain(caught.value, context)


def test_timestamps_in_nanoseconds_are_told_with_both_cures(spark, nanoseconds):
    for call in (lambda context: sql.run(context, {"sql": "SELECT * FROM parquet.`%s`" % nanoseconds}),
                 lambda context: data.run(context, {"operation": "read", "source_path": nanoseconds})):
        next = told(spark, call)["next"]
        assert "SET spark.sql.legacy.parquet.nanosAsLong=true" in next
        assert "coerce_timestamps='us', allow_truncated_timestamps=True" in next


def test_the_cure_for_timestamps_in_nanoseconds_reads_them(spark, nanoseconds):
    query = "SELECT n, timestamp_micros(t div 1000) AS t FROM parquet.`%s` ORDER BY n" % nanoseconds
    try:
        sql.run(Context(spark, "op-next"), {"sql": "SET spark.sql.legacy.parquet.nanosAsLong=true"})
        assert [row.t for row in spark.sql(query).collect()] == [
            datetime.datetime(2024, 1, 2, 3, 4, 5, 123456), datetime.datetime(2024, 1, 2)]
        read = data.run(Context(spark, "op-next"), {"operation": "read", "source_path": nanoseconds})
        assert [column["type"] for column in read["columns"]] == ["bigint", "bigint"]
    finally:
        spark.conf.unset("spark.sql.legacy.parquet.nanosAsLong")


def test_a_schema_that_parquet_does_not_have_is_told_as_such(spark, nanoseconds):
    def read(schema):
        return lambda context: data.run(context, {
            "operation": "read", "source_path": nanoseconds, "transformation_config": {"schema": schema}})

    assert "INT64 is BIGINT" in told(spark, read("t timestamp, n bigint"))["next"]
    assert read("t bigint, n bigint")(Context(spark, "op-next"))["rowCount"] == 2


class Old:
    version = "3.5.9"


class Newest:
    version = "4.3.0"


@pytest.mark.parametrize("text, version", [
    ("DECLARE x INT DEFAULT 5", "4.0"), ("SET VAR x = 5", "4.0"), ("DROP TEMPORARY VARIABLE x", "4.0"),
    ("BEGIN SELECT 1; END", "4.0"), ("label: BEGIN SELECT 1; END", "4.0"), ("EXECUTE IMMEDIATE 'SELECT 1'", "4.0"),
    ("WITH RECURSIVE t(n) AS (SELECT 1) SELECT * FROM t", "4.1"), ("FROM range(3) |> WHERE id > 1", "4.0"),
    ("CREATE TEMPORARY FUNCTION f(x INT) RETURNS INT RETURN x + 1", "4.0"), ("SELECT 'a' COLLATE utf8_lcase", "4.0"),
    ("SELECT * FROM range(3) QUALIFY row_number() OVER (ORDER BY id) = 1", "4.2"), ("SELECT 1::string", "4.0"),
    ("SELECT * EXCEPT (id) FROM range(3)", "4.0"), ("CALL p()", "4.0"), ("DESCRIBE EXTENDED plain AS JSON", "4.0"),
    ("CREATE TABLE k (a INT PRIMARY KEY) USING parquet", "4.1"), ("COMMENT ON COLUMN plain.a IS 'x'", "4.3"),
])
def test_syntax_of_a_later_spark_is_told_with_its_version(text, version):
    assert since.syntax(Old, text).startswith("This is Spark 3.5.9: it has no ")
    assert since.syntax(Old, text).endswith("since Spark %s." % version)
    assert not since.syntax(Newest, text)


@pytest.mark.parametrize("text, version", [
    ("EXECUTE IMMEDIATE nothing nothing", "4.0"), ("SELECT CAST('1' AS VARIANT)", "4.0"), ("SELECT hmac('a', 'b')", "4.3"),
    ("SELECT listagg(id) FROM range(3)", "4.0"), ("SELECT theta_sketch_agg(id) FROM range(3)", "4.1")])
def test_what_this_spark_lacks_is_told(next_of, spark, text, version):
    is_there = pyspark.__version__ >= version
    if is_there and "nothing" not in text:
        assert spark.sql(text).schema
    else:
        assert ("since Spark %s." % version in next_of(text)) != is_there


@pytest.mark.parametrize("text", ["SELECT 'EXECUTE IMMEDIATE' FRM x y", "SELECT `a COLLATE b` FRM x y", "SELEC 'a |> b'"])
def test_a_quoted_word_is_no_syntax(next_of, text):
    assert next_of(text) == ""


@pytest.mark.parametrize("query, says", [
    ("SELECT make_interval(1) AS v, 1 AS a", "CAST(`v` AS STRING)"), ("SELECT array(make_interval(1)) AS v", "AS STRING"),
    ("SELECT struct(make_interval(1) AS x) AS v", "AS STRING")])
@pytest.mark.parametrize("format", ["csv", "json", "parquet", "orc"])
def test_a_column_that_no_format_holds_is_named(next_of, query, says, format):
    assert says in next_of(query, save_path="TMP/out", format=format)


@pytest.mark.parametrize("query, says", [("SELECT NULL AS v", "CAST(NULL AS STRING) AS `v`"), ("SELECT map(1, 2) AS v", "to_json(`v`)"),
                                         ("SELECT map(date'2024-01-01', 2) AS v", "to_json(map_entries(`v`))")])
def test_a_column_that_csv_does_not_hold_is_named(next_of, tmp_path, query, says):
    assert says in next_of(query, save_path=str(tmp_path / "out"), format="csv")


# Where to.

@pytest.mark.parametrize("path", ["out", "a/out", "./out", "~/out"])
def test_a_relative_target_is_refused_with_what_it_would_be(spark, context, path):
    with pytest.raises(Refused) as caught:
        sql.run(context, {"sql": "SELECT 1 AS a", "save_path": path})
    refused = caught.value.error if hasattr(caught.value, "error") else caught.value
    assert "relative" in refused.message and os.getcwd() in refused.message
    assert "whole path" in refused.next_step and not os.path.exists(path)
    with pytest.raises(Refused, match="relative"):
        data.run(context, {"operation": "write", "source_path": __file__, "target_path": path})


def test_a_blank_target_is_refused(context):
    with pytest.raises(Refused, match="save_path is blank"):
        sql.run(context, {"sql": "SELECT 1 AS a", "save_path": " "})
    assert "saved" not in sql.run(context, {"sql": "SELECT 1 AS a", "save_path": ""})


@pytest.mark.parametrize("path", ["file:relative"])
def test_a_path_that_is_none_is_told(next_of, path):
    assert "whole path" in next_of("SELECT 1 AS a", save_path=path)


# Views.

@pytest.mark.parametrize("source, says", [
    ({"path": "/x.csv", "fromat": "csv"}, "did you mean 'format'"), ({"path": " "}, "needs a path"),
    ({"path": "/x.csv", "options": "x"}, "are an object"), ({"path": "/x.csv", "format": 5}, "is a word"),
    ({"path": "/x.csv", "format": "cvs"}, "did you mean 'csv'")])
def test_a_view_that_is_not_right_is_refused(context, source, says):
    with pytest.raises(Refused) as caught:
        sql.run(context, {"sql": "SELECT * FROM v", "views": {"v": source}})
    assert says in caught.value.message


def test_options_that_spark_would_ignore_are_refused_or_told(context, tmp_path):
    (tmp_path / "x.csv").write_text("a;b\n1;2\n")
    source = {"path": str(tmp_path / "x.csv"), "options": {"delimter": ";"}}
    with pytest.raises(Refused, match="did you mean 'delimiter'"):
        sql.run(context, {"sql": "SELECT * FROM v", "views": {"v": source}})
    with pytest.raises(Refused, match="did you mean 'delimiter'"):
        storage.read(context, source["path"], options=source["options"])
    sql.run(context, {"sql": "SELECT * FROM v", "views": {"v": dict(source, options={"zzz": 1})}})
    assert any("may not know the option 'zzz'" in warning for warning in context.warnings)


# xml

XML = "<?xml version='1.0'?>\n<!-- <no> --><books><book id='1'><title>A</title></book><book id='2'/></books>"


def test_xml_is_read_by_the_element_that_is_a_row_and_written(context, tmp_path):
    (tmp_path / "x.xml").write_text(XML)
    if not IS_4:
        with pytest.raises(Refused, match="since Spark 4.0"):
            storage.read(context, str(tmp_path / "x.xml"))
        assert storage.read(context, str(tmp_path / "x.xml"), "text").count() == 2
        return
    answer = sql.run(context, {"sql": "SELECT title, _id FROM v", "views": {"v": {"path": str(tmp_path / "x.xml")}}})
    assert answer["rows"] == [["A", 1], [None, 2]]
    assert answer["views"]["v"] == {"format": "xml", "options": {"rowTag": "book"}}
    target = str(tmp_path / "out")
    for mode in ("error", "append"):
        saved = sql.run(context, {"sql": "SELECT 1 AS a, 'x' AS b", "save_path": target, "save_mode": mode, "format": "xml"})
        assert saved["saved"]["rows"] == 1
    assert storage.read(context, target, "xml").count() == 2
    assert data.run(context, {"operation": "read", "source_path": target})["rowCount"] == 2
