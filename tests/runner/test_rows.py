"""Rows as JSON: every type exact, names and order kept, caps while reading."""

import gc
import json

import pytest

from runner import rows
from runner.context import Context
from runner.rows import caps, reading, written

# Rows of simple types are collected; a date among them makes Spark write them.
IN_BOTH_WAYS = pytest.mark.parametrize("more", ["", ", DATE'2024-01-01' AS d"], ids=["", "with a date"])


def read(context, sql, limit=100, max_bytes=100000, offset=0):
    return rows.read(context, context.spark.sql(sql), limit, max_bytes, offset)


def value(context, expression):
    found = read(context, "SELECT %s AS x" % expression)["rows"]
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    return found[0][0]


@pytest.fixture
def in_zone(spark):
    def zone(name):
        spark.conf.set("spark.sql.session.timeZone", name)
    yield zone
    zone("UTC")


def since(spark, version):
    return tuple(int(part) for part in spark.version.split(".")[:2]) >= version


SIMPLE = [
    ("1", 1), ("1Y", 1), ("-32768S", -32768), ("true", True), ("'a\"b\\n\\u00e4'", 'a"b\n\u00e4'), ("''", ""),
    ("9007199254740991", 9007199254740991),
    ("9007199254740992", "9007199254740992"), ("-9223372036854775808L", "-9223372036854775808"),
    ("CAST(1.5 AS DECIMAL(10, 3))", "1.500"), ("CAST(0 AS DECIMAL(20, 10))", "0.0000000000"),
    ("CAST('-12345678901234567890.123456789012345678' AS DECIMAL(38, 18))",
     "-12345678901234567890.123456789012345678"),
    ("CAST('1e37' AS DECIMAL(38, 0))", "1" + "0" * 37),
    ("0.1D", 0.1), ("1e300D", 1e300), ("double('NaN')", "NaN"), ("double('-Infinity')", "-Infinity"),
    ("NULL", None),
]
OTHERS = [
    ("float('0.1')", 0.1), ("float('Infinity')", "Infinity"), ("float('16777216')", 16777216.0),
    ("DATE'2024-01-31'", "2024-01-31"), ("DATE'-0044-03-15'", "-0044-03-15"),
    ("DATE'+12345-01-01'", "+12345-01-01"),
    ("TIMESTAMP_NTZ'2024-01-31 10:00:00'", "2024-01-31T10:00:00"),
    ("TIMESTAMP_NTZ'2024-01-31 10:00:00.123456'", "2024-01-31T10:00:00.123456"),
    ("X'00fffe'", "AP/+"), ("X''", ""), ("CAST(NULL AS DATE)", None),
    ("INTERVAL '1 02:03:04.5' DAY TO SECOND", "INTERVAL '1 02:03:04.5' DAY TO SECOND"),
    ("INTERVAL '1-2' YEAR TO MONTH", "INTERVAL '1-2' YEAR TO MONTH"),
    ("make_interval(1, 2, 0, 3)", "1 years 2 months 3 days"),
    ("array(1, NULL, 3)", [1, None, 3]), ("array()", []), ("map()", {}), ("array(NULL)", [None]),
    ("array(9223372036854775807, 1)", ["9223372036854775807", 1]),
    ("array(double('NaN'), 0.5D)", ["NaN", 0.5]),
    ("array(CAST(1.5 AS DECIMAL(5, 2)), NULL)", ["1.50", None]),
    ("map('a', DATE'2024-01-31', 'b', NULL)", {"a": "2024-01-31", "b": None}),
    ("map(1, 'x', 2, NULL)", [[1, "x"], [2, None]]),
    ("map(9223372036854775807, 1)", [["9223372036854775807", 1]]),
    ("map(0.5D, 1, double('NaN'), 2)", [[0.5, 1], ["NaN", 2]]), ("map(true, 1)", [[True, 1]]),
    ("array(CAST(1e-10 AS DECIMAL(20, 10)))", ["0.0000000001"]),
    ("map(TIMESTAMP_NTZ'2024-01-31 10:00:00', 1)", [["2024-01-31T10:00:00", 1]]),
    ("map(DATE'2024-01-31', 1.50BD)", [["2024-01-31", "1.50"]]),
    ("map(array('1, 2'), 'one', array('1', '2'), 'two')", [[["1, 2"], "one"], [["1", "2"], "two"]]),
    ("map(X'FE', 1, X'FF', 2)", [["/g==", 1], ["/w==", 2]]),
    ("map(CAST(X'FE' AS STRING), 1.50BD, CAST(X'FF' AS STRING), NULL)", [["\ufffd", "1.50"], ["\ufffd", None]]),
    ("array(struct(map(CAST(X'FF' AS STRING), 1) AS m, map('a', CAST(X'FE' AS STRING)) AS n))",
     [{"m": {"\ufffd": 1}, "n": {"a": "\ufffd"}}]),
    ("map(struct('a, b' AS x, 'c' AS y), 1, struct('a' AS x, 'b, c' AS y), 2)",
     [[{"x": "a, b", "y": "c"}, 1], [{"x": "a", "y": "b, c"}, 2]]),
    ("map(struct(1 AS a, DATE'2024-01-31' AS A), X'FF')", [[{"a": 1, "A": "2024-01-31"}, "/w=="]]),
    ("map(struct(1 AS a, 2 AS a), 1)", [[[1, 2], 1]]),
    ("map(struct(CAST(NULL AS STRING) AS a), NULL, struct('null' AS a), 1)", [[{"a": None}, None], [{"a": "null"}, 1]]),
    ("map(1.10BD, map(2, map('k', map(DATE'2024-01-31', NULL))))",
     [["1.10", [[2, {"k": [["2024-01-31", None]]}]]]]),
    ("array(map(X'FE', 1), NULL, map())", [[["/g==", 1]], None, []]),
    ("struct(1 AS a, map(1Y, 2) AS `A`, struct(map(true, 1) AS `x``y`) AS b)",
     {"a": 1, "A": [[1, 2]], "b": {"x`y": [[True, 1]]}}),
    ("struct(map(1, 2) AS a, 3 AS a)", [[[1, 2]], 3]),
    ("CAST(NULL AS MAP<INT, INT>)", None), ("CAST(NULL AS STRUCT<a: MAP<INT, INT>>)", None),
    ("struct(CAST(NULL AS STRUCT<a: MAP<INT, INT>>) AS s)", {"s": None}),
    ("map(INTERVAL '1' DAY, 1)", [["INTERVAL '1' DAY", 1]]), ("map(float('0.1'), 1)", [[0.1, 1]]),
    ("named_struct('a', 1, 'b c', X'00', '`', NULL)", {"a": 1, "b c": "AA==", "`": None}),
    ("named_struct('a', 1, 'a', DATE'2024-01-31')", [1, "2024-01-31"]),
    ("array(named_struct('d', 1.50BD, 'm', map('k', array(9223372036854775807))))",
     [{"d": "1.50", "m": {"k": ["9223372036854775807"]}}]),
    ("CAST(NULL AS STRUCT<a: TIMESTAMP>)", None),
    ("CAST('ab' AS CHAR(4))", "ab"),
]


