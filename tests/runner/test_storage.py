"""Files as data sources, and writes that lose nothing."""

import gzip
import http.server
import json
import threading
from pathlib import Path

import pytest
from pyspark.sql import functions as F

from runner import storage, writing
from runner.context import Cancelled, Context, Refused

FLIGHTS = Path(__file__).resolve().parents[2] / "examples" / "data"


@pytest.fixture
def folder(tmp_path):
    return str(tmp_path)


def save(path, text):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")
    return str(path)


def rows_of(df):
    return sorted(tuple(row) for row in df.collect())


def names_in(folder):
    return sorted(path.name for path in Path(folder).iterdir() if not path.name.endswith(".crc"))


# Finding formats

@pytest.mark.parametrize("name, format", [
    ("a.csv", "csv"), ("a.csv.gz", "csv"), ("a.TSV", "csv"), ("a.jsonl", "json"), ("a.ndjson", "json"),
    ("a.parquet", "parquet"), ("a.snappy.parquet", "parquet"), ("a.orc", "orc"), ("a.avro", "avro"),
    ("a.txt", "text"), ("a.log", "text")])
def test_the_format_is_found_from_a_file_name(context, folder, name, format):
    save(folder + "/" + name, "x")
    assert storage.find_format(context, folder + "/" + name) == format


@pytest.mark.parametrize("format", ["parquet", "orc", "json", "csv", "text"])
def test_the_format_of_a_folder_is_found_from_its_files(context, folder, format):
    df = context.spark.createDataFrame([("a",), ("b",)], ["x"])
    storage.write(context, df, folder + "/data", format)
    assert storage.find_format(context, folder + "/data") == format


def test_the_format_of_a_partitioned_folder_is_found(context, folder):
    df = context.spark.createDataFrame([("a", 1), ("b", 2)], ["x", "p"])
    storage.write(context, df, folder + "/data", "parquet", partition_by=["p"])
    assert storage.find_format(context, folder + "/data") == "parquet"
    assert storage.find_format(context, folder + "/data/*") == "parquet"


@pytest.mark.parametrize("text, format", [
    ('{"a": 1}\n{"a": 2}\n', "json"), ('[{"a": 1}]', "json"), ("a,b\n1,2\n", "csv"),
    ("a;b\n1;2\n", "csv"), ("only words\nin lines\n", "text")])
def test_without_an_ending_the_first_bytes_tell_the_format(context, folder, text, format):
    assert storage.find_format(context, save(folder + "/data", text)) == format


def test_a_parquet_file_without_an_ending_is_known_by_its_mark(context, folder):
    storage.write(context, context.spark.range(1).coalesce(1), folder + "/data", "parquet")
    [file] = [path for path in Path(folder, "data").glob("part-*")]
    file.rename(folder + "/plain")
    assert storage.find_format(context, folder + "/plain") == "parquet"
    assert storage.read(context, folder + "/plain").collect()[0].id == 0


def test_a_delta_table_is_known_by_its_log(context, folder):
    save(folder + "/t/_delta_log/00000000000000000000.json", "{}")
    assert storage.find_format(context, folder + "/t") == "delta"


def test_a_folder_of_several_formats_is_refused_with_the_counts(context, folder):
    save(folder + "/d/a.csv", "a\n1\n")
    save(folder + "/d/b.json", "{}")
    save(folder + "/d/c.json", "{}")
    with pytest.raises(Refused) as refused:
        storage.find_format(context, folder + "/d")
    assert "json (2), csv (1)" in refused.value.message


def test_unknown_bytes_are_refused(context, folder):
    Path(folder, "data").write_bytes(b"\0\1\2\3")
    with pytest.raises(Refused, match="can't be told"):
        storage.find_format(context, folder + "/data")


def test_a_missing_path_names_what_lies_near(context, folder):
    save(folder + "/flights.csv", "a\n1\n")
    with pytest.raises(Refused) as refused:
        storage.read(context, folder + "/flihgts.csv")
    assert "did you mean 'flights.csv'?" in refused.value.message
    assert "driver's machine" in refused.value.message


def test_a_missing_path_of_a_given_format_is_refused_too(context, folder):
    with pytest.raises(Refused, match="nothing at"):
        storage.read(context, folder + "/none", "parquet")


def test_an_unknown_format_names_the_nearest(context, folder):
    with pytest.raises(Refused, match="did you mean 'parquet'?"):
        storage.read(context, folder, "parquett")


# Reading

