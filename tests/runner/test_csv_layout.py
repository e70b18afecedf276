"""Csv files as they come: what Python has written is what Spark reads, without an option."""

import csv
import gzip
import io
import json
import random
import re
from collections import Counter
from pathlib import Path

import pytest
from pyspark.sql import Row

from runner import storage
from runner.context import Context, Refused
from runner.data import run as data
from runner.sql import run as sql
from runner.storage.csv import columns, dialect, layout

from folders import rows_of, save

FLIGHTS = Path(__file__).resolve().parents[2] / "examples" / "data" / "flights-2013-01.csv.gz"
TEXTS = ["plain", 'say "hi", ok', "a;b|c\td", "two\nlines", "Zürich", "it's", "C:\\dir\\", "x\\\"y", " spaced ", "ok"]


def put(path, content):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(content)
    return str(path)


def written(rows, encoding="utf-8", **dialect):
    """As Python's csv module writes them."""
    stream = io.StringIO(newline="")
    csv.writer(stream, **{"lineterminator": "\n", **dialect}).writerows(rows)
    return stream.getvalue().encode(encoding)


def table(context, path, **arguments):
    """Names and rows, in order."""
    df = storage.read(context, path, "csv", **arguments)
    return df.columns, [tuple(row) for row in df.collect()]


def advice(sentence):
    """The options that a warning names."""
    return json.loads(re.search(r"options (\{.*?\})", sentence).group(1))


# Characters

@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_what_python_writes_is_read_back(spark, folder, encoding, delimiter):
    context = Context(spark, "op")
    rows = [(number, text, text[::-1]) for number, text in enumerate(TEXTS)]
    path = put(folder + "/a.csv", written([("id", "näme", "back")] + rows, encoding, delimiter=delimiter))
    assert table(context, path) == (["id", "näme", "back"], rows)
    assert ("ISO-8859-1" in " ".join(context.warnings)) == (encoding == "latin-1")


def test_empty_values_before_quoted_ones_are_null(context, folder):
    for delimiter in ",;\t|":
        text = 'a,b,c\n1,,"x, y"\n2,,z\n'.replace(",", delimiter)
        found = table(context, save(folder + "/%d.csv" % ord(delimiter), text))
        assert found == (["a", "b", "c"], [(1, None, "x, y".replace(",", delimiter)), (2, None, "z")])


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
def test_line_ends_and_quoting_do_not_matter(context, folder, ending, quoting):
    rows = [(1, "x, y"), (2, 'a "b" c'), (3, "z")]
    path = put(folder + "/a.csv", written([("n", "t")] + rows, lineterminator=ending, quoting=quoting))
    assert table(context, path) == (["n", "t"], rows)
    assert context.warnings == []


def test_backslashes_before_quotes_are_read_back(context, folder):
    rows = [(1, 'say "hi", ok'), (2, "x, y")]
    path = put(folder + "/a.csv", written([("n", "t")] + rows, doublequote=False, escapechar="\\"))
    assert table(context, path) == (["n", "t"], rows)


def test_single_quotes_around_values_are_quotes(context, folder):
    rows = [(1, "x, y"), (2, "it's"), (3, "z")]
    path = put(folder + "/a.csv", written([("n", "t")] + rows, quotechar="'", quoting=csv.QUOTE_NONNUMERIC))
    assert table(context, path) == (["n", "t"], rows)


def test_apostrophes_are_no_quotes(context, folder):
    path = save(folder + "/a.csv", "n,t\n1,'tis\n2,o'clock, \n".replace(", \n", "\n"))
    assert table(context, path) == (["n", "t"], [(1, "'tis"), (2, "o'clock")])


@pytest.mark.parametrize("delimiter, given", [("||", "||"), ("\t", "\\t"), (":", ":")])
def test_other_delimiters_are_taken_where_given(context, folder, delimiter, given):
    path = save(folder + "/a.csv", "\n".join(delimiter.join(row) for row in [("n", "t"), ("1", "x|y"), ("NA", "z")]))
    assert table(context, path, options={"sep": given}) == (["n", "t"], [(1, "x|y"), (None, "z")])


def test_blanks_behind_delimiters_do_not_hide_quotes_and_numbers(context, folder):
    path = save(folder + "/a.csv", 'n, t, m\n1, "x, y", 5\n2, z, 6\n')
    assert table(context, path) == (["n", "t", "m"], [(1, "x, y", 5), (2, "z", 6)])


