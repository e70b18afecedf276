"""manage-data: reading, writing and what it refuses. Steps, joins and Delta have their own files."""

import json
import re
from pathlib import Path

import pytest

from runner import read_only, storage
from runner.context import Context, Refused
from runner.data import run as data
from runner.serve.operations import attempt

from folders import rows_of, save

FLIGHTS = Path(__file__).resolve().parents[2] / "examples" / "data"


@pytest.fixture
def manage(context):
    def manage(operation, source, target=None, format=None, **config):
        arguments = {"operation": operation, "source_path": source, "transformation_config": config}
        if target:
            arguments["target_path"] = target
        if format:
            arguments["format"] = format
        answer = data.run(context, arguments)
        json.dumps(answer, allow_nan=False)
        return answer

    return manage


def by_name(answer):
    return {column["name"]: column for column in answer["columns"]}


# read

def test_a_csv_is_described_column_by_column(manage, folder):
    path = save(folder + "/a.csv", "city,n,x,day\nOslo,1,0.5,2024-01-31\nOslo,2,,2024-02-01\n"
                                   "Rome,3,1.5,\nRome,4,2.5,2024-03-01\nBonn,,0.5,2024-03-01\n")
    answer = manage("read", path)
    assert answer["format"] == "csv" and answer["rowCount"] == 5
    assert answer["files"] == 1 and answer["bytes"] == Path(path).stat().st_size
    assert answer["columns"] == [
        {"name": "city", "type": "string", "approxDistinct": 3, "min": "Bonn", "max": "Rome"},
        {"name": "n", "type": "int", "nulls": 1, "approxDistinct": 4, "min": 1, "max": 4, "mean": 2.5},
        {"name": "x", "type": "double", "nulls": 1, "approxDistinct": 3, "min": 0.5, "max": 2.5, "mean": 1.25},
        {"name": "day", "type": "date", "nulls": 1, "approxDistinct": 3, "min": "2024-01-31", "max": "2024-03-01"}]
    assert answer["sample"]["rows"][0] == ["Oslo", 1, 0.5, "2024-01-31"]


def test_the_most_frequent_texts_are_exact(manage, context, folder):
    df = context.spark.range(100).selectExpr(
        "case when id < 60 then 'a' when id < 90 then 'b' when id < 98 then null else 'c' end v",
        "id % 4 = 0 flag", "cast(id as string) many")
    storage.write(context, df, folder + "/d", "parquet")
    columns = by_name(manage("read", folder + "/d"))
    assert columns["v"]["top"] == "a 60, b 30, c 2"
    assert columns["flag"]["top"] == "false 75, true 25"
    assert "top" not in columns["many"]


def test_every_type_has_its_range_in_the_form_of_rows(manage, context, folder):
    df = context.spark.sql("""
        select cast(0.1 as float) f, 1.50BD d, 9007199254740993L l, timestamp '2024-01-31 10:00:00' t,
          timestamp_ntz '2024-01-31 10:00:00' n, double('NaN') nan, date '2024-01-31' day, X'00' b,
          array(1) a, map('k', 1) m, named_struct('x', 1) s""")
    storage.write(context, df, folder + "/d", "parquet")
    columns = by_name(manage("read", folder + "/d"))
    assert columns["f"]["min"] == 0.1
    assert columns["d"]["min"] == "1.50"
    assert columns["l"]["min"] == "9007199254740993"
    assert columns["t"]["min"] == "2024-01-31T10:00:00Z"
    assert columns["n"]["min"] == "2024-01-31T10:00:00"
    assert columns["nan"] == {"name": "nan", "type": "double", "nan": 1, "approxDistinct": 0}
    assert columns["day"]["max"] == "2024-01-31"
    assert columns["a"] == {"name": "a", "type": "array<int>"}


def test_nulls_and_empty_texts_are_counted_apart(manage, context, folder):
    df = context.spark.sql("select * from values ('a', 1), ('', null), (null, null) t(x, y)")
    storage.write(context, df, folder + "/d", "parquet")
    columns = by_name(manage("read", folder + "/d"))
    assert (columns["x"]["nulls"], columns["x"]["empty"]) == (1, 1)
    assert columns["y"]["nulls"] == 2


