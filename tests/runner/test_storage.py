"""Files as data sources, and writing them. That nothing is lost: test_storage_safe.py."""

import gzip
import http.server
import json
import threading
from pathlib import Path

import pyspark
import pytest

from runner import storage
from runner.context import Context, Refused
from runner.storage import formats, reading

from folders import names_in, rows_of, save

FLIGHTS = Path(__file__).resolve().parents[2] / "examples" / "data"


# Finding formats

@pytest.mark.parametrize("name, format", [
    ("a.csv", "csv"), ("a.csv.gz", "csv"), ("a.TSV", "csv"), ("a.jsonl", "json"), ("a.ndjson", "json"),
    ("a.parquet", "parquet"), ("a.snappy.parquet", "parquet"), ("a.orc", "orc"), ("a.avro", "avro"),
    ("a.txt", "text"), ("a.log", "text")])
def test_the_format_is_found_from_a_file_name(context, folder, name, format):
    save(folder + "/" + name, "x")
    assert formats.find_format(context, folder + "/" + name) == format


@pytest.mark.parametrize("format", ["parquet", "orc", "json", "csv", "text"])
def test_the_format_of_a_folder_is_found_from_its_files(context, folder, format):
    df = context.spark.createDataFrame([("a",), ("b",)], ["x"])
    storage.write(context, df, folder + "/data", format)
    assert formats.find_format(context, folder + "/data") == format


def test_the_format_of_a_partitioned_folder_is_found(context, folder):
    df = context.spark.createDataFrame([("a", 1), ("b", 2)], ["x", "p"])
    storage.write(context, df, folder + "/data", "parquet", partition_by=["p"])
    assert formats.find_format(context, folder + "/data") == "parquet"
    assert formats.find_format(context, folder + "/data/*") == "parquet"


@pytest.mark.parametrize("text, format", [
    ('{"a": 1}\n{"a": 2}\n', "json"), ('[{"a": 1}]', "json"), ("a,b\n1,2\n", "csv"),
    ("a;b\n1;2\n", "csv"), ("only words\nin lines\n", "text")])
def test_without_an_ending_the_first_bytes_tell_the_format(context, folder, text, format):
    assert formats.find_format(context, save(folder + "/data", text)) == format


def test_a_parquet_file_without_an_ending_is_known_by_its_mark(context, folder):
    storage.write(context, context.spark.range(1).coalesce(1), folder + "/data", "parquet")
    [file] = [path for path in Path(folder, "data").glob("part-*")]
    file.rename(folder + "/plain")
    assert formats.find_format(context, folder + "/plain") == "parquet"
    assert storage.read(context, folder + "/plain").collect()[0].id == 0


def test_a_delta_table_is_known_by_its_log(context, folder):
    save(folder + "/t/_delta_log/00000000000000000000.json", "{}")
    assert formats.find_format(context, folder + "/t") == "delta"


def test_a_folder_of_several_formats_is_refused_with_the_counts(context, folder):
    save(folder + "/d/a.csv", "a\n1\n")
    save(folder + "/d/b.json", "{}")
    save(folder + "/d/c.json", "{}")
    with pytest.raises(Refused) as refused:
        formats.find_format(context, folder + "/d")
    assert "json (2), csv (1)" in refused.value.message


def test_unknown_bytes_are_refused(context, folder):
    Path(folder, "data").write_bytes(b"\0\1\2\3")
    with pytest.raises(Refused, match="can't be told"):
        formats.find_format(context, folder + "/data")


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


def test_the_encoding_of_csv_over_http_is_found(context, folder, web):
    Path(folder, "a.csv").write_bytes("n,t\n1,Zürich\n".encode("latin-1"))
    assert rows_of(storage.read(context, web + "a.csv")) == [(1, "Zürich")]