def test_a_quote_that_is_never_closed_costs_no_other_row(spark, folder):
    context = Context(spark, "op")
    path = save(folder + "/a.csv", 'n,t\n1,x\n2,"y\n3,z\n')
    assert [row[0] for row in table(context, path)[1]] == [1, 2, 3]
    assert "not closed" in context.warnings[0]


def test_what_spark_has_written_is_read_back(context, folder):
    rows = [(1, 'say "x", \\'), (2, "C:\\d, x\\y"), (3, "plain"), (4, "two\nlines")]
    df = context.spark.createDataFrame(rows, "n int, t string").coalesce(1)
    storage.write(context, df, folder + "/out", "csv")
    assert table(context, folder + "/out") == (["n", "t"], rows)


@pytest.mark.parametrize("seed", range(12))
def test_random_tables_are_read_back(context, folder, seed):
    chance = random.Random(seed)
    letters = 'ab"\n,;|\' \\é' if seed % 2 else "ab, "
    cell = lambda: "w" + "".join(chance.choice(letters) for _ in range(chance.randrange(6))) + "w"
    rows = [(n,) + tuple(cell() for _ in range(3)) for n in range(40)]
    if seed % 4 == 3:
        rows = [tuple(str(value).replace("\n", "\r\n") if number else value for number, value in enumerate(row))
                for row in rows]
    path = put(folder + "/a.csv", written([("n", "a", "b", "c")] + rows, chance.choice(["utf-8", "utf-16"]),
                                          delimiter=chance.choice(",;\t|"),
                                          lineterminator="\r\n" if seed % 4 == 3 else "\n"))
    assert table(context, path) == (["n", "a", "b", "c"], rows)


def test_other_encodings_are_said_and_may_be_said(spark, folder):
    path = put(folder + "/a.csv", "n,t\n1,Zürich\n".encode("latin-1"))
    context = Context(spark, "op")
    assert table(context, path)[1] == [(1, "Zürich")]
    assert "not all is valid UTF-8, the first time in line 2," in context.warnings[0]
    assert table(context, path, options=advice(context.warnings[0]))[1] == [(1, "Z\ufffdrich")]


def test_a_character_that_the_look_cuts_is_no_other_encoding():
    for more in range(4):
        head = ("x" * more + "é" * 100).encode("utf-8")[:101]
        assert dialect.find_encoding(head) == ("UTF-8", 0)


# Header

@pytest.mark.parametrize("text, names, rows", [
    ("id,name,name\n1,a,b\n", ["id", "name1", "name2"], [(1, "a", "b")]),
    ("id,,x\n1,a,b\n", ["id", "_c1", "x"], [(1, "a", "b")]),
    ("yes,yes,no\nno,yes,no\n", ["_c0", "_c1", "_c2"], [("no", "yes", "no"), ("yes", "yes", "no")]),
    ("x,1\ny,2\n", ["_c0", "_c1"], [("x", 1), ("y", 2)]), ("a,b\n", ["a", "b"], []),
    ('"a, b","c"\n1,2\n', ["a, b", "c"], [(1, 2)])])
def test_headers_are_told_from_rows(context, folder, text, names, rows):
    found = table(context, save(folder + "/a.csv", text))
    assert (found[0], sorted(found[1])) == (names, rows)


def test_a_doubtful_header_is_told_and_may_be_said(spark, folder):
    path = save(folder + "/a.csv", "name,name\nx,y\n")
    context = Context(spark, "op")
    assert len(table(context, path)[1]) == 2
    assert table(context, path, options=advice(context.warnings[0])) == (["name0", "name1"], [("x", "y")])


def test_repeated_names_are_told(spark, folder):
    context = Context(spark, "op")
    df = storage.read(context, save(folder + "/a.csv", "id,name,name\n1,a,b\n"))
    assert "the header repeats 'name'" in context.warnings[0]
    assert all(name in context.warnings[0] for name in df.columns[1:])


# Words for null, codes