def test_a_column_of_nulls_says_only_that(manage, context, folder):
    storage.write(context, context.spark.sql("select cast(null as int) x"), folder + "/d", "parquet")
    assert manage("read", folder + "/d")["columns"] == [{"name": "x", "type": "int", "nulls": 1}]


def test_an_empty_folder_of_data_is_described(manage, context, folder):
    storage.write(context, context.spark.range(0), folder + "/d", "parquet")
    answer = manage("read", folder + "/d")
    assert answer["rowCount"] == 0
    assert answer["columns"] == [{"name": "id", "type": "bigint"}]


def test_real_flights_are_described_in_4_kb(manage, context):
    answer = manage("read", str(FLIGHTS / "flights-2013-01.csv.gz"))
    assert answer["rowCount"] == 27004
    assert by_name(answer)["origin"]["top"] == "EWR 9893, JFK 9161, LGA 7950"
    assert len(json.dumps(answer)) < 4096
    assert by_name(answer)["dep_delay"] == {
        "name": "dep_delay", "type": "int", "nulls": 521, "approxDistinct": by_name(answer)["dep_delay"]["approxDistinct"],
        "min": -30, "max": 1301, "mean": 10.036665}


def test_following_the_advice_makes_numbers(manage, context, folder):
    path = save(folder + "/a.csv", "n,t\n1,x\n2,y\nnot known,z\n")
    manage("read", path)
    [warning] = context.warnings
    assert "Numbers in n are texts because of 'not known'" in warning
    advised = json.loads(re.search(r"read_options (\{.*\})", warning).group(1))
    assert by_name(manage("read", path, read_options=advised))["n"] == {
        "name": "n", "type": "int", "nulls": 1, "approxDistinct": 2, "min": 1, "max": 2, "mean": 1.5}


def test_what_looks_like_no_word_is_not_advised_to_be_null(manage, context, folder):
    manage("read", save(folder + "/a.csv", 'n\n1\n2\n"5"" ok"\n'))
    assert not any("nullValue" in warning for warning in context.warnings)


def test_corrupt_csv_records_are_counted_and_shown(manage, folder):
    answer = manage("read", save(folder + "/a.csv", "a,b,c\n1,2,3\n4,5\n6,7,8,9\n7,1,2\n"))
    assert (answer["rowCount"], answer["corruptRecords"]) == (4, 2)
    assert answer["corruptExamples"] == ["4,5", "6,7,8,9"]
    assert [column["name"] for column in answer["columns"]] == ["a", "b", "c"]


def test_values_that_dont_fit_a_given_schema_are_corrupt(manage, folder):
    answer = manage("read", save(folder + "/a.csv", "a\n1\nx\n"), schema="a int")
    assert (answer["corruptRecords"], answer["corruptExamples"]) == (1, ["x"])


@pytest.mark.parametrize("config", [{}, {"schema": "a int"}])
def test_corrupt_json_records_are_counted_and_shown(manage, folder, config):
    answer = manage("read", save(folder + "/a.json", '{"a": 1}\n{"a": 2\n{"a": 3}\n'), **config)
    assert (answer["rowCount"], answer["corruptRecords"]) == (3, 1)
    assert answer["corruptExamples"] == ['{"a": 2']


def test_nothing_but_corrupt_records_is_refused(manage, folder):
    with pytest.raises(Refused, match="no record of .* could be parsed as json"):
        manage("read", save(folder + "/a.json", "no\njson\n"))


def test_a_view_is_left_for_sql(manage, context, folder):
    answer = manage("read", save(folder + "/a.csv", "n\n1\n2\n"), view="numbers", profile=False)
    assert answer["view"] == "numbers"
    assert rows_of(context.spark.sql("select sum(n) from numbers")) == [(3,)]


def test_a_one_shot_driver_says_that_its_view_ends(spark, folder):
    context = Context(spark, "op-test", {"isSession": False})
    data.run(context, {"operation": "read", "source_path": save(folder + "/a.csv", "n\n1\n"),
                       "transformation_config": {"view": "gone"}})
    assert "ended with this call" in context.warnings[0]