@pytest.fixture(scope="module")
def values(spark):
    """way -> expression -> its value; one query for each way, since queries are what costs time."""
    found = {}
    for way, expressions in (("collected", SIMPLE), ("written", SIMPLE + OTHERS)):
        texts = [expression for expression, _ in expressions]
        row = read(Context(spark, "op"), "SELECT " + ", ".join(texts))["rows"][0]
        assert json.loads(json.dumps(row, allow_nan=False)) == row
        found[way] = dict(zip(texts, row))
    return found


@pytest.mark.parametrize("way", ["collected", "written"])
@pytest.mark.parametrize("expression, wanted", SIMPLE)
def test_a_simple_value_comes_back_exact(values, way, expression, wanted):
    assert values[way][expression] == wanted
    assert type(values[way][expression]) is type(wanted)


@pytest.mark.parametrize("expression, wanted", OTHERS)
def test_a_value_comes_back_exact(values, expression, wanted):
    assert values["written"][expression] == wanted


@pytest.mark.parametrize("zone, text, wanted", [
    ("UTC", "2024-01-31 10:00:00", "2024-01-31T10:00:00Z"),
    ("Europe/Berlin", "2024-01-31 10:00:00.123456", "2024-01-31T10:00:00.123456+01:00"),
    ("Europe/Berlin", "2024-07-31 10:00:00.5", "2024-07-31T10:00:00.5+02:00"),
    ("Europe/Berlin", "1800-01-01 00:00:00", "1800-01-01T00:00:00+00:53:28"),
    ("Asia/Kolkata", "2024-01-31 10:00:00", "2024-01-31T10:00:00+05:30"),
    ("Europe/Berlin", "-0044-03-15 00:00:00", "-0044-03-15T00:00:00+00:53:28"),
    ("UTC", "+12345-01-01 00:00:00", "+12345-01-01T00:00:00Z"),
])
def test_a_timestamp_says_its_offset(context, in_zone, zone, text, wanted):
    in_zone(zone)
    assert value(context, "TIMESTAMP'%s'" % text) == wanted
    assert value(context, "array(named_struct('t', TIMESTAMP'%s'), NULL)" % text) == [{"t": wanted}, None]