def test_real_flights_without_a_time_are_found_without_options(context):
    truth = [row["dep_time"] for row in csv.DictReader(gzip.open(FLIGHTS, "rt"))]
    views = {"flights": {"path": str(FLIGHTS)}}
    found = sql.run(context, {"sql": "select count(*), sum(dep_time) from flights where dep_time is null; "
                                     "select count(*), sum(dep_time) from flights", "views": views})
    assert found["results"][0]["rows"] == [[truth.count("NA"), None]]
    assert found["results"][1]["rows"] == [[len(truth), sum(int(time) for time in truth if time != "NA")]]
    assert found["views"] == {"flights": {"format": "csv", "options": {
        "delimiter": ",", "header": "true", "inferSchema": "true", "escape": '"', "nullValue": "NA"}}}
    assert "'NA' is read as null in all columns, because of those in 'dep_time', " in context.warnings[0]
    context.spark.catalog.dropTempView("flights")


@pytest.mark.parametrize("word", ["NA", "N/A", "NULL", "null", "None", "-", "?", "\\N", "#N/A"])
def test_a_word_among_numbers_is_null_and_may_be_kept(spark, folder, word):
    path = save(folder + "/a.csv", "n,t\n1,x\n%s,y\n3,%s\n" % (word, word))
    context = Context(spark, "op")
    assert table(context, path)[1] == [(1, "x"), (None, "y"), (3, None)]
    kept = table(context, path, options=advice(context.warnings[0]))[1]
    assert kept == [("1", "x"), (word, "y"), ("3", word)]


@pytest.mark.parametrize("text", ["country,n\nNA,1\nFR,2\n", "n,t\n1,x\nunknown,y\n", "t\nNA\nNULL\n"])
def test_a_word_among_texts_is_a_text(context, folder, text):
    truth = [tuple(row) for row in csv.reader(io.StringIO(text))]
    _, rows = table(context, save(folder + "/a.csv", text))
    assert [tuple(map(str, row)) for row in rows] == truth[1:]


def test_a_second_word_is_told(spark, folder):
    context = Context(spark, "op")
    storage.read(context, save(folder + "/a.csv", "n,m\n1,-\nNA,2\nNA,3\n"))
    assert "'NA' is read as null in all" in context.warnings[0] and "'-' makes texts of 'm'" in context.warnings[1]


def test_a_word_that_also_stands_in_texts_is_told(spark, folder):
    context = Context(spark, "op")
    storage.read(context, save(folder + "/a.csv", "country,n\nNA,1\nFR,NA\n"))
    assert "because of those in 'n' (it is also in texts: 'country')" in context.warnings[0]


def test_other_files_are_learned_from(spark, folder):
    context = Context(spark, "op")
    save(folder + "/d/a.csv", "n,zip,t\n1,10115,x\n")
    save(folder + "/d/b.csv", 'n,zip,t\nNA,00501,"two\nlines"\n')
    df = storage.read(context, folder + "/d")
    assert sorted(map(str, df.collect())) == sorted(map(str, [
        Row(n=1, zip="10115", t="x"), Row(n=None, zip="00501", t="two\nlines")]))


def test_another_encoding_of_another_file_is_told(spark, folder):
    context = Context(spark, "op")
    put(folder + "/d/a.csv", "t,n\nZürich,1\n".encode("utf-8"))
    put(folder + "/d/b.csv", "t,n\nZürich,2\n".encode("latin-1"))
    put(folder + "/d/c.csv", b"t,n\nZurich,3\n")
    storage.read(context, folder + "/d")
    assert "'b.csv' is ISO-8859-1, and 'a.csv' is UTF-8" in context.warnings[0] and len(context.warnings) == 1


def test_plain_letters_take_the_encoding_of_another_file(context, folder):
    put(folder + "/d/a.csv", b"t,n\nOslo,1\n")
    put(folder + "/d/b.csv", "t,n\nZürich,2\n".encode("latin-1"))
    assert rows_of(storage.read(context, folder + "/d")) == [("Oslo", 1), ("Zürich", 2)]


def test_zeros_and_plus_signs_in_front_are_kept(spark, folder):
    path = save(folder + "/a.csv", "zip,phone,n,x\n00501,+4930123456,1,0.5\n10115,+4940123456,0,0\nNA,NA,NA,NA\n")
    context = Context(spark, "op")
    df = storage.read(context, path)
    assert [tuple(row) for row in df.collect()] == [
        ("00501", "+4930123456", 1, 0.5), ("10115", "+4940123456", 0, 0.0), (None,) * 4]
    assert "are kept, as texts, in 'zip' and 'phone'" in context.warnings[1]
    assert table(context, path, options=advice(context.warnings[1]))[1][0][:2] == (501, 4930123456)
    assert storage.read(context, path, schema="zip int, phone long, n int, x double").first()[0] == 501


