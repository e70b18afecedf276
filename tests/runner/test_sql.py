"""execute-sql: statements, their rows, what they did, files, cached results, plans."""

import json
import os
import re

import pytest

from runner import rows, statements
from runner.context import Cancelled, Context, Refused
from runner.errors import explanation
from runner import held
from runner.sql import run as sql

GIVEN = (  # the given example: it must run as it stands
    "WITH customer_metrics AS (SELECT customer_id, COUNT(*) as order_count, SUM(amount) as total_revenue, "
    "AVG(amount) as avg_order_value, MAX(order_date) as last_order_date FROM orders WHERE order_date >= "
    "'2024-01-01' GROUP BY customer_id), customer_segments AS (SELECT customer_id, CASE WHEN total_revenue > "
    "10000 AND order_count > 20 THEN 'VIP' WHEN total_revenue > 5000 AND order_count > 10 THEN 'Premium' WHEN "
    "total_revenue > 1000 AND order_count > 5 THEN 'Standard' ELSE 'Basic' END as segment, total_revenue, "
    "order_count, avg_order_value FROM customer_metrics) SELECT segment, COUNT(*) as customer_count, "
    "AVG(total_revenue) as avg_revenue_per_customer, AVG(order_count) as avg_orders_per_customer, "
    "SUM(total_revenue) as total_segment_revenue FROM customer_segments GROUP BY segment ORDER BY "
    "avg_revenue_per_customer DESC")


@pytest.fixture
def run(spark):
    """run(sql, ...) gives the result; run.context its context."""
    def run(text, **arguments):
        run.context = Context(spark, "op-sql")
        return sql.run(run.context, dict(arguments, sql=text))

    yield run
    for name in held.kept(Context(spark, "op")).get("views", []):
        spark.catalog.dropTempView(name)
    spark.catalog.clearCache()
    for row in spark.sql("SHOW TABLES").collect():
        spark.sql("DROP %s IF EXISTS %s" % ("VIEW" if row.tableName.startswith("v_") else "TABLE", row.tableName))


@pytest.fixture
def orders(spark):
    spark.range(5000).selectExpr(
        "id AS order_id", "id % 97 AS customer_id", "CAST(10 + id % 400 AS DECIMAL(10, 2)) AS amount",
        "date_add(DATE'2024-01-01', CAST(id % 200 AS INT)) AS order_date").createOrReplaceTempView("orders")


@pytest.fixture
def is_new(spark):
    return not spark.version.startswith("3.")


# Rows.

@pytest.mark.parametrize("text, wanted", [
    ("SELECT 1", [[1]]),
    ("SELECT 1;", [[1]]),
    ("-- first\nVALUES (1, 'a'), (2, 'b')", [[1, "a"], [2, "b"]]),
    ("WITH a AS (SELECT 2 AS x) SELECT x FROM a", [[2]]),
    ("FROM range(2) SELECT id", [[0], [1]]),
    ("(SELECT 1) UNION ALL (SELECT 2)", [[1], [2]]),
    ("SHOW DATABASES", [["default"]]),
    ("DESCRIBE QUERY SELECT 1 AS x", [["x", "int", None]]),
])
def test_every_kind_of_statement_gives_its_rows(run, text, wanted):
    assert run(text)["rows"] == wanted


def test_table_and_show_and_describe_of_a_view(run, spark):
    spark.sql("CREATE OR REPLACE TEMPORARY VIEW few AS SELECT 1 AS x")
    assert run("TABLE few")["rows"] == [[1]]
    assert ["", "few", True] in run("SHOW TABLES")["rows"]
    assert run("DESCRIBE few")["rows"] == [["x", "int", None]]


def test_pipes_and_scripts_run(run, is_new):
    if not is_new:
        pytest.skip("since Spark 4.0")
    assert run("FROM range(5) |> WHERE id > 2 |> SELECT id")["rows"] == [[3], [4]]
    run("SET spark.sql.scripting.enabled=true")
    found = run("BEGIN DECLARE x INT DEFAULT 3; SET x = x + 1; SELECT x; END")
    assert found["rows"] == [[4]]


def test_a_truncated_result_says_how_to_get_the_rest(run):
    found = run("SELECT id FROM range(10) ORDER BY id", limit=4)
    assert found["rowCount"] == 4 and found["truncated"] and found["truncatedBy"] == "limit"
    assert "offset 4" in found["next"]
    more = run("SELECT id FROM range(10) ORDER BY id", limit=4, offset=4)
    assert more["rows"] == [[4], [5], [6], [7]] and "offset 8" in more["next"]
    last = run("SELECT id FROM range(10) ORDER BY id", limit=4, offset=8)
    assert last["rows"] == [[8], [9]] and "next" not in last