def test_csv_header_delimiter_and_types_are_found(context, folder):
    save(folder + "/a.csv", "name;n;day\nx;1;2024-01-02\ny;2;2024-01-03\n")
    df = storage.read(context, folder + "/a.csv")
    assert df.dtypes == [("name", "string"), ("n", "int"), ("day", "date")]
    assert df.count() == 2


def test_csv_without_a_header_keeps_its_first_row(context, folder):
    save(folder + "/a.csv", "x,1\ny,2\n")
    assert storage.read(context, folder + "/a.csv").count() == 2


def test_given_csv_options_win(context, folder):
    save(folder + "/a.csv", "a,b\n1,2\n")
    df = storage.read(context, folder + "/a.csv", options={"header": False, "inferSchema": "false"})
    assert rows_of(df) == [("1", "2"), ("a", "b")]
    df = storage.read(context, folder + "/a.csv", options={"sep": ";", "header": True})
    assert df.columns == ["a,b"]


def test_a_quoted_delimiter_does_not_mislead(context, folder):
    save(folder + "/a.csv", 'name|note\nx|"a, b, c, d"\ny|"e, f, g"\n')
    assert storage.read(context, folder + "/a.csv").columns == ["name", "note"]


def test_a_schema_may_be_given(context, folder):
    save(folder + "/a.csv", "a,b\n1,2\n")
    df = storage.read(context, folder + "/a.csv", schema="a long, b decimal(5,2)")
    assert df.dtypes == [("a", "bigint"), ("b", "decimal(5,2)")]


def test_packed_csv_is_read(context):
    df = storage.read(context, str(FLIGHTS / "weather-2013-01.csv.gz"))
    assert df.count() == 2226
    assert "origin" in df.columns


@pytest.mark.parametrize("text", [
    '{"a": 1}\n{"a": 2}\n', '[{"a": 1},\n {"a": 2}]', '[\n{"a": 1}, {"a": 2}\n]',
    '[{"a": 1}, {"a": 2}]', '[\n  {\n    "a": 1\n  },\n  {\n    "a": 2\n  }\n]\n'])
def test_json_lines_and_json_documents_are_told_apart(context, folder, text):
    save(folder + "/a.json", text)
    assert rows_of(storage.read(context, folder + "/a.json")) == [(1,), (2,)]


def test_a_json_object_over_several_lines_is_one_row(context, folder):
    save(folder + "/a.json", json.dumps({"a": 1, "b": {"c": [1, 2]}}, indent=2))
    assert storage.read(context, folder + "/a.json").count() == 1


def test_views_and_tables_are_read_by_name(context):
    context.spark.range(3).createOrReplaceTempView("three")
    assert storage.read(context, "three").count() == 3


def test_a_glob_reads_the_files_it_finds(context, folder):
    for name in ("a1.csv", "a2.csv", "b.csv"):
        save(folder + "/" + name, "x\n1\n")
    assert storage.read(context, folder + "/a*.csv").count() == 2


@pytest.fixture
def web(folder):
    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=folder)

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield "http://127.0.0.1:%d/" % server.server_port
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("name, text", [
    ("a.csv", "a\n1\n2\n"), ("a.json", '{"a": 1}\n{"a": 2}\n'), ("b.json", '[{"a": 1},\n{"a": 2}]')])
def test_csv_and_json_are_read_over_http(context, folder, web, name, text):
    save(folder + "/" + name, text)
    assert rows_of(storage.read(context, web + name)) == [(1,), (2,)]


def test_packed_csv_is_read_over_http(context, folder, web):
    Path(folder, "a.csv.gz").write_bytes(gzip.compress(b"a,b\n1,x\n"))
    assert rows_of(storage.read(context, web + "a.csv.gz")) == [(1, "x")]


def test_parquet_over_http_is_refused(context, web):
    with pytest.raises(Refused, match="can't read parquet over http"):
        storage.read(context, web + "a.parquet")


def test_too_much_over_http_is_refused(context, folder, web, monkeypatch):
    monkeypatch.setattr(storage, "WEB_LIMIT", 1000)
    save(folder + "/a.csv", "a\n" + "1\n" * 1000)
    with pytest.raises(Refused, match="larger than"):
        storage.read(context, web + "a.csv")


# Writing

def test_what_was_written_is_counted(context, folder):
    df = context.spark.range(10).repartition(3)
    answer = storage.write(context, df, folder + "/out", "parquet")
    parts = list(Path(folder, "out").glob("part-*"))
    assert answer == {"path": folder + "/out", "format": "parquet", "mode": "error", "rows": 10,
                      "files": 3, "bytes": sum(part.stat().st_size for part in parts)}
    assert rows_of(storage.read(context, folder + "/out")) == [(n,) for n in range(10)]