def test_the_hour_that_comes_twice_is_told_apart(context, in_zone):
    in_zone("Europe/Berlin")
    found = read(context, "SELECT timestamp_seconds(x) FROM VALUES (1729987200), (1729990800) AS t(x)")
    assert [row[0] for row in found["rows"]] == ["2024-10-27T02:00:00+02:00", "2024-10-27T02:00:00+01:00"]


def test_keys_of_a_map_are_told_apart_in_the_hour_that_comes_twice(context, in_zone):
    in_zone("Europe/Berlin")
    assert value(context, "map(timestamp_seconds(1729987200), 1, timestamp_seconds(1729990800), 2)") == [
        ["2024-10-27T02:00:00+02:00", 1], ["2024-10-27T02:00:00+01:00", 2]]


def test_every_entry_of_random_maps_is_there(context, spark):
    """What was put in is what comes out; Python holds the truth."""
    import base64
    import random
    from pyspark.sql import types as T

    chance = random.Random(11)
    text = lambda: "".join(chance.choice("a, b{}[]:\"'=") for _ in range(chance.randrange(5)))
    kinds = [
        (T.BinaryType(), lambda: bytes(chance.randrange(256) for _ in range(chance.randrange(3))),
         lambda key: base64.b64encode(key).decode("ascii")),
        (T.StructType([T.StructField("x", T.StringType()), T.StructField("y", T.StringType())]),
         lambda: (text(), text()), lambda key: {"x": key[0], "y": key[1]}),
        (T.LongType(), lambda: chance.choice((1, -1)) * (2 ** 53 + chance.randrange(-2, 3)),
         lambda key: key if abs(key) < 2 ** 53 else str(key)),
        (T.StringType(), text, None)]
    for type, make, spell in kinds:
        maps = [{make(): n for n in range(chance.randrange(8))} for _ in range(50)]
        df = spark.createDataFrame([(entries,) for entries in maps], T.StructType(
            [T.StructField("m", T.MapType(type, T.IntegerType()))]))
        found = [row[0] for row in rows.read(context, df, 100, 1 << 20)["rows"]]
        wanted = [entries if spell is None else [[spell(key), n] for key, n in entries.items()] for entries in maps]
        if spell:
            found, wanted = ([sorted(pairs, key=lambda pair: pair[1]) for pairs in side] for side in (found, wanted))
        assert found == wanted


def test_the_time_zone_is_given_once_when_there_is_a_timestamp(context, in_zone):
    in_zone("Asia/Tokyo")
    assert read(context, "SELECT array(now()) AS t, 1 AS x")["timeZone"] == "Asia/Tokyo"
    assert "timeZone" not in read(context, "SELECT localtimestamp() AS t, 1 AS x")