def test_a_limit_of_the_statement_itself_holds(run):
    found = run("SELECT id FROM range(10) LIMIT 3", limit=5)
    assert found["rowCount"] == 3 and "truncated" not in found


def test_a_command_does_not_run_twice(run):
    run("CREATE TABLE once (id INT) USING parquet")
    run("INSERT INTO once VALUES (1), (2)")
    assert run("SELECT count(*) FROM once")["rows"] == [[2]]


def test_format_is_left_for_the_text(run):
    assert run("SELECT 1", format="csv")["format"] == "csv"
    assert "format" not in run("SELECT 1")


# Statements without rows.

def test_what_was_done_is_said(run):
    assert run("CREATE TABLE made USING parquet AS SELECT * FROM range(3)")["message"] == "created table made"
    assert run("INSERT INTO made VALUES (7), (8)")["message"] == "2 rows inserted into made"
    assert run("SET spark.sql.shuffle.partitions = 2")["message"] == "set spark.sql.shuffle.partitions = 2"
    assert run("CACHE TABLE made")["message"] == "cached table made, until this session ends"
    assert run("DROP TABLE made")["message"] == "dropped table made"
    assert run("CREATE TEMP VIEW few AS SELECT 1")["message"] == (
        "created temporary view few, until this session ends")


def test_a_secret_that_is_set_is_not_repeated(run):
    result = run("SET fs.s3a.secret.key = hunter2; SELECT 1")
    assert "hunter2" not in json.dumps(result)


def test_a_setting_that_is_read_gives_rows(run):
    assert run("SET spark.sql.session.timeZone")["rows"] == [["spark.sql.session.timeZone", "UTC"]]


def test_a_table_of_the_catalog_in_memory_is_said_to_go(run):
    run("CREATE TABLE short_lived (id INT) USING parquet")
    assert "short_lived lasts as long as this session" in run.context.warnings[0]


def test_a_one_shot_driver_says_that_all_is_gone(spark):
    context = Context(spark, "op", {"isSession": False})
    sql.run(context, {"sql": "CREATE TABLE short_lived (id INT) USING parquet; DROP TABLE short_lived;"
                             "CREATE OR REPLACE TEMP VIEW few AS SELECT 1"})
    assert "short_lived is gone with this call" in context.warnings[0]
    assert "few is gone with this call" in context.warnings[1]
    spark.catalog.dropTempView("few")


# Several statements.

def test_statements_run_in_order_and_each_has_its_outcome(run):
    found = run("CREATE OR REPLACE TEMP VIEW nums AS SELECT id FROM range(3); SELECT ';' AS s; SELECT sum(id) FROM nums")
    outcomes = found["results"]
    assert [outcome["statement"] for outcome in outcomes] == [1, 2, 3]
    assert outcomes[0]["message"].startswith("created temporary view nums")
    assert outcomes[1]["rows"] == [[";"]] and outcomes[1]["sql"] == "SELECT ';' AS s"
    assert outcomes[2]["rows"] == [[3]]


def test_many_rows_are_text_where_they_are_all_there_is(run):
    many = "SELECT id, DATE'2024-01-01' AS d FROM range(2000)"
    alone = run(many, limit=2000, max_bytes=1 << 20)
    assert len(json.loads(alone["rowsText"])) == alone["rowCount"] == 2000
    first, second = run(many + ";" + many, limit=4000, max_bytes=1 << 20)["results"]
    assert len(first["rows"]) == len(second["rows"]) == 2000


def test_the_limit_counts_for_each_statement(run):
    found = run("SELECT id FROM range(1000); SELECT count(*) AS n FROM range(5)")["results"]
    assert [outcome["rowCount"] for outcome in found] == [100, 1]
    assert found[1]["rows"] == [[5]] and "truncated" not in found[1]


def test_the_last_statement_has_the_bytes_first_and_those_before_it_what_is_left(run):
    wide = "SELECT id, repeat('x', 100) AS t FROM range(20)"
    first, second, third = run("%s; %s; %s" % (wide, wide, wide), max_bytes=3000)["results"]
    alone = run(wide, max_bytes=3000)
    assert third["rows"] == alone["rows"] and third["rowCount"] == 20 and "truncated" not in third
    assert 0 < first["rowCount"] < 20 and first["truncatedBy"] == "bytes"
    assert second["rows"] == [] and second["truncated"] and second["truncatedBy"] == "bytes"
    assert sum(len(rows.encode(outcome["rows"])) for outcome in (first, second, third)) <= 3000