@pytest.mark.parametrize("format", ["csv", "parquet", "json", "orc"])
def test_zeros_in_front_of_folders_values_are_kept(context, folder, format):
    df = context.spark.sql("select * from values ('00501', 1), ('10115', 2) t(zip, n)") \
        .selectExpr("zip", "n", "lpad(n, 2, '0') month", "n year")
    storage.write(context, df, folder + "/out", format, partition_by=["year", "month"])
    back = storage.read(context, folder + "/out")
    assert rows_of(back.select("zip", "n", "year", "month")) == [("00501", 1, 1, "01"), ("10115", 2, 2, "02")]
    storage.write(context, back, folder + "/again", "parquet", partition_by=["month"])
    assert rows_of(storage.read(context, folder + "/again").select("month")) == [("01",), ("02",)]


# Several files

def test_columns_in_other_orders_are_read_by_name(spark, folder):
    context = Context(spark, "op")
    save(folder + "/d/a.csv", "id,x,t\n1,2,a\n")
    save(folder + "/d/b.csv", "t,id,x\nb,3,4\n")
    save(folder + "/d/c.csv", "id,x,t\n5,6,c\n")
    df = storage.read(context, folder + "/d")
    assert df.dtypes == [("id", "int"), ("x", "int"), ("t", "string")]
    assert rows_of(df) == [(1, 2, "a"), (3, 4, "b"), (5, 6, "c")]
    assert "'b.csv' has its columns in another order: columns go by name" in context.warnings[0]


def test_columns_that_a_file_has_not_are_null_and_told(spark, folder):
    context = Context(spark, "op")
    save(folder + "/d/a.csv", "id,x\n1,2\n")
    save(folder + "/d/b.csv", "id,y\n3,z\n")
    assert rows_of(storage.read(context, folder + "/d")) == [(1, 2, None), (3, None, "z")]
    assert "'b.csv' has no 'x'; also 'y'" in context.warnings[0]


def test_other_orders_come_with_partitions_and_corrupt_records(context, folder):
    save(folder + "/d/m=01/a.csv", "id,x\n1,2\n")
    save(folder + "/d/m=02/b.csv", "x,id\n4,3\n5\n")
    df = storage.read(context, folder + "/d", with_corrupt=True)
    assert df.columns == ["id", "x", "m", "_corrupt_record"]
    assert sorted(str(tuple(row)) for row in df.collect()) == sorted(map(str, [
        (1, 2, "01", None), (3, 4, "02", None), (None, 5, "02", "5")]))


def test_codes_are_kept_in_other_orders_too(context, folder):
    save(folder + "/d/a.csv", "id,zip\n1,10115\n")
    save(folder + "/d/b.csv", "zip,id\n00501,2\n")
    assert rows_of(storage.read(context, folder + "/d")) == [(1, "10115"), (2, "00501")]


def test_types_that_differ_between_orders_become_texts(context, folder):
    save(folder + "/d/a.csv", "id,x\n1,2\n")
    save(folder + "/d/b.csv", "x,id\nmany,3\n")
    assert rows_of(storage.read(context, folder + "/d")) == [(1, "2"), (3, "many")]


def test_other_orders_are_refused_where_a_schema_goes_by_place(context, folder):
    save(folder + "/d/a.csv", "id,x\n1,2\n")
    save(folder + "/d/b.csv", "x,id\n4,3\n")
    with pytest.raises(Refused, match="'a.csv' has id, x, 'b.csv' has x, id"):
        storage.read(context, folder + "/d", schema="id int, x int")


def test_no_file_of_many_is_read_by_place_silently(context, folder):
    for number in range(layout.LOOKED_AT + 10):
        save(folder + "/d/%03d.csv" % number, "id,x\n%d,0\n" % number)
    df = storage.read(context, folder + "/d")
    assert df.count() == layout.LOOKED_AT + 10
    save(folder + "/d/999.csv", "x,id\n0,1\n")
    with pytest.raises(Exception, match="(?s)does not conform to the schema|MISMATCH"):
        storage.read(context, folder + "/d").where("x > 5").collect()


