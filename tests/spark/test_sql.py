"""execute-sql through the built server and the official client, on a real cluster."""

import csv
import datetime
import gzip
import json
import random
import re
from pathlib import Path

import pytest

import client
from client import START, rows

FLIGHTS = Path(__file__).resolve().parents[2] / "examples" / "data" / "flights-2013-01.csv.gz"
GIVEN = json.loads((Path(__file__).parent / "given" / "customer_segmentation.json").read_text())


@pytest.fixture(scope="module")
def sql(cluster):
    """execute-sql of a server whose session runs."""
    with client.Server(cluster.environment()) as server:
        assert rows(server.sql("SELECT 1", wait_seconds=START)) == [[1]]
        yield server


@pytest.fixture(scope="module")
def orders(tmp_path_factory):
    """60,000 orders of 900 customers over two years, and what the given query should answer for them."""
    chance = random.Random(7)
    lines, sums = ["customer_id,amount,order_date"], {}
    for _ in range(60000):
        customer = min(int(chance.expovariate(1 / 150)), 899)
        amount = round(chance.lognormvariate(4.5, 1.1), 2)
        day = datetime.date(2023, 1, 1) + datetime.timedelta(days=chance.randrange(730))
        lines.append("%d,%.2f,%s" % (customer, amount, day))
        if day >= datetime.date(2024, 1, 1):
            count, total = sums.get(customer, (0, 0.0))
            sums[customer] = (count + 1, total + amount)
    path = tmp_path_factory.mktemp("orders") / "orders.csv"
    path.write_text("\n".join(lines))
    segments = {}
    for count, total in sums.values():
        name = ("VIP" if total > 10000 and count > 20 else "Premium" if total > 5000 and count > 10 else
                "Standard" if total > 1000 and count > 5 else "Basic")
        segments.setdefault(name, []).append((count, total))
    expected = {name: (len(members), sum(t for _, t in members)) for name, members in segments.items()}
    return path, expected


# ---- the given example ----

@pytest.mark.core
def test_the_given_segmentation_runs_as_it_stands_and_is_read_again_from_its_cached_name(sql, orders, tmp_path):
    path, expected = orders
    assert len(expected) == 4, "the made data should hold every segment"
    views = {"orders": {"path": str(path), "format": "csv", "options": {"header": "true", "inferSchema": "true"}}}
    sql.sql("SELECT count(*) FROM orders", views=views)
    target = tmp_path / "customer-segmentation-2024"
    answer = sql.sql(GIVEN["sql"], format=GIVEN["format"], cache_table=GIVEN["cache_table"], save_path=str(target),
                     wait_seconds=100)
    assert not answer.is_error, answer.text
    assert answer.data["saved"]["rows"] == 4 and answer.data["saved"]["format"] == "parquet"
    name = answer.data["cachedTable"]
    again = rows(sql.sql("SELECT segment, customer_count, total_segment_revenue FROM %s" % name))
    assert {row[0]: row[1] for row in again} == {name: count for name, (count, _) in expected.items()}
    for segment, _, total in again:
        assert float(total) == pytest.approx(expected[segment][1])
    saved = rows(sql.sql("SELECT segment, customer_count FROM parquet.`%s`" % target))
    assert sorted(saved) == sorted([row[0], row[1]] for row in again)


# ---- rows ----

@pytest.mark.core
def test_values_of_every_type_come_back_exact(sql):
    answer = sql.sql("""SELECT cast('123456789012345678901234567890.12345678' AS decimal(38,8)) AS dec,
      date'2024-02-29' AS d, timestamp'2024-01-31 10:00:00.123456' AS ts, timestamp_ntz'2024-01-31 10:00:00' AS ntz,
      interval '1 02:03:04.5' day to second AS dt, interval '1-2' year to month AS ym, x'00ff' AS bin,
      double('NaN') AS nan, double('-Infinity') AS inf, 9007199254740993 AS big, 0.1D + 0.2D AS real, float(0.1) AS f,
      named_struct('a', 1, 'b', array(1.50BD, null)) AS st, map('k', date'2024-01-01') AS m, map(1, 'x') AS pairs,
      null AS nothing, true AS yes, 'Zürich 東京 😀' AS text""")
    columns = [column["name"] for column in answer.data["columns"]]
    value = dict(zip(columns, rows(answer)[0]))
    timestamp = value.pop("ts")
    assert re.fullmatch(r"2024-01-31T10:00:00\.123456([+-]\d\d:\d\d|Z)", timestamp)
    assert value == {
        "dec": "123456789012345678901234567890.12345678", "d": "2024-02-29", "ntz": "2024-01-31T10:00:00",
        "dt": "INTERVAL '1 02:03:04.5' DAY TO SECOND", "ym": "INTERVAL '1-2' YEAR TO MONTH", "bin": "AP8=",
        "nan": "NaN", "inf": "-Infinity", "big": "9007199254740993", "real": 0.30000000000000004, "f": 0.1,
        "st": {"a": 1, "b": ["1.50", None]}, "m": {"k": "2024-01-01"}, "pairs": [[1, "x"]], "nothing": None, "yes": True,
        "text": "Zürich 東京 😀"} | {"ntz": value["ntz"]}
    assert value["ntz"].startswith("2024-01-31T10:00:00")