def test_pythons_collector_works_again_after_reading(context, monkeypatch):
    text = "SELECT timestamp'2024-01-01 00:00:00' AS t"
    read(context, text)
    assert gc.isenabled()
    monkeypatch.setattr(written, "_parse_all", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        read(context, text)
    assert gc.isenabled()


def test_timestamps_come_back_under_the_legacy_time_parser(context, spark):
    spark.conf.set("spark.sql.legacy.timeParserPolicy", "LEGACY")
    try:
        assert value(context, "TIMESTAMP'2024-01-31 10:00:00.123456'") == "2024-01-31T10:00:00.123456Z"
    finally:
        spark.conf.unset("spark.sql.legacy.timeParserPolicy")


@pytest.mark.parametrize("setting", ["spark.sql.parser.escapedStringLiterals",
                                     "spark.sql.ansi.doubleQuotedIdentifiers",
                                     "spark.sql.ansi.enforceReservedKeywords"])
def test_settings_of_the_parser_do_not_matter(context, spark, setting):
    was = spark.conf.get("spark.sql.ansi.enabled")
    spark.conf.set("spark.sql.ansi.enabled", "true")
    spark.conf.set(setting, "true")
    try:
        assert value(context, "struct(TIMESTAMP'2024-01-31 10:00:00' AS t)") == {"t": "2024-01-31T10:00:00Z"}
    finally:
        spark.conf.unset(setting)
        spark.conf.set("spark.sql.ansi.enabled", was)


def test_a_variant_is_its_json_value(context, spark):
    if not since(spark, (4, 0)):
        pytest.skip("no variant yet")
    text = '{"a": 1.5, "b": [1, null, 12345678901234567890], "c": "x", "d": 0.12345678901234567890123}'
    assert value(context, "parse_json('%s')" % text) == {
        "a": 1.5, "b": [1, None, "12345678901234567890"], "c": "x", "d": "0.12345678901234567890123"}
    assert value(context, "array(parse_json('[1]'), NULL)") == [[1], None]


def test_a_collated_string_is_a_string(context, spark):
    if not since(spark, (4, 0)):
        pytest.skip("no collations yet")
    assert value(context, "'a' COLLATE UTF8_LCASE") == "a"


def test_time_and_places_come_back(context, spark):
    if not since(spark, (4, 2)):
        pytest.skip("no such types yet")
    found = read(context, "SELECT TIME'10:00:00.5' AS x, 1 AS x,"
                          " st_geogfromwkb(X'0101000000000000000000F03F0000000000000040') AS g")
    assert found["rows"] == [["10:00:00.5", 1, "AQEAAAAAAAAAAADwPwAAAAAAAABA"]]


def test_a_vector_is_an_array_and_a_sparse_one_a_text(context, spark):
    linalg = pytest.importorskip("pyspark.ml.linalg")
    df = spark.createDataFrame([(linalg.Vectors.dense([1, float("nan")]), linalg.Vectors.sparse(5, [1], [2.0]))],
                               ["a", "b"])
    found = rows.read(context, df, 10, 1000)
    assert found["rows"] == [[[1.0, "NaN"], "(5,[1],[2.0])"]]
    assert [column["type"] for column in found["columns"]] == ["vector", "vector"]


def test_columns_keep_odd_and_repeated_names_in_order(context):
    found = read(context, "SELECT 1 AS `a.b`, 2 AS `a.b`, DATE'2024-01-01' AS `x ``y`, 4 AS A, 5 AS a, 6 AS ``")
    assert [column["name"] for column in found["columns"]] == ["a.b", "a.b", "x `y", "A", "a", ""]
    assert found["rows"] == [[1, 2, "2024-01-01", 4, 5, 6]]


def test_types_are_spelled_as_spark_does(context, spark):
    df = spark.sql("SELECT 1Y a, 2S b, 3 c, 4L d, map('a', array(named_struct('x', 1.5BD))) e, X'00' f,"
                   " TIMESTAMP_NTZ'2024-01-01' g, INTERVAL '1' DAY h, NULL i, float(1) j")
    wanted = [field.dataType.simpleString() for field in df.schema.fields]
    assert [column["type"] for column in rows.columns_of(df)] == wanted


def test_many_columns_are_all_told_in_order(context):
    wanted = [["`%d`" % i, ("bigint", "string")[i % 2]] for i in range(200)]
    columns = ", ".join("CAST(%d AS %s) AS ```%d```" % (i, type, i) for i, (_, type) in enumerate(wanted))
    found = read(context, "SELECT " + columns)
    assert [[column["name"], column["type"]] for column in found["columns"]] == wanted
    assert found["rows"] == [[str(i) if i % 2 else i for i in range(200)]]


@IN_BOTH_WAYS
def test_no_rows_still_have_columns(context, more):
    found = read(context, "SELECT 1 AS a%s WHERE false" % more)
    assert found["rows"] == [] and found["rowCount"] == 0 and "truncated" not in found
    assert found["columns"][0] == {"name": "a", "type": "int"}


# Caps.

@IN_BOTH_WAYS
def test_a_row_more_proves_that_rows_are_missing(context, more):
    assert "truncated" not in read(context, "SELECT id%s FROM range(5)" % more, 5)
    found = read(context, "SELECT id%s FROM range(6)" % more, 5)
    assert (found["truncated"], found["truncatedBy"], found["rowCount"]) == (True, "limit", 5)


@IN_BOTH_WAYS
def test_an_offset_skips_rows(context, more):
    found = read(context, "SELECT id%s FROM range(10) ORDER BY id" % more, 5, offset=7)
    assert [row[0] for row in found["rows"]] == [7, 8, 9]


@IN_BOTH_WAYS
def test_the_cap_of_bytes_counts_the_json(context, more):
    found = read(context, "SELECT repeat('\u00e4', 50)%s FROM range(20)" % more, 100, max_bytes=1000)
    size = len(rows.encode(found["rows"]).encode("utf-8"))
    assert found["truncatedBy"] == "bytes"
    assert 1000 - 130 < size <= 1000


@IN_BOTH_WAYS
def test_a_row_larger_than_the_cap_is_cut_visibly(spark, more):
    context = Context(spark, "op")
    found = read(context, "SELECT 7 AS id, repeat('x', 5000) AS t, 'end' AS e%s FROM range(3)" % more,
                 max_bytes=500)
    row = found["rows"][0]
    assert row[0] == 7 and row[2] == "end"
    assert row[1].startswith("xxxx") and row[1].endswith(caps.MARK)
    assert len(rows.encode(found["rows"]).encode("utf-8")) <= 520
    assert found["rowCount"] == 1 and found["truncatedBy"] == "bytes"
    assert "cut" in context.warnings[0]


def test_a_large_nested_value_is_cut_as_text(spark):
    context = Context(spark, "op")
    row = read(context, "SELECT sequence(1, 100000) AS s, 1 AS id", max_bytes=300)["rows"][0]
    assert row[0].startswith("[1,2,3,") and row[0].endswith(caps.MARK) and row[1] == 1


def test_a_value_that_leaves_spark_in_part_is_said_to_be(spark):
    context = Context(spark, "op")
    row = read(context, "SELECT 7 AS id, repeat('a\\n', 2000000) AS t, DATE'2024-01-01' AS d", max_bytes=300)["rows"][0]
    assert row[0] == 7 and row[1].startswith("a\na\n") and row[1].endswith(caps.MARK)
    assert row[2] == caps.NOT_READ


# Many rows.

MANY = reading.ROWS_READ + 1


def read_both(context, columns):
    """As rows and as the text that stands for them, which must be the same."""
    text = "SELECT %s FROM range(0, %d, 1, 1)" % (columns, MANY)
    found = read(context, text, MANY, 8 << 20)
    written = rows.read(context, context.spark.sql(text), MANY, 8 << 20, as_text=True)
    assert "rows" not in written and written["rowCount"] == MANY
    assert json.loads(written["rowsText"]) == found["rows"]
    assert {key: value for key, value in written.items() if key != "rowsText"} == \
        {key: value for key, value in found.items() if key != "rows"}
    return written["rowsText"]


@pytest.mark.parametrize("columns", [
    "id, id / 7, 'a\"b\\n\u00e4', CAST(NULL AS STRING)",
    "id, id / 7 AS d, 'a\"b\\n\u00e4' AS t, DATE'2024-01-01' AS d, array(id) AS a, map('k', id) AS m, X'00' AS b",
    "named_struct('x', id, 'y', '{1,2}') AS s, TIMESTAMP'2024-01-01 00:00:00.5' AS t, TIMESTAMP_NTZ'2024-01-01' AS n",
    "array(TIMESTAMP'2024-01-01 00:00:00.5', TIMESTAMP'2024-01-01 00:00:00', NULL) AS t",
    "id + 9007199254740000 AS id, DATE'2024-01-01' AS d", "-id - 9007199254740000 AS id, DATE'2024-01-01' AS d",
    "array(id + 9007199254740000) AS a", "map('k', id + 9007199254740000) AS m", "map(id, 1) AS m",
    "map(array(id), 1) AS m, array(struct(map(X'FF', id + 9007199254740000) AS m)) AS a",
    "map(CAST(X'FE' AS STRING), id, CAST(X'FF' AS STRING), 2) AS m, map('a', 1) AS n",
    "map('1234567890123456', '1234567890123456') AS m, id / 7 AS d, CAST(id AS DECIMAL(30, 2)) AS n",
    "CAST(id AS DECIMAL(38, 10)) AS n, DATE'2024-01-01' AS d, 1e-9D AS e",
    "array(CAST(id / 1000000000 AS DECIMAL(38, 10))) AS n"])
def test_many_rows_as_text_are_the_same_rows(context, columns):
    read_both(context, columns)


def test_the_text_of_many_rows_is_one_line_of_all_characters(context):
    text = read_both(context, "'\u00fc\\n' AS t, DATE'2024-01-01' AS d")
    assert "\u00fc" in text and "\n" not in text  # as the server looks for secrets in it


def test_few_rows_are_rows(context):
    assert len(rows.read(context, context.spark.range(1000), 1000, 1 << 20, as_text=True)["rows"]) == 1000


def test_a_limit_of_rows_is_not_a_scan_of_the_table(context, spark):
    spark.sparkContext.setJobGroup("op-limit", "")
    found = read(context, "SELECT id, DATE'2024-01-01' FROM range(0, 1000000000, 1, 100)", 10)
    assert found["rowCount"] == 10
    jobs = spark.sparkContext.statusTracker().getJobIdsForGroup("op-limit")
    tasks = sum(spark.sparkContext.statusTracker().getStageInfo(stage).numTasks
                for job in jobs for stage in spark.sparkContext.statusTracker().getJobInfo(job).stageIds)
    spark.sparkContext._jsc.clearJobGroup()
    assert tasks == 1