def test_nothing_but_the_target_is_left(context, folder):
    storage.write(context, context.spark.range(1), folder + "/out", "json")
    storage.write(context, context.spark.range(2), folder + "/out", "json", "overwrite")
    assert names_in(folder) == ["out"]


def test_an_existing_target_is_not_overwritten_unasked(context, folder):
    storage.write(context, context.spark.range(1), folder + "/out", "parquet")
    with pytest.raises(Refused, match="exists already"):
        storage.write(context, context.spark.range(5), folder + "/out", "parquet")
    assert storage.read(context, folder + "/out").count() == 1


def test_ignore_writes_nothing_and_says_so(context, folder):
    storage.write(context, context.spark.range(1), folder + "/out", "parquet", "ignore")
    answer = storage.write(context, context.spark.range(5), folder + "/out", "parquet", "ignore")
    assert answer["rows"] == 0 and "nothing was written" in context.warnings[0]
    assert storage.read(context, folder + "/out").count() == 1


def test_overwrite_replaces_all(context, folder):
    storage.write(context, context.spark.range(9).repartition(4), folder + "/out", "parquet")
    storage.write(context, context.spark.range(2), folder + "/out", "csv", "overwrite")
    df = storage.read(context, folder + "/out")
    assert rows_of(df) == [(0,), (1,)]


def test_append_adds_and_counts_only_what_is_new(context, folder):
    storage.write(context, context.spark.range(4).coalesce(1), folder + "/out", "parquet")
    answer = storage.write(
        context, context.spark.range(3).coalesce(1), folder + "/out", "parquet", "append")
    assert (answer["rows"], answer["files"]) == (3, 1)
    assert storage.read(context, folder + "/out").count() == 7


def test_append_to_nothing_makes_it(context, folder):
    assert storage.write(context, context.spark.range(4), folder + "/o", "orc", "append")["rows"] == 4


def test_csv_is_written_with_its_header(context, folder):
    storage.write(context, context.spark.range(1).coalesce(1), folder + "/out", "csv")
    assert [part.read_text() for part in Path(folder, "out").glob("part-*")] == ["id\n0\n"]
    storage.write(context, context.spark.range(1).coalesce(1), folder + "/bare", "csv", options={"header": False})
    assert "id" not in "".join(part.read_text() for part in Path(folder, "bare").glob("part-*"))


def test_write_options_reach_spark(context, folder):
    answer = storage.write(context, context.spark.range(10).coalesce(1), folder + "/out", "csv",
                           options={"compression": "gzip", "maxRecordsPerFile": 4})
    assert answer["files"] == 3
    assert all(name.endswith(".csv.gz") for name in names_in(folder + "/out") if "part" in name)


def test_partitions_become_folders(context, folder):
    df = context.spark.createDataFrame([(1, "a"), (2, "b")], ["n", "p"])
    storage.write(context, df, folder + "/out", "parquet", partition_by=["p"])
    assert names_in(folder + "/out") == ["_SUCCESS", "p=a", "p=b"]


def test_what_can_be_checked_is_refused_all_at_once(context, folder):
    df = context.spark.range(1)
    with pytest.raises(Refused) as refused:
        storage.write(context, df, folder + "/out", "text", "replace", partition_by=["ie"])
    assert len(refused.value.problems) == 3
    assert names_in(folder) == []


def test_a_reading_server_does_not_write(spark, folder):
    context = Context(spark, "op-test", {"readOnly": True})
    with pytest.raises(Refused, match="only reads"):
        storage.write(context, spark.range(1), folder + "/out", "parquet")
    assert names_in(folder) == []


# Nothing is lost

def test_overwriting_what_is_read_is_safe(context, folder):
    storage.write(context, context.spark.range(10), folder + "/out", "parquet")
    df = storage.read(context, folder + "/out").where("id < 3")
    assert storage.write(context, df, folder + "/out", "parquet", "overwrite")["rows"] == 3
    assert rows_of(storage.read(context, folder + "/out")) == [(0,), (1,), (2,)]


def test_a_view_over_what_was_overwritten_sees_the_new_data(context, folder):
    storage.write(context, context.spark.range(10), folder + "/out", "parquet")
    storage.read(context, folder + "/out").createOrReplaceTempView("over")
    assert context.spark.table("over").count() == 10
    storage.write(context, context.spark.range(2), folder + "/out", "parquet", "overwrite")
    assert context.spark.table("over").count() == 2


def test_adding_to_what_is_read_is_refused(context, folder):
    storage.write(context, context.spark.range(10), folder + "/out", "parquet")
    df = storage.read(context, folder + "/out")
    with pytest.raises(Refused, match="while it is read"):
        storage.write(context, df, folder + "/out", "parquet", "append")


