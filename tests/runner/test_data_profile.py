"""Profiles of tables that have little in them, or too much."""

import json
import statistics

import pytest

from runner import storage
from runner.context import Context
from runner.data import run as data

from folders import save


@pytest.fixture
def read(spark, folder):
    """The answer for a query's rows, kept as a file of the format; as columns by name in .columns."""
    def read(query, format="parquet", **config):
        read.context = Context(spark, "op-profile")
        path = folder + "/" + format
        if query is not None:
            storage.write(read.context, spark.sql(query), path, format)
        answer = data.run(read.context, {"operation": "read", "source_path": path, "transformation_config": config})
        json.dumps(answer, allow_nan=False)
        read.columns = {column["name"]: column for column in answer["columns"]}
        return answer

    return read


TYPES = ("string", "boolean", "int", "double", "float", "decimal(5,2)", "date", "timestamp", "timestamp_ntz", "binary",
         "array<int>", "map<int,int>", "struct<x:int>")
NULLS = "select %s from range(%%d)" % ", ".join("cast(null as %s) c%d" % (type, i) for i, type in enumerate(TYPES))


@pytest.mark.parametrize("rows", [0, 1, 7])
def test_columns_without_a_value_say_only_that(read, rows):
    assert read(NULLS % rows)["rowCount"] == rows
    nulls = {"nulls": rows} if rows else {}
    assert list(read.columns.values()) == [
        {"name": "c%d" % i, "type": type, **nulls} for i, type in enumerate(TYPES)]


@pytest.mark.parametrize("text, rows", [("a,b\n", 0), ("a,b\n1,\n2,\n3,\n", 3)])
def test_csv_columns_without_a_value_say_only_that(read, folder, text, rows):
    save(folder + "/csv/a.csv", text)
    assert read(None, "csv")["rowCount"] == rows
    assert read.columns["b"] == {"name": "b", "type": "string", **({"nulls": rows} if rows else {})}


def test_objects_without_a_key_are_rows_without_columns(read, folder):
    save(folder + "/json/a.json", "{}\n{}\n")
    answer = read(None, "json")
    assert (answer["rowCount"], answer["columns"]) == (2, [])


def test_one_row_is_its_own_range(read):
    read("select 'x' t, true b, 5 n, 0.5D d, date'2024-01-31' day")
    assert read.columns["n"] == {"name": "n", "type": "int", "approxDistinct": 1, "min": 5, "max": 5, "mean": 5.0}
    assert read.columns["t"] == {"name": "t", "type": "string", "approxDistinct": 1, "min": "x", "max": "x"}
    assert read.columns["b"] == {"name": "b", "type": "boolean", "approxDistinct": 1}


def test_one_value_in_many_rows_is_one(read):
    read("select 'x' t, 5 n, false b from range(1000)")
    assert [read.columns[name]["approxDistinct"] for name in "tnb"] == [1, 1, 1]


@pytest.mark.parametrize("type", ["double", "float"])
def test_what_is_no_number_is_told_in_words(read, type):
    read("select cast(x as {0}) nan, cast('Infinity' as {0}) inf, cast(s as {0}) both "
         "from values ('NaN', 'Infinity'), ('NaN', '-Infinity') t(x, s)".format(type))
    assert read.columns["nan"] == {"name": "nan", "type": type, "nan": 2, "approxDistinct": 0}
    inf, both = read.columns["inf"], read.columns["both"]
    assert (inf["min"], inf["max"], inf["mean"]) == ("Infinity", "Infinity", "Infinity")
    assert (both["min"], both["max"], both["mean"]) == ("-Infinity", "Infinity", "NaN")


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_texts_of_five_megabytes_are_described(read, format):
    answer = read("select id n, repeat(if(id < 3, 'a', 'b'), 5000000) t from range(5)", format,
                  **({"read_options": {"maxCharsPerColumn": 6000000}} if format == "csv" else {}))
    assert (answer["rowCount"], read.columns["n"]["max"]) == (5, 4)
    assert read.columns["t"]["min"] == "a" * 40 + "..." and read.columns["t"]["approxDistinct"] == 2
    assert read.columns["t"]["top"] == "%s 3, %s 2" % ("a" * 40, "b" * 40)
    assert len(json.dumps(answer)) < 8192


def test_nested_values_alone_are_described(read):
    read("select array(1) a, map('k', 1) m, struct(1 x) s, array(struct(map(1, 2) y)) d")
    assert [column["type"] for column in read.columns.values()] == [
        "array<int>", "map<string,int>", "struct<x:int>", "array<struct<y:map<int,int>>>"]


def test_a_thousand_columns_are_named_in_bounds(read):
    answer = read("select %s" % ", ".join("%d c%d" % (n, n) for n in range(1000)), sample=0)
    assert len(answer["columns"]) == 30 and answer["otherColumns"].endswith("more")
    assert len(json.dumps(answer)) < 8192


@pytest.mark.parametrize("text, wanted", [
    ("2024-01-31 10:00:00.5", "2024-01-31T10:00:00.5Z"), ("-0044-03-15 00:00:00", "-0044-03-15T00:00:00Z"),
    ("+12345-01-01 00:00:00", "+12345-01-01T00:00:00Z")])
def test_times_have_the_form_of_rows(read, spark, text, wanted):
    spark.sql("select timestamp '%s' t, timestamp_ntz '%s' n" % (text, text)).createOrReplaceTempView("times")
    answer = data.run(Context(spark, "op"), {"operation": "read", "source_path": "times"})
    assert [column["min"] for column in answer["columns"]] == [wanted, wanted[:-1]]
    assert answer["sample"]["rows"] == [[wanted, wanted[:-1]]]


def test_distinct_values_are_never_more_than_values(read):
    read("select cast(id * 1.5 as string) t, id / 7 d from range(997)")
    assert all(read.columns[name]["approxDistinct"] <= 997 for name in "td")


def test_figures_are_those_of_python(read):
    values = [((n * 37) % 101) / 4 for n in range(500)]
    read("select ((id * 37) % 101) / 4 x from range(500)")
    assert read.columns["x"]["min"] == min(values) and read.columns["x"]["max"] == max(values)
    assert read.columns["x"]["mean"] == pytest.approx(statistics.fmean(values), abs=1e-6)
