"""Writes that lose nothing: what they overwrite, what fails, what is cancelled, what has no shared storage."""

import threading
from pathlib import Path

import pytest
from pyspark.sql import functions as F

from runner import storage
from runner.context import Cancelled, Context, Refused
from runner.storage import files, staging, writer

from folders import names_in, rows_of, save


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
    # Of an append, Spark's hidden _temporary may come back with a task that ends late.
    hidden = ["_SUCCESS", "_temporary"] if mode == "append" else ["_SUCCESS"]
    assert [name for name in names_in(folder + "/out") if name not in hidden] == \
        [name for name in before if name not in hidden]


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
        if list(Path(folder).glob(".out.op-cancelled/data/_temporary/*/_temporary/*/part*")):
            spark.sparkContext.cancelJobGroup("op-cancelled")
        thread.join(0.1)
    assert "cancelled" in str(errors[0]).lower()
    assert storage.read(context, folder + "/out").count() == 5
    assert names_in(folder) == ["out"]


def test_a_failing_swap_brings_the_old_data_back(context, folder, monkeypatch):
    storage.write(context, context.spark.range(5), folder + "/out", "parquet")
    rename = staging._rename

    def fail_for_the_new(source, target):
        if source.name == "data":
            raise OSError("no")
        rename(source, target)

    monkeypatch.setattr(staging, "_rename", fail_for_the_new)
    with pytest.raises(OSError):
        storage.write(context, context.spark.range(2), folder + "/out", "parquet", "overwrite")
    assert storage.read(context, folder + "/out").count() == 5
    assert names_in(folder) == ["out"]


def test_the_old_data_of_a_swap_cut_off_is_pointed_at(context, folder):
    storage.write(context, context.spark.range(5), folder + "/out", "parquet")
    Path(folder, "out").rename(folder + "/.out.op-1.old")
    with pytest.raises(Refused, match=r"whole at 'file:.*/\.out\.op-1\.old'"):
        storage.read(context, folder + "/out", "parquet")


def test_what_spark_has_not_written_is_not_overwritten(context, folder):
    storage.write(context, context.spark.range(5), folder + "/all", "parquet")
    storage.write(context, context.spark.range(5), folder + "/all/orders", "parquet")
    for name in ("notes.txt", "main.py", ".git/config", "parts.csv", "part-1.doc", "z"):
        save(folder + "/all/" + name, "mine")
    for format in ("parquet", "csv"):
        with pytest.raises(Refused, match=r"no part of a data set of Spark's: .git/, main.py, notes.txt, orders/, "
                                          r"part-1.doc and 2 more$"):
            storage.write(context, context.spark.range(1), folder + "/all", format, "overwrite")
    assert names_in(folder) == ["all"] and "main.py" in names_in(folder + "/all")


def test_what_lies_between_partitions_is_not_overwritten(context, folder):
    df = context.spark.sql("select id, id % 2 p, 'x y' q from range(4)")
    storage.write(context, df, folder + "/out", "csv", partition_by=["p", "q"])
    assert storage.write(context, df, folder + "/out", "csv", "overwrite", partition_by=["p", "q"])["rows"] == 4
    [inner] = Path(folder, "out", "p=1").iterdir()
    save(str(inner / "notes.txt"), "mine")
    for options in ({}, {"partitionOverwriteMode": "dynamic"}):
        with pytest.raises(Refused, match="p=1/q=x y/notes.txt"):
            storage.write(context, df, folder + "/out", "csv", "overwrite", options, ["p", "q"])


def test_a_single_file_is_not_turned_into_a_folder(context, folder):
    path = save(folder + "/a.csv", "n\n1\n")
    with pytest.raises(Refused, match="is a single file"):
        storage.write(context, context.spark.range(1), path, "csv", "overwrite")
    assert Path(path).read_text() == "n\n1\n"


@pytest.mark.parametrize("names", [(), ("_SUCCESS",), ("_temporary/0/x",), ("part-00000", "part-r-00001.orc", "_metadata"),
                                   ("p=1/q=2/part-00000-1.c000.csv", "_SUCCESS", "._SUCCESS.crc")])
def test_data_sets_of_spark_and_empty_folders_are_overwritten(context, folder, names):
    Path(folder, "out").mkdir()
    for name in names:
        save(folder + "/out/" + name, "x")
    assert storage.write(context, context.spark.range(3), folder + "/out", "parquet", "overwrite")["rows"] == 3
    assert storage.read(context, folder + "/out").count() == 3
    assert names_in(folder) == ["out"]


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
    measure = files.Place.measure
    monkeypatch.setattr(files.Place, "measure",
                        lambda place: (0, 0) if place.name == "data" else measure(place))
    with pytest.raises(Refused, match="disks of their own"):
        storage.write(context, context.spark.range(2), folder + "/out", "parquet", "overwrite")
    assert storage.read(context, folder + "/out").count() == 5


@pytest.mark.parametrize("mode, left", [("overwrite", 5), ("append", 6)])
def test_rows_on_other_machines_disks_are_noticed(mode, left, context, folder, monkeypatch):
    monkeypatch.setattr(writer, "hosts", lambda spark: {"a", "b"})
    assert storage.write(context, context.spark.range(5), folder + "/out", "csv")["rows"] == 5
    save_all = writer.Writer._save

    def save_in_part(writer, path, mode, with_parts):
        folder = Path(path.replace("file:", ""))
        before = set(folder.glob("part-*"))
        rows = save_all(writer, path, mode, with_parts)
        (set(folder.glob("part-*")) - before).pop().unlink()
        return rows

    monkeypatch.setattr(writer.Writer, "_save", save_in_part)
    with pytest.raises(Refused, match="disks of their own"):
        storage.write(context, context.spark.range(2), folder + "/out", "csv", mode)
    assert storage.read(context, folder + "/out").count() == left