def failing(spark):
    return spark.range(0, 100, 1, 4).select(
        F.when(F.col("id") == 99, F.raise_error(F.lit("broken"))).otherwise(F.col("id")).alias("id"))


@pytest.mark.parametrize("mode", ["overwrite", "append"])
def test_a_failing_task_leaves_the_old_data(context, folder, mode):
    storage.write(context, context.spark.range(5), folder + "/out", "parquet")
    before = names_in(folder + "/out")
    with pytest.raises(Exception, match="broken"):
        storage.write(context, failing(context.spark).selectExpr("cast(id as bigint) id"),
                      folder + "/out", "parquet", mode)
    assert rows_of(context.spark.read.parquet(folder + "/out")) == [(n,) for n in range(5)]
    assert names_in(folder) == ["out"]
    assert [name for name in names_in(folder + "/out") if name != "_SUCCESS"] == \
        [name for name in before if name != "_SUCCESS"]


def test_a_failing_first_write_leaves_no_target(context, folder):
    with pytest.raises(Exception, match="broken"):
        storage.write(context, failing(context.spark), folder + "/out", "csv")
    assert names_in(folder) == []


def test_a_write_cancelled_before_the_swap_leaves_the_old_data(context, folder):
    storage.write(context, context.spark.range(5), folder + "/out", "parquet")
    context.enter = lambda phase: (_ for _ in ()).throw(Cancelled()) if "moving" in phase else None
    with pytest.raises(Cancelled):
        storage.write(context, context.spark.range(2), folder + "/out", "parquet", "overwrite")
    assert storage.read(context, folder + "/out").count() == 5
    assert names_in(folder) == ["out"]


def test_a_write_whose_jobs_are_cancelled_leaves_the_old_data(context, folder):
    spark, errors = context.spark, []
    storage.write(context, spark.range(5), folder + "/out", "parquet")
    endless = spark.range(0, 10 ** 14, 1, 1).where("id % 1000000007 = 0")

    def write():
        spark.sparkContext.setJobGroup("op-cancelled", "", True)
        try:
            storage.write(Context(spark, "op-cancelled"), endless, folder + "/out", "parquet", "overwrite")
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    while thread.is_alive():
        if list(Path(folder).glob(".out.op-cancelled/_temporary/*/_temporary/*/part*")):
            spark.sparkContext.cancelJobGroup("op-cancelled")
        thread.join(0.1)
    assert "cancelled" in str(errors[0]).lower()
    assert storage.read(context, folder + "/out").count() == 5
    assert names_in(folder) == ["out"]


def test_a_failing_swap_brings_the_old_data_back(context, folder, monkeypatch):
    storage.write(context, context.spark.range(5), folder + "/out", "parquet")
    rename = writing._rename

    def fail_for_the_new(source, target):
        if source.name.endswith(context.operation_id):
            raise OSError("no")
        rename(source, target)

    monkeypatch.setattr(writing, "_rename", fail_for_the_new)
    with pytest.raises(OSError):
        storage.write(context, context.spark.range(2), folder + "/out", "parquet", "overwrite")
    assert storage.read(context, folder + "/out").count() == 5
    assert names_in(folder) == ["out"]


def test_the_old_data_of_a_swap_cut_off_is_pointed_at(context, folder):
    storage.write(context, context.spark.range(5), folder + "/out", "parquet")
    Path(folder, "out").rename(folder + "/.out.op-1.old")
    with pytest.raises(Refused, match=r"whole at 'file:.*/\.out\.op-1\.old'"):
        storage.read(context, folder + "/out", "parquet")


def test_a_folder_of_data_sets_is_not_overwritten(context, folder):
    storage.write(context, context.spark.range(5), folder + "/all/orders", "parquet")
    with pytest.raises(Refused, match="holds other folders.*orders"):
        storage.write(context, context.spark.range(1), folder + "/all", "parquet", "overwrite")


def test_plain_files_do_not_spoil_a_delta_table(context, folder):
    save(folder + "/t/_delta_log/00000000000000000000.json", "{}")
    for mode in ("overwrite", "append"):
        with pytest.raises(Refused, match="is a Delta table"):
            storage.write(context, context.spark.range(1), folder + "/t", "parquet", mode)


def test_appending_other_columns_is_refused_by_name(context, folder):
    spark = context.spark
    storage.write(context, spark.sql("select 1 id, 'a' name"), folder + "/out", "parquet")
    with pytest.raises(Refused) as refused:
        storage.write(context, spark.sql("select 1L id, 'a' nam"), folder + "/out", "parquet", "append")
    assert refused.value.problems == [
        "no column 'name' (did you mean 'nam'?)", "column 'nam' is not there (did you mean 'name'?)",
        "column 'id' is int there, bigint here"]