# Every way that "next" names gives the rows.

MANY = "SELECT id FROM range(10) ORDER BY id"


def rest(found):
    """The offset that is said, or none."""
    said = re.search(r"offset (\d+)", found["next"])
    return {"offset": int(said.group(1))} if said else {}


def test_next_of_one_statement_is_followed_to_the_end(run):
    for caps in ({"limit": 4}, {"max_bytes": 100}):
        text = MANY if "limit" in caps else "SELECT id, repeat('x', 20) AS t FROM range(10) ORDER BY id"
        found, offset = [], {}
        while True:
            page = run(text, **caps, **offset)
            found += [row[0] for row in page["rows"]]
            if "next" not in page:
                break
            offset = rest(page)
        assert found == list(range(10))
    assert run(text, max_bytes=10000)["rowCount"] == 10  # the larger max_bytes that is named


def test_next_of_a_limit_of_nothing_asks_for_a_larger_one(run):
    found = run(MANY, limit=0)
    assert found["rows"] == [] and found["next"] == "There are rows: a limit above 0 gives them."
    assert run(MANY, limit=1)["rows"] == [[0]]


@pytest.mark.parametrize("caps, given", [({"limit": 4}, 4), ({"max_bytes": 100}, 0)])
def test_next_of_several_statements_names_the_statement_alone(run, caps, given):
    text = "SELECT id, repeat('x', 20) AS t FROM range(10) ORDER BY id"
    made = "CREATE TEMP VIEW several AS SELECT 1; "  # which can't be done again
    first, last = run("%s%s; %s" % (made, text, text), **caps)["results"][1:]
    for found in (first, last):
        assert "this statement alone" in found["next"]
        more = run(text, limit=100, max_bytes=10000, **rest(found))
        assert [row[0] for row in found["rows"] + more["rows"]] == list(range(10))
    assert first["rowCount"] == given and last["rowCount"] > 0


def test_next_of_a_cached_result_is_followed(run):
    for limit in (4, 0):
        found = run(MANY, cache_table=True, limit=limit)
        text = re.search(r"SELECT \* FROM \w+", found["next"]).group()
        assert found["rows"] + run(text, **rest(found))["rows"] == [[n] for n in range(10)]


def test_next_in_a_driver_of_its_own_needs_nothing_that_is_gone(spark):
    def run(text, **arguments):
        return sql.run(Context(spark, "op", {"isSession": False}), dict(arguments, sql=text))

    found = run(MANY, cache_table=True, limit=4)
    assert "cached" not in found["next"] and "cache_table" not in found["next"]
    assert run(MANY, **rest(found))["rows"] == [[n] for n in range(4, 10)]
    text = "CREATE OR REPLACE TEMP VIEW few AS SELECT id FROM range(10); SELECT id FROM few; SELECT id FROM few"
    _, first, last = run(text, limit=4)["results"]
    assert run(text, **rest(last))["results"][2]["rows"] == [[n] for n in range(4, 10)]
    assert "a larger limit" in first["next"] and run(text, limit=20)["results"][1]["rowCount"] == 10
    _, first, last = run(text, max_bytes=60)["results"]
    assert "a larger max_bytes" in first["next"] and run(text, max_bytes=1000)["results"][1]["rowCount"] == 10
    spark.catalog.dropTempView("few")


def test_next_of_what_acts_is_not_to_run_it_again(run, is_new):
    if not is_new:
        pytest.skip("since Spark 4.0")
    run("SET spark.sql.scripting.enabled=true")
    found = run("BEGIN SELECT id FROM range(10); END", limit=4)
    assert "write its result to a table" in found["next"]
    run("BEGIN CREATE TABLE of_script USING parquet AS SELECT id FROM range(10); END")
    assert run("SELECT count(*) FROM of_script")["rows"] == [[10]]


@pytest.mark.parametrize("offset, wanted", [(7.0, [[7], [8], [9]]), (2 ** 31, []), (2 ** 53 + 1, []), (2 ** 63 - 1, [])])
def test_numbers_are_taken_as_the_schema_takes_them(run, offset, wanted):
    found = run(MANY, limit=4.0, max_bytes=1000.0, offset=offset)
    assert found["rows"] == wanted and "truncated" not in found