def test_values_with_line_breaks_over_http_are_refused(context, folder, web):
    save(folder + "/a.csv", 'n,t\n1,"two\nlines"\n')
    with pytest.raises(Refused, match="its values have line breaks"):
        storage.read(context, web + "a.csv")


def test_parquet_over_http_is_refused(context, web):
    with pytest.raises(Refused, match="can't read parquet over http"):
        storage.read(context, web + "a.parquet")


def test_too_much_over_http_is_refused(context, folder, web, monkeypatch):
    monkeypatch.setattr(reading, "WEB_LIMIT", 1000)
    save(folder + "/a.csv", "a\n" + "1\n" * 1000)
    with pytest.raises(Refused, match="larger than"):
        storage.read(context, web + "a.csv")


@pytest.mark.parametrize("name", ["_x.csv", ".x.csv"])
def test_names_that_spark_skips_are_refused_with_that(context, folder, name):
    path = save(folder + "/d/" + name, "a,b\n1,2\n")
    for format in (None, "csv"):
        with pytest.raises(Refused, match="is not read by Spark: its name begins with _ or a dot"):
            storage.read(context, path, format)
    with pytest.raises(Refused, match="begin with _ or a dot, such as " + name):
        storage.read(context, folder + "/d")


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


@pytest.mark.parametrize("format", ["csv", "json"])
def test_moments_are_whole_in_text_formats(context, folder, format):
    """Microseconds, the hour that comes twice, an offset of before there were time zones."""
    spark = context.spark
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    try:
        df = spark.sql("SELECT timestamp'2024-01-02 03:04:05.123456' AS a, timestamp_micros(1730615400000001) AS b, "
                       "timestamp'1850-01-01 00:00:00' AS c, timestamp_ntz'2024-01-02 03:04:05.000001' AS d")
        storage.write(context, df, folder + "/out", format)
        back = spark.read.schema(df.schema).format(format).option("header", "true").load(folder + "/out")
        assert back.select("a", "b", "c", "d").collect() == df.collect()
        storage.write(context, df, folder + "/days", format, options={"timestampFormat": "yyyy-MM-dd"})
        text = "".join(part.read_text() for part in Path(folder, "days").glob("part-*"))
        assert "2024-01-02" in text and "T03:04:05.123456" not in text
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")  # as conftest.py does


@pytest.mark.parametrize("value, format", [
    ("map(date'2024-01-01', 1)", "json"), ("array(map(array(1), 1))", "json"), ("map('a', map(X'FE', 1))", "json"),
    pytest.param("map(1, 1)", "xml", marks=pytest.mark.skipif(pyspark.__version__ < "4", reason="has no xml"))])
def test_maps_whose_keys_a_format_would_garble_are_refused(context, folder, value, format):
    with pytest.raises(Refused) as refused:
        storage.write(context, context.spark.sql("SELECT 1 AS n, %s AS m" % value), folder + "/out", format)
    assert "`m`" in str(refused.value) and "map_entries(`m`) AS `m`" in refused.value.next_step
    assert names_in(folder) == []


def test_maps_whose_keys_are_texts_as_they_are_become_json(context, folder):
    df = context.spark.sql("SELECT map(1, 'a') AS i, map(1.50BD, 'a') AS d, map(true, 'a') AS b, map('k', 'a') AS s")
    storage.write(context, df.coalesce(1), folder + "/out", "json")
    [part] = Path(folder, "out").glob("part-*")
    assert json.loads(part.read_text()) == {"i": {"1": "a"}, "d": {"1.50": "a"}, "b": {"true": "a"}, "s": {"k": "a"}}


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
    with pytest.raises(Refused, match="read-only"):
        storage.write(context, spark.range(1), folder + "/out", "parquet")
    assert names_in(folder) == []


# Packages

def test_delta_without_its_package_names_package_and_settings(context, folder):
    with pytest.raises(Refused) as refused:
        storage.write(context, context.spark.range(1), folder + "/out", "delta")
    if formats.package_for(context.spark, "delta"):
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