def test_a_table_is_read_by_name(manage, context):
    context.spark.range(3).createOrReplaceTempView("three_rows")
    answer = manage("read", "three_rows")
    assert (answer["table"], answer["rowCount"]) == ("three_rows", 3)


def test_partitions_are_told(manage, context, folder):
    df = context.spark.sql("select * from values (1, 'a'), (2, 'b'), (3, 'b') t(n, p)")
    storage.write(context, df, folder + "/d", "parquet", partition_by=["p"])
    answer = manage("read", folder + "/d")
    assert (answer["partitionedBy"], answer["partitions"]) == ("p", 2)


def test_sample_and_profile_can_be_left_out(manage, folder):
    answer = manage("read", save(folder + "/a.csv", "n\n1\n2\n"), profile=False, sample=0)
    assert "sample" not in answer and "rowCount" not in answer
    assert answer["columns"] == [{"name": "n", "type": "int"}]


def test_a_larger_sample_is_given_when_asked_for(manage, folder):
    path = save(folder + "/a.csv", "n\n" + "".join("%d\n" % n for n in range(200)))
    assert len(manage("read", path, sample=150)["sample"]["rows"]) == 150


def test_of_many_columns_the_first_are_profiled_and_the_others_named(manage, context, folder):
    df = context.spark.range(1).selectExpr(*["id as c%d" % n for n in range(200)])
    storage.write(context, df, folder + "/d", "parquet")
    answer = manage("read", folder + "/d", sample=0)
    assert len(answer["columns"]) == 30
    assert answer["otherColumns"].startswith("c30 bigint, c31 bigint")
    assert answer["otherColumns"].endswith("and 110 more")
    assert "first 30 were profiled" in context.warnings[0]


def test_odd_column_names_are_profiled(manage, context, folder):
    df = context.spark.sql("select 1 `a.b`, 'x' `tick``ed`, 2 `with space`")
    storage.write(context, df, folder + "/d", "json")
    assert set(by_name(manage("read", folder + "/d"))) == {"a.b", "tick`ed", "with space"}


def test_a_whole_text_file_is_read_by_lines(manage, folder):
    answer = manage("read", save(folder + "/a.txt", "one\ntwo\n"))
    assert answer["sample"]["rows"] == [["one"], ["two"]]


# write

@pytest.mark.parametrize("format", ["parquet", "json", "csv", "orc"])
def test_a_source_is_written_in_another_format(manage, context, folder, format):
    source = save(folder + "/a.csv", "n,name\n1,x\n2,y\n")
    answer = manage("write", source, folder + "/out", format)
    assert answer["written"]["rows"] == 2 and answer["written"]["format"] == format
    assert (answer["source"]["format"], answer["source"]["path"]) == ("csv", source)
    assert rows_of(storage.read(context, folder + "/out").select("n", "name")) == [(1, "x"), (2, "y")]


def test_the_targets_format_is_found_from_its_name(manage, folder):
    source = save(folder + "/a.csv", "n\n1\n")
    assert manage("write", source, folder + "/out.orc")["written"]["format"] == "orc"
    assert manage("write", source, folder + "/out")["written"]["format"] == "parquet"


def test_appending_takes_the_format_that_is_there(manage, folder):
    source = save(folder + "/a.csv", "n\n1\n")
    manage("write", source, folder + "/out", "json")
    assert manage("write", source, folder + "/out", mode="append")["written"]["format"] == "json"


def test_a_source_of_unknown_format_is_of_the_given_one(manage, folder):
    Path(folder, "data").write_bytes(b"a\0b\n")
    answer = manage("write", folder + "/data", folder + "/out", "text")
    assert answer["source"]["format"] == "text"


def test_both_formats_may_be_given(manage, folder):
    source = save(folder + "/data", '{"a": 1}\n')
    answer = manage("write", source, folder + "/out", source_format="text", target_format="text")
    assert answer["written"]["format"] == answer["source"]["format"] == "text"