def test_columns_of_the_same_name_keep_their_values(sql):
    answer = sql.sql("SELECT 1 AS a, 2 AS a, 3 AS `odd ``name.x`")
    assert [column["name"] for column in answer.data["columns"]] == ["a", "a", "odd `name.x"]
    assert rows(answer) == [[1, 2, 3]]


@pytest.mark.core
def test_truncation_is_said_and_offset_gives_the_next_rows(sql):
    query = "SELECT id FROM range(250) ORDER BY id"
    first = sql.sql(query)
    assert rows(first) == [[i] for i in range(100)]
    assert first.data["truncated"] is True and "offset" in first.data["next"] and "offset" in first.text
    last = sql.sql(query, offset=200)
    assert rows(last) == [[i] for i in range(200, 250)] and "truncated" not in last.data
    exact = sql.sql("SELECT id FROM range(100)")
    assert "truncated" not in exact.data


def test_a_wide_answer_is_cut_by_bytes_and_says_so(sql):
    answer = sql.sql("SELECT id, repeat('x', 1000) AS t FROM range(100)")
    assert answer.data["truncatedBy"] == "bytes" and 10 < len(rows(answer)) < 40
    assert len(json.dumps(answer.data)) < 40000 and len(answer.text) <= 40000


@pytest.mark.core
@pytest.mark.parametrize("statement, first", [
    ("SHOW DATABASES", ["default"]),
    ("DESCRIBE QUERY SELECT 1 AS a", ["a", "int", None]),
    ("VALUES (1, 'x'), (2, 'y')", [1, "x"]),
    ("WITH t AS (SELECT 5 AS a) SELECT a FROM t", [5]),
])
def test_statements_that_are_no_select_give_rows_too(sql, statement, first):
    assert rows(sql.sql(statement))[0] == first


def test_csv_and_json_shape_the_text(sql):
    as_csv = sql.sql("SELECT 'a,b' AS x, null AS y", format="csv")
    assert as_csv.text.startswith('x,y\n"a,b",\n')
    as_json = sql.sql("SELECT 1.50BD AS x", format="json")
    assert as_json.text.startswith('{"x":"1.50"}\n')
    for answer in (as_csv, as_json):
        assert answer.data["rows"]


def test_parquet_without_a_path_says_that_it_needs_one(sql):
    answer = sql.sql("SELECT 1", format="parquet")
    assert answer.is_error and "save_path" in answer.text


# ---- statements ----

@pytest.mark.core
def test_several_statements_run_in_order_and_an_error_says_what_was_done_before(sql):
    done = sql.sql("CREATE TEMPORARY VIEW a_b AS SELECT 'x;y' AS v; -- a ; comment\nSELECT v FROM a_b; SELECT 2 AS two")
    results = done.data["results"]
    assert results[1]["rows"] == [["x;y"]] and results[2]["rows"] == [[2]]
    failed = sql.sql("CREATE TEMPORARY VIEW c_d AS SELECT 1 AS v; SELECT nothing FROM c_d; SELECT 3")
    assert failed.is_error and "statement 2 of 3" in failed.text
    assert rows(sql.sql("SELECT v FROM c_d")) == [[1]]


@pytest.mark.core
def test_parameters_are_bound_and_never_pasted(sql):
    evil = "x' OR '1'='1"
    assert rows(sql.sql("SELECT :name AS n, :count + 1 AS c", parameters={"name": evil, "count": 41})) == [[evil, 42]]
    assert sql.sql("SELECT * FROM :name", parameters={"name": "range(3)"}).is_error


def test_a_plan_is_shown_without_running(sql):
    answer = sql.sql("SELECT count(*) FROM range(0, 100000000000000)", explain="formatted")
    assert "Physical Plan" in answer.text and answer.seconds < 30


@pytest.mark.core
def test_statements_without_rows_say_what_they_did_and_how_long_it_lasts(sql):
    answer = sql.sql("CREATE TABLE made (a INT, b STRING) USING parquet")
    assert "made" in answer.data["message"]
    assert any("session" in warning for warning in answer.data["warnings"])
    assert "2" in sql.sql("INSERT INTO made VALUES (1, 'x'), (2, 'y')").data["message"]
    assert rows(sql.sql("SELECT count(*) FROM made")) == [[2]]
    assert "made" in sql.sql("DROP TABLE made").data["message"]


# ---- errors ----