def test_an_error_says_what_had_been_done(run, context):
    with pytest.raises(statements.StatementFailed) as caught:
        run("CREATE TABLE t1 USING parquet AS SELECT 1 AS id;\nSELECT * FROM nowhere;\nDROP TABLE t1")
    told = explanation.explain(caught.value, context)
    assert told["message"].startswith("statement 2 of 3 (SELECT * FROM nowhere): ")
    assert told["done"] == [{"statement": 1, "sql": "CREATE TABLE t1 USING parquet AS SELECT 1 AS id",
                             "message": "created table t1"}]
    assert told["position"] == {"line": 2, "column": 15, "fragment": "nowhere"}
    assert "took effect" in told["next"]
    assert run("SELECT count(*) FROM t1")["rows"] == [[1]]


def test_a_cancelled_operation_ends_between_statements(spark):
    context = Context(spark, "op")
    context.is_cancelled = True
    with pytest.raises(Cancelled):
        sql.run(context, {"sql": "SELECT 1; SELECT 2"})


# Arguments.

def test_a_format_for_files_without_a_path_is_refused(run):
    with pytest.raises(Refused) as caught:
        run("SELECT 1", format="parquet")
    assert "save_path" in caught.value.message


def test_all_problems_are_told_at_once(run):
    with pytest.raises(Refused) as caught:
        run("DROP TABLE x", format="orc", cache_table=True, explain="simpel", parameters={"a": 1},
            views={"b c": {"path": "/x"}, "d": {"file": "/x"}})
    assert len(caught.value.problems) >= 6


def test_no_statement_is_refused(run):
    with pytest.raises(Refused):
        run(" ; -- nothing\n")


def test_parameters_are_bound_and_never_pasted(run):
    found = run("SELECT :name AS name, :n + 1 AS n, :is AS is, :none AS none",
                parameters={"name": "x'; DROP TABLE t; --", "n": 41, "is": True, "none": None})
    assert found["rows"] == [["x'; DROP TABLE t; --", 42, True, None]]


def test_a_list_is_bound_or_its_error_says_since_when(run, is_new, context):
    if is_new:
        assert run("SELECT array_contains(:list, 2)", parameters={"list": [1, 2]})["rows"] == [[True]]
        return
    with pytest.raises(statements.StatementFailed) as caught:
        run("SELECT array_contains(:list, 2)", parameters={"list": [1, 2]})
    assert "since Spark 4" in explanation.explain(caught.value, context)["next"]


def test_parameters_reach_the_statements_that_name_them(run):
    found = run("SELECT 1; SELECT ':b' AS text, :a AS a", parameters={"a": 1.5})["results"]
    assert found[1]["rows"] == [[":b", 1.5]]


def test_a_parameter_that_no_statement_has_is_refused_with_the_nearest(run):
    with pytest.raises(Refused) as caught:
        run("SELECT :limit_date", parameters={"limitdate": 1})
    assert "limit_date" in caught.value.message


def test_views_make_files_queryable_and_stay(run, tmp_path):
    (tmp_path / "a.csv").write_text("x;y\n1;2\n")
    (tmp_path / "b.json").write_text('{"x": 1, "z": "q"}\n')
    found = run("SELECT a.y, b.z FROM a JOIN b ON a.x = b.x", views={
        "a": {"path": str(tmp_path / "a.csv"), "format": "csv",
              "options": {"header": "true", "sep": ";", "inferSchema": "true"}},
        "b": {"path": str(tmp_path / "b.json"), "format": "json"}})
    assert found["rows"] == [[2, "q"]]
    assert found["_kept"]["views"] == ["a", "b"]
    assert run("SELECT y FROM a")["rows"] == [[2]]


# Files.

@pytest.mark.parametrize("format", ["parquet", "orc", "json", "csv"])
def test_a_result_is_saved_and_counted(run, spark, tmp_path, format):
    path = str(tmp_path / "out")
    saved = run("SELECT id, 'x' AS t FROM range(20)", save_path=path, format=format)["saved"]
    assert saved["rows"] == 20 and saved["format"] == format and saved["files"] >= 1 and saved["bytes"] > 0
    reader = spark.read.option("header", "true") if format == "csv" else spark.read
    assert reader.format(format).load(path).count() == 20


def test_nothing_is_overwritten_unasked(run, spark, context, tmp_path):
    path = str(tmp_path / "out")
    run("SELECT 1 AS id", save_path=path, format="json")
    with pytest.raises(Exception) as caught:
        run("SELECT 2 AS id", save_path=path, format="json")
    assert explanation.explain(caught.value, context)["class"] == "REFUSED"
    run("SELECT 3 AS id", save_path=path, format="json", save_mode="append")
    assert sorted(row.id for row in spark.read.json(path).collect()) == [1, 3]
    run("SELECT 4 AS id", save_path=path, format="json", save_mode="overwrite")
    assert [row.id for row in spark.read.json(path).collect()] == [4]