def test_appending_csv_in_another_order_is_refused(context, folder):
    spark = context.spark
    storage.write(context, spark.sql("select 1 a, 2 b"), folder + "/out", "csv")
    with pytest.raises(Refused) as refused:
        storage.write(context, spark.sql("select 1 b, 2 a"), folder + "/out", "csv", "append")
    assert refused.value.problems == ["csv files have the order a, b"]


def test_appending_another_format_is_refused(context, folder):
    storage.write(context, context.spark.range(1), folder + "/out", "csv")
    with pytest.raises(Refused, match="holds csv"):
        storage.write(context, context.spark.range(1), folder + "/out", "parquet", "append")


def test_dynamic_overwrite_keeps_the_other_partitions(context, folder):
    spark = context.spark
    storage.write(context, spark.sql("select * from values (1, 'a'), (2, 'b') t(n, p)"),
                  folder + "/out", "parquet", partition_by=["p"])
    storage.write(context, spark.sql("select 3 n, 'b' p"), folder + "/out", "parquet", "overwrite",
                  {"partitionOverwriteMode": "dynamic"}, ["p"])
    assert rows_of(storage.read(context, folder + "/out")) == [(1, "a"), (3, "b")]


def test_rows_that_no_shared_storage_holds_are_noticed(context, folder, monkeypatch):
    storage.write(context, context.spark.range(5), folder + "/out", "parquet")
    measure = writing.Place.measure
    monkeypatch.setattr(writing.Place, "measure",
                        lambda place: (0, 0) if "op-test" in place.name else measure(place))
    with pytest.raises(Refused, match="disks of their own"):
        storage.write(context, context.spark.range(2), folder + "/out", "parquet", "overwrite")
    assert storage.read(context, folder + "/out").count() == 5


def test_rows_on_other_machines_disks_are_noticed(context, folder, monkeypatch):
    monkeypatch.setattr(writing, "hosts", lambda spark: {"a", "b"})
    assert storage.write(context, context.spark.range(5), folder + "/out", "csv")["rows"] == 5
    save_all = writing.Writer._save

    def save_in_part(writer, path, mode):
        rows = save_all(writer, path, mode)
        next(iter(Path(path.replace("file:", "")).glob("part-*"))).unlink()
        return rows

    monkeypatch.setattr(writing.Writer, "_save", save_in_part)
    with pytest.raises(Refused, match="disks of their own"):
        storage.write(context, context.spark.range(2), folder + "/out", "csv", "overwrite")
    assert storage.read(context, folder + "/out").count() == 5


def test_old_data_that_can_not_be_deleted_is_told(context, folder, monkeypatch):
    storage.write(context, context.spark.range(5), folder + "/out", "parquet")
    delete = writing.Place.delete

    def refuse_old(place):
        if place.name.endswith(".old"):
            raise OSError("no permission")
        delete(place)

    monkeypatch.setattr(writing.Place, "delete", refuse_old)
    assert storage.write(context, context.spark.range(2), folder + "/out", "parquet", "overwrite")["rows"] == 2
    assert "could not be deleted" in context.warnings[0]
    assert storage.read(context, folder + "/out").count() == 2


def test_a_count_that_never_comes_is_counted_from_the_files(context, folder, monkeypatch):
    monkeypatch.setattr(writing, "get_in_time", lambda observation: None)
    assert storage.write(context, context.spark.range(7), folder + "/out", "csv")["rows"] == 7


# Packages

def test_delta_without_its_package_names_package_and_settings(context, folder):
    with pytest.raises(Refused) as refused:
        storage.write(context, context.spark.range(1), folder + "/out", "delta")
    if storage.package_for(context.spark, "delta"):
        assert "io.delta:delta-spark_2.1" in refused.value.message
        assert "spark.jars.packages=io.delta" in refused.value.next_step
        assert "spark.sql.extensions=" in refused.value.next_step


def test_avro_needs_the_package_of_this_spark_unless_it_is_inside(context, folder):
    try:
        storage.write(context, context.spark.range(3), folder + "/out", "avro")
    except Refused as refused:
        assert "org.apache.spark:spark-avro_2.1" in refused.message
        assert refused.message.endswith(":" + context.spark.version)
        assert context.spark.version < "4.3"
    else:
        assert rows_of(storage.read(context, folder + "/out")) == [(0,), (1,), (2,)]