def test_options_go_to_the_side_that_knows_them(manage, context, folder):
    source = save(folder + "/a.csv", "n\n1\nNA\n")
    manage("write", source, folder + "/out", "json",
           options={"nullValue": "NA", "compression": "gzip"}, files=1)
    assert [path.name.endswith(".json.gz") for path in Path(folder, "out").glob("part-*")] == [True]
    assert rows_of(storage.read(context, folder + "/out").where("n is not null")) == [(1,)]


def test_options_of_one_side_may_be_named(manage, folder):
    source = save(folder + "/a.csv", "a;b\n1;2\n")
    manage("write", source, folder + "/out", "csv", read_options={"delimiter": ";"},
           write_options={"delimiter": "|", "header": False}, files=1)
    assert "".join(path.read_text() for path in Path(folder, "out").glob("part-*")) == "1|2\n"


def test_a_mistyped_option_is_refused(manage, folder):
    source = save(folder + "/a.csv", "a\n1\n")
    with pytest.raises(Refused, match=r"unknown option 'delimeter' \(did you mean 'delimiter'"):
        manage("read", source, options={"delimeter": ";"})


def test_so_many_files_are_written(manage, context, folder):
    storage.write(context, context.spark.range(100).repartition(5), folder + "/in", "parquet")
    assert manage("write", folder + "/in", folder + "/one", files=1)["written"]["files"] == 1
    assert manage("write", folder + "/in", folder + "/three", files=3)["written"]["files"] == 3


def test_sorted_rows_stay_in_order_in_one_file(manage, context, folder):
    storage.write(context, context.spark.range(100).repartition(5), folder + "/in", "parquet")
    manage("transform", folder + "/in", folder + "/out", "csv", sort="id desc", files=1)
    [part] = Path(folder, "out").glob("part-*")
    assert part.read_text().split() == ["id"] + [str(n) for n in range(99, -1, -1)]


def test_corrupt_records_of_a_copy_are_told(manage, context, folder):
    manage("write", save(folder + "/a.csv", "a,b\n1,2\n3\n"), folder + "/out")
    assert "1 of 2 records could not be parsed as csv" in context.warnings[0]
    assert storage.read(context, folder + "/out").columns == ["a", "b"]


def test_overwriting_the_source_keeps_its_rows(manage, context, folder):
    storage.write(context, context.spark.range(10), folder + "/d", "parquet")
    answer = manage("transform", folder + "/d", folder + "/d", filter="id > 6", mode="overwrite")
    assert answer["written"]["rows"] == 3
    assert rows_of(context.spark.read.parquet(folder + "/d")) == [(7,), (8,), (9,)]


def test_a_dry_run_changes_nothing(manage, folder):
    source = save(folder + "/a.csv", "n\n1\n")
    answer = manage("transform", source, folder + "/out", derive={"m": "n * 2"}, dry_run=True)
    assert answer["columns"] == [{"name": "n", "type": "int"}, {"name": "m", "type": "int"}]
    assert "Physical Plan" in answer["plan"]
    assert answer["target"] == {"path": folder + "/out", "format": "parquet", "mode": "error",
                                "exists": False}
    assert not Path(folder, "out").exists()


def test_a_reading_server_still_transforms(spark, folder):
    context = Context(spark, "op-test", {"readOnly": True})
    arguments = {"operation": "transform", "source_path": save(folder + "/a.csv", "n\n1\n"),
                 "transformation_config": {"filter": "n > 0"}}
    assert data.run(context, arguments)["rowCount"] == 1
    with pytest.raises(Refused, match="read-only"):
        data.run(context, {**arguments, "target_path": folder + "/out"})


@pytest.mark.parametrize("steps, message", [
    ({"derive": {"x": "reflect('java.lang.System', 'nanoTime')"}}, "'reflect' calls Java"),
    ({"filter": "n in (select transform(id) using 'cat' as (y int) from range(3))"}, "script"),
    ({"sql": "select java_method('java.lang.System', 'nanoTime') from source"}, "'java_method' calls Java"),
    ({"sql": "select transform(n) using 'cat' from source"}, "no read"),
    ({"sql": "with a as (select 1) insert into t select * from a"}, "must be a query")])