def test_the_last_statement_with_rows_is_the_one_that_is_saved(run, spark, tmp_path):
    path = str(tmp_path / "out")
    outcomes = run("SELECT 1 AS a; SELECT 2 AS b; CREATE OR REPLACE TEMP VIEW few AS SELECT 3",
                   save_path=path, format="json")["results"]
    assert ["saved" in outcome for outcome in outcomes] == [False, True, False]
    assert spark.read.json(path).columns == ["b"]


def test_the_given_query_runs_is_saved_cached_and_read_again(run, spark, orders, tmp_path):
    path = str(tmp_path / "customer-segmentation-2024")
    found = run(GIVEN, format="parquet", save_path=path, cache_table=True)
    assert found["saved"]["rows"] == len(found["rows"]) > 0
    assert found["columns"][0] == {"name": "segment", "type": "string"}
    again = run("SELECT * FROM %s ORDER BY avg_revenue_per_customer DESC" % found["cachedTable"])
    assert again["rows"] == found["rows"]
    assert spark.read.parquet(path).count() == len(found["rows"])


# Cached results.

def test_a_cached_result_is_materialised_once_and_read_from_its_name(run, spark):
    found = run("SELECT id, uuid() AS u FROM range(5)", cache_table=True, limit=2)
    name = found["cachedTable"]
    assert name in found["next"] and "offset 2" in found["next"]
    assert spark.catalog.isCached(name)
    kept = run("SELECT * FROM " + name)["rows"]
    assert kept[:2] == found["rows"] and len(kept) == 5
    assert run("SELECT * FROM " + name)["rows"] == kept


def test_each_cached_result_has_a_name_of_its_own(run):
    first = run("SELECT 1", cache_table=True)["cachedTable"]
    assert run("SELECT 1", cache_table=True)["cachedTable"] != first


def test_a_result_that_fails_while_cached_leaves_no_view(run, spark):
    before = held.kept(Context(spark, "op")).get("views", [])
    with pytest.raises(statements.StatementFailed):
        run("SELECT raise_error('boom')", cache_table=True)
    assert held.kept(Context(spark, "op")).get("views", []) == before


# Plans.

@pytest.mark.parametrize("mode", ["simple", "extended", "formatted", "cost", "codegen"])
def test_a_plan_is_shown_and_nothing_runs(run, mode):
    found = run("SELECT raise_error('ran') FROM range(2)", explain=mode)
    assert ("Codegen" if mode == "codegen" else "Plan") in found["plan"] and "rows" not in found


def test_a_command_is_explained_without_being_run(run):
    run("CREATE TABLE kept (id BIGINT) USING parquet")
    assert "Insert" in run("INSERT INTO kept SELECT id FROM range(3)", explain="formatted")["plan"]
    assert run("SELECT count(*) FROM kept")["rows"] == [[0]]


def test_a_plan_with_parameters_is_shown(run):
    assert "41" in run("SELECT id + :n FROM range(3)", explain="simple", parameters={"n": 41})["plan"]


# What a session holds.

def test_what_would_be_lost_is_listed(run, spark):
    found = run("CREATE DATABASE IF NOT EXISTS other; CREATE TABLE t1 (id INT) USING parquet;"
                "CREATE TABLE other.t2 (id INT) USING parquet; CACHE TABLE t1;"
                "CREATE OR REPLACE TEMP VIEW few AS SELECT 1")
    assert found["_kept"] == {"views": ["few"], "cachedTables": ["t1"], "tables": ["t1", "other.t2"]}
    assert run("UNCACHE TABLE t1; DROP VIEW few; DROP DATABASE other CASCADE")["_kept"] == {"tables": ["t1"]}


def test_what_is_kept_has_its_own_name_whatever_is_in_it(run):
    assert run("CREATE TEMP VIEW `a``b` AS SELECT 1 AS `c``d`")["_kept"] == {"views": ["a`b"]}
    assert run("SELECT struct(`c``d`) AS `e``f` FROM `a``b`")["rows"] == [[{"c`d": 1}]]


def test_a_query_alone_does_not_list_what_is_kept(run):
    assert "_kept" not in run("SELECT 1")


def test_tables_kept_in_a_folder_are_not_lost(spark, tmp_path):
    context = Context(spark, "op", {"catalogFolder": str(tmp_path / "catalog")})
    sql.run(context, {"sql": "CREATE TABLE safe (id INT) USING parquet"})
    assert context.warnings == [] and "tables" not in held.kept(context)
    assert [files for _, _, files in os.walk(context.catalog_folder) if files] == [["table=default.safe.json"]]
    sql.run(context, {"sql": "DROP TABLE safe"})