def test_a_file_without_a_header_is_not_taken_for_another_order(context, folder):
    save(folder + "/d/a.csv", "id,x\n1,2\n")
    save(folder + "/d/b.csv", "3,4\n5,6\n")
    assert storage.read(context, folder + "/d").columns == ["id", "x"]


# What is told, and who has the last word

@pytest.mark.parametrize("option", [
    {"delimiter": ";"}, {"sep": ";"}, {"header": False}, {"quote": "'"}, {"escape": "\\"}, {"multiLine": True},
    {"encoding": "UTF-8"}, {"nullValue": "x"}, {"inferSchema": False}, {"ignoreLeadingWhiteSpace": False}])
def test_given_options_win(context, folder, option):
    found = storage.open_source(context, save(folder + "/a.csv", "a, b\n1, 2\nNA, 3\n"), options=option)
    [(name, value)] = storage.text_options(option).items()
    told = {key.lower(): text for key, text in found.options.items()}
    assert told[name.lower()] == value
    assert not ("sep" in told and "delimiter" in told)


def test_what_was_found_is_told_by_manage_data_and_may_be_given_back(context, folder):
    path = put(folder + "/a.csv", written([("zip", "t"), ("00501", 'a "b"\nc'), ("NA", "é")], "utf-16", delimiter=";"))
    answer = data.run(context, {"operation": "read", "source_path": path})
    assert answer["options"] == {"delimiter": ";", "header": "true", "inferSchema": "true", "escape": '"',
                                 "multiLine": "true", "encoding": "UTF-16", "nullValue": "NA"}
    assert answer["sample"]["rows"] == [["00501", 'a "b"\nc'], [None, "é"]]
    again = storage.open_source(context, path, "csv", answer["options"])
    assert again.options == answer["options"]
    copied = data.run(context, {"operation": "write", "source_path": path, "target_path": folder + "/out"})
    assert copied["source"]["options"] == answer["options"]
    assert rows_of(storage.read(context, folder + "/out").where("zip is not null")) == [("00501", 'a "b"\nc')]


def test_records_of_other_widths_are_told_of_a_view(spark, folder):
    context = Context(spark, "op")
    path = save(folder + "/a.csv", "a,b\n1,2\n3\n4,5,6\n")
    sql.run(context, {"sql": "select 1", "views": {"odd": {"path": path}}})
    assert "2 of the first 4 records have another number of values than 2, the first in line 3" in context.warnings[0]
    spark.catalog.dropTempView("odd")


def test_a_large_file_is_looked_at_in_its_beginning_only(context, folder, monkeypatch):
    from runner.storage import files
    sizes = []
    head = files.Place.head
    monkeypatch.setattr(files.Place, "head", lambda place, size: sizes.append(size) or head(place, size))
    path = put(folder + "/a.csv", written([("n", "t")] + [(n, "x" * 50) for n in range(20000)]))
    first, second = (storage.open_source(context, path, "csv").options for _ in range(2))
    assert first == second and sizes == [layout.HEAD] * 2
    put(folder + "/d/a.csv", b"n\n1\n")
    put(folder + "/d/b.csv", b"n\n2\n")
    storage.open_source(context, folder + "/d", "csv")
    assert sizes[2:] == [layout.HEAD, layout.FIRST_LINES]


# Without Spark

def test_kinds_of_values_are_known():
    assert all(columns.kind_of([text]) is columns.NUMBER for text in ("1", "-1.5", ".5", "1e5", "NaN", "+3", "5."))
    assert not any(columns.kind_of([text]) for text in ("1a", "1,5", "", "e5", "1-2", "."))


def test_splitting_agrees_with_python(folder):
    chance = random.Random(3)
    for _ in range(300):
        rows = [["".join(chance.choice('ab",\n ') for _ in range(chance.randrange(5))) + "w" for _ in range(3)]
                for _ in range(5)]
        text = written(rows).decode("utf-8")
        found = dialect.split(text, dialect.Dialect(",", '"', '"'))
        assert [[field.text.replace('""', '"') for field in record.fields] for record in found] == rows
        assert Counter(record.is_whole for record in found) == {True: 5}