def test_a_reading_server_runs_no_java_and_no_scripts(spark, folder, steps, message):
    context = Context(spark.newSession(), "op-test", {"readOnly": True})
    read_only.guard(context.spark)
    with pytest.raises(Refused) as refused:
        attempt(context, "data", {"operation": "transform", "source_path": save(folder + "/a.csv", "n\n1\n"),
                                  "transformation_config": steps})
    assert message in " ".join([refused.value.message] + refused.value.problems)


def test_nulls_are_as_if_not_given_and_modes_may_be_upper_case(manage, folder):
    source = save(folder + "/a.csv", "n\n1\n")
    manage("write", source, folder + "/out", mode=None, filter=None)
    assert manage("write", source, folder + "/out", mode="OVERWRITE")["written"]["mode"] == "overwrite"


@pytest.mark.parametrize("config", [{"sample": 2.0}, {"limit": 2.0}, {"files": 1.0}, {"sample": 2 ** 31 - 1, "limit": 2}])
def test_numbers_that_are_whole_may_have_a_point(manage, folder, config):
    source = save(folder + "/a.csv", "n\n1\n2\n3\n")
    if "files" in config:
        assert manage("write", source, folder + "/out", **config)["written"]["files"] == 1
    else:
        assert len(manage("transform", source, **config)["sample"]["rows"]) == 2


@pytest.mark.parametrize("config", [{"limit": 2 ** 31}, {"sample": 2 ** 53 + 1}, {"limit": 2.5}])
def test_numbers_that_spark_does_not_take_are_refused_in_words(manage, folder, config):
    with pytest.raises(Refused, match="whole number|more than"):
        manage("transform", save(folder + "/a.csv", "n\n1\n"), **config)


# What is refused

def test_all_problems_are_told_at_once(manage, folder):
    with pytest.raises(Refused) as refused:
        manage("transform", folder, filtre="n > 1", sample="many", on="id", mode="append",
               source_format="parket", steps=[{"filtr": "n > 1"}])
    assert refused.value.problems == [
        "unknown key 'filtre' (did you mean 'filter', 'files' or 'profile'?)",
        "'sample' must be a whole number",
        "'on' is for join",
        "'mode' is for writing, and there is no target_path",
        "source_format: unknown format 'parket' (did you mean 'parquet'?)",
        "step 1: unknown key 'filtr' (did you mean 'filter' or 'fill'?)"]


@pytest.mark.parametrize("arguments, message", [
    (dict(operation="read", target="x"), "read has no target_path"),
    (dict(operation="write"), "write needs a target_path"),
    (dict(operation="read", filter="a"), "'filter' is for transform"),
    (dict(operation="join"), "join needs 'right'"),
    (dict(operation="transform", profile=True), "'profile' is for read"),
    (dict(operation="write", target="x", mode="replace"), "unknown mode 'replace'"),
    (dict(operation="write", target="x", mode="merge"), "mode merge and merge_keys belong together"),
    (dict(operation="write", target="x", mode="append", merge_keys=["a"]), "belong together"),
    (dict(operation="read", view="a b"), "no plain name"),
    (dict(operation="read", version=1, timestamp="2024-01-01"), "not both"),
    (dict(operation="write", target="x", files=0), "'files' is less than 1"),
    (dict(operation="transform", steps=[{"filter": "a"}], limit=1), "not both: limit"),
    (dict(operation="transform", steps=[{"filtr": "a"}]), "step 1: unknown key 'filtr'"),
])
def test_what_does_not_go_together_is_refused(manage, folder, arguments, message):
    with pytest.raises(Refused) as refused:
        manage(source=folder, **arguments)
    assert any(message in text for text in [refused.value.message] + refused.value.problems)


def test_history_and_versions_are_for_delta(manage, folder):
    source = save(folder + "/a.csv", "n\n1\n")
    for version in (1, "1"):  # ids of snapshots are told as texts
        with pytest.raises(Refused, match="for tables of Delta"):
            manage("read", source, version=version)
    with pytest.raises(Refused, match="'version' must be a whole number"):
        manage("read", source, version="first")
    with pytest.raises(Refused, match="only tables of Delta"):
        manage("read", source, history=True)