AWKWARD = [("a",), ("two\nlines",), ("crlf\r\nhere",), ('say "no"',), ("",), ("a, b",), ("back\\slash",)]


@pytest.mark.parametrize("format", ["csv", "text", "json", "parquet"])
def test_rows_with_line_breaks_are_written_and_counted_on_several_machines(context, folder, monkeypatch, format):
    monkeypatch.setattr(writer, "hosts", lambda spark: {"a", "b"})
    df = context.spark.createDataFrame(AWKWARD * 3, "x string").repartition(3)
    assert storage.write(context, df, folder + "/out", format)["rows"] == 3 * len(AWKWARD)
    assert [warning for warning in context.warnings if "empty texts" not in warning] == []


def test_spaces_survive_csv_and_empty_texts_are_told_or_kept(context, folder):
    df = context.spark.sql("select * from values (1, ' a '), (2, ''), (3, null) t(n, x)")
    storage.write(context, df, folder + "/out", "csv")
    assert rows_of(storage.read(context, folder + "/out")) == [(1, " a "), (2, None), (3, None)]
    assert "1 rows hold empty texts" in context.warnings[0] and '{"nullValue": "\\\\N"}' in context.warnings[0]
    context.warnings.clear()
    storage.write(context, df, folder + "/kept", "csv", options={"nullValue": "\\N"})
    assert rows_of(storage.read(context, folder + "/kept", options={"nullValue": "\\N"})) == [
        (1, " a "), (2, ""), (3, None)]
    assert context.warnings == []


def test_partitions_and_small_files_are_counted_on_several_machines(context, folder, monkeypatch):
    monkeypatch.setattr(writer, "hosts", lambda spark: {"a", "b"})
    df = context.spark.range(0, 100, 1, 4).selectExpr("id", "id % 3 p").where("id > 30")
    answer = storage.write(context, df, folder + "/out", "csv", "error", {"maxRecordsPerFile": 5}, ["p"])
    assert answer["rows"] == 69 and answer["files"] > 9


@pytest.mark.parametrize("machines", [1, 2])
@pytest.mark.parametrize("header", [True, False])
def test_rows_of_a_null_alone_that_csv_loses_are_told_as_that(context, folder, monkeypatch, machines, header):
    monkeypatch.setattr(writer, "hosts", lambda spark: set("ab"[:machines]))
    df = context.spark.sql("select * from values (1), (null), (null) t(n)")
    assert storage.write(context, df, folder + "/out", "csv", options={"header": header})["rows"] == 1
    lines = "".join(path.read_text() for path in Path(folder, "out").glob("part-*")).replace("n\n", "")
    assert lines == "1\n"
    assert "2 of 3 rows hold a null and nothing else" in context.warnings[0]
    nulls = df.where("n is null")
    assert storage.write(context, nulls, folder + "/none", "csv", options={"header": header})["rows"] == 0


def test_following_the_advice_keeps_rows_of_a_null_alone(context, folder):
    df = context.spark.sql("select * from values (1), (null) t(n)")
    assert storage.write(context, df, folder + "/out", "csv", options={"nullValue": "NULL"})["rows"] == 2
    assert storage.write(context, df, folder + "/json", "json")["rows"] == 2
    assert context.warnings == []
    assert rows_of(storage.read(context, folder + "/out").where("n is null")) == [(None,)]
    assert storage.read(context, folder + "/json").count() == 2


def test_rows_of_nulls_in_two_columns_are_not_lost(context, folder):
    df = context.spark.sql("select * from values (1, 'a'), (null, null) t(n, x)")
    assert storage.write(context, df, folder + "/out", "csv")["rows"] == 2
    assert context.warnings == []
    assert storage.read(context, folder + "/out").count() == 2


def test_rows_are_counted_as_written_when_spark_does_not_tell(context, folder, monkeypatch):
    monkeypatch.setattr(writer, "get_in_time", lambda observation: None)
    df = context.spark.createDataFrame([(1, "two\nlines"), (2, 'say "no"\r\n')], "n int, x string")
    assert storage.write(context, df, folder + "/out", "csv")["rows"] == 2


def test_old_data_that_can_not_be_deleted_is_told(context, folder, monkeypatch):
    storage.write(context, context.spark.range(5), folder + "/out", "parquet")
    delete = files.Place.delete

    def refuse_old(place):
        if place.name.endswith(".old"):
            raise OSError("no permission")
        delete(place)

    monkeypatch.setattr(files.Place, "delete", refuse_old)
    assert storage.write(context, context.spark.range(2), folder + "/out", "parquet", "overwrite")["rows"] == 2
    assert "could not be deleted" in context.warnings[0]
    assert storage.read(context, folder + "/out").count() == 2


def test_a_count_that_never_comes_is_counted_from_the_files(context, folder, monkeypatch):
    monkeypatch.setattr(writer, "get_in_time", lambda observation: None)
    assert storage.write(context, context.spark.range(7), folder + "/out", "csv")["rows"] == 7