@pytest.mark.core
@pytest.mark.parametrize("statement, words", [
    ("SELECT carier FROM (SELECT 1 AS carrier)", ["UNRESOLVED_COLUMN", "42703", "line 1, column 8", "carrier"]),
    ("SELECT * FROM nowhere_at_all", ["TABLE_OR_VIEW_NOT_FOUND", "42P01", "nowhere_at_all"]),
    ("SELECT * FROM parquet.`/no/such/path`", ["PATH_NOT_FOUND", "/no/such/path"]),
    ("SELEC 1", ["PARSE_SYNTAX_ERROR", "42601"]),
    ("SELECT * FROM delta.`/tmp/x`", ["delta"]),
    ("SELECT assert_true(false, 'as told')", ["as told"]),
])
def test_an_error_tells_class_place_and_what_to_do(sql, statement, words):
    answer = sql.sql(statement)
    assert answer.is_error
    for word in words:
        assert word in answer.text, answer.text
    assert "\tat " not in answer.text and "Py4J" not in answer.text


# ---- saving ----

@pytest.mark.core
@pytest.mark.parametrize("format", ["parquet", "csv", "json", "orc"])
def test_a_result_is_saved_and_reads_back(sql, tmp_path, format):
    target = tmp_path / "out"
    answer = sql.sql("SELECT id, concat('name ', id) AS name FROM range(1000)", format=format, save_path=str(target))
    assert answer.data["saved"]["rows"] == 1000 and answer.data["saved"]["files"] >= 1
    views = {"back": {"path": str(target), "format": format, "options": {"header": "true"}}}
    assert rows(sql.sql("SELECT count(*), count(DISTINCT name) FROM back", views=views)) == [[1000, 1000]]


def test_real_flights_need_no_options_and_text_and_data_tell_those_used(sql):
    with gzip.open(FLIGHTS, "rt") as stream:
        times = [row["dep_time"] for row in csv.DictReader(stream)]
    answer = sql.sql("SELECT id FROM range(1000); SELECT count(*), sum(dep_time) FROM flown WHERE dep_time IS NOT NULL",
                     views={"flown": {"path": str(FLIGHTS)}})
    many, one = answer.data["results"]
    known = [int(time) for time in times if time != "NA"]
    assert (many["rowCount"], one["rows"]) == (100, [[len(known), sum(known)]])
    assert answer.data["views"]["flown"]["options"]["nullValue"] == "NA" and "nullValue: NA" in answer.text
    assert "'NA' is read as null" in answer.data["warnings"][0] and answer.data["warnings"][0] in answer.text
    again = sql.sql("SELECT count(*) FROM flown WHERE dep_time = 'NA'", views={
        "flown": {"path": str(FLIGHTS), "options": {"nullValue": ""}}})
    assert rows(again) == [[times.count("NA")]]


@pytest.mark.core
def test_nothing_is_overwritten_unasked_and_a_failed_overwrite_leaves_what_was_there(sql, tmp_path):
    target = tmp_path / "kept"
    sql.sql("SELECT id FROM range(10)", save_path=str(target))
    assert sql.sql("SELECT id FROM range(5)", save_path=str(target)).is_error
    failed = sql.sql("SELECT id, assert_true(id < 90, 'too much') FROM range(100)", save_path=str(target),
                     save_mode="overwrite")
    assert failed.is_error and "too much" in failed.text
    assert rows(sql.sql("SELECT count(*) FROM parquet.`%s`" % target)) == [[10]]
    assert not sql.sql("SELECT id FROM range(7)", save_path=str(target), save_mode="overwrite").is_error
    assert rows(sql.sql("SELECT count(*) FROM parquet.`%s`" % target)) == [[7]]
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


# ---- read-only ----

@pytest.fixture(scope="module")
def reader(cluster):
    with client.Server(cluster.environment(SPARK_READ_ONLY="true")) as server:
        assert rows(server.sql("SELECT 1", wait_seconds=START)) == [[1]]
        yield server


@pytest.mark.core
@pytest.mark.parametrize("statement", [
    "WITH t AS (SELECT 1) INSERT INTO x SELECT * FROM t",
    "INSERT OVERWRITE DIRECTORY '/tmp/never' USING parquet SELECT 1",
    "SELECT reflect('java.lang.System', 'getProperty', 'user.home')",
    "/* a read */ CREATE TABLE never (a INT)",
    "-- only a comment\nDROP TABLE IF EXISTS never",
    "CACHE TABLE never AS SELECT 1", "SET spark.sql.ansi.enabled=false", "ADD JAR '/tmp/x.jar'",
    "SELECT 1; CREATE TEMPORARY VIEW v AS SELECT 1",
    "SELECT TRANSFORM (1) USING 'cat' AS (a)",
])
def test_what_is_no_read_is_refused_in_read_only_mode(reader, statement):
    answer = reader.sql(statement)
    assert answer.is_error and "SPARK_READ_ONLY" in answer.text, answer.text


def test_reads_run_in_read_only_mode(reader):
    assert rows(reader.sql("SELECT count(*) FROM range(5) WHERE id IN (SELECT id FROM range(3))")) == [[3]]
    assert rows(reader.sql("SHOW DATABASES")) == [["default"]]


def test_submissions_kills_and_saving_are_refused_in_read_only_mode(reader, tmp_path):
    assert reader.sql("SELECT 1", save_path=str(tmp_path / "x")).is_error
    assert reader.submit("/tmp/x.py").is_error
    assert reader.kill("driver-20260101000000-0000").is_error
    assert not (tmp_path / "x").exists()
