"""A driver that is killed in the middle of its writes: what was there is still there."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runner import storage
from runner.context import Context, Refused
from runner.storage import files, staging

from folders import names_in

SOURCE = Path(__file__).resolve().parents[2] / "src"

# Two endless writes over old data, with the process id of the JVM told at the start.
WRITER = """
import sys, threading
sys.path.insert(0, sys.argv[1])
from pyspark.sql import SparkSession
from runner import storage
from runner.context import Context

spark = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
         .config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
         .getOrCreate())
folder = sys.argv[2]
for name in ("overwrite", "append"):
    storage.write(Context(spark, "op-old"), spark.range(5), folder + "/" + name, "parquet")
endless = spark.range(0, 10 ** 14, 1, 1).where("id % 1000000007 = 0")
for name in ("overwrite", "append"):
    threading.Thread(target=storage.write, daemon=True, args=(
        Context(spark, "op-new"), endless, folder + "/" + name, "parquet", name)).start()
print(spark._jvm.java.lang.ProcessHandle.current().pid(), flush=True)
threading.Event().wait(120)
"""


@pytest.fixture
def killed(tmp_path):
    """A folder in which both writes had begun when the JVM was killed."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(SOURCE), str(tmp_path)],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=str(tmp_path))
    try:
        jvm = int(process.stdout.readline())
        deadline = time.monotonic() + 60
        while not all(list(tmp_path.glob(pattern)) for pattern in (
                ".overwrite.op-new/data/_temporary/*/_temporary/*/part*", "append/_temporary/*/_temporary/*/part*")):
            assert time.monotonic() < deadline, sorted(str(path) for path in tmp_path.rglob("*"))
            time.sleep(0.05)
        os.kill(jvm, signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    return tmp_path


def test_the_old_data_outlives_a_driver_killed_in_mid_write(killed, spark):
    for name in ("overwrite", "append"):
        rows = spark.read.parquet(str(killed / name)).collect()
        assert sorted(row.id for row in rows) == [0, 1, 2, 3, 4], name


def test_the_next_write_removes_what_a_killed_one_left(killed, spark):
    context = Context(spark, "op-next")
    assert storage.write(context, spark.range(3), str(killed / "overwrite"), "parquet", "overwrite")["rows"] == 3
    assert "/.overwrite.op-new' was removed" in context.warnings[0]
    assert sorted(path.name for path in killed.iterdir() if "overwrite" in path.name) == ["overwrite"]
    storage.write(context, spark.range(3), str(killed / "append"), "parquet", "append")
    assert not (killed / "append" / "_temporary").exists()


def test_a_folder_of_a_live_write_is_left_alone(spark, folder, monkeypatch):
    """Another server's, on another machine or on this one."""
    one, other = Context(spark, "op-1"), Context(spark, "op-2")
    target = files.Place(spark, folder + "/out")
    for machine in (staging._machine(), "another"):
        monkeypatch.setattr(staging, "_machine", lambda: machine)
        with staging.Staging(one, target) as live:
            monkeypatch.setattr(staging, "_machine", lambda: "this")
            storage.write(other, spark.range(3), folder + "/out", "parquet", "overwrite")
            assert live.is_there() and other.warnings == []
        assert not live.folder.exists()


@pytest.mark.parametrize("has_target", [True, False])
def test_a_sign_that_is_not_renewed_is_of_a_dead_write(spark, folder, monkeypatch, has_target):
    monkeypatch.setattr(staging, "RENEWED", 0)  # neither it is renewed nor waited for
    monkeypatch.setattr(staging.Staging, "_keep_alive", lambda self: None)
    one, other = Context(spark, "op-1"), Context(spark, "op-2")
    target = files.Place(spark, folder + "/out")
    if has_target:
        storage.write(one, spark.range(2), folder + "/out", "parquet")
    with pytest.raises(Refused, match="was removed meanwhile"), staging.Staging(one, target) as late:
        spark.range(5).write.parquet(late.data.uri)
        sign = Path(folder, ".out.op-1", "_alive")
        os.utime(sign, (time.time() - 3600,) * 2)
        with staging.Staging(other, target):
            assert "/.out.op-1' was removed" in other.warnings[0]
        spark.range(1).write.parquet(late.data.uri)  # a task that goes on
        staging.put_in_place(one, late, has_target)
    assert names_in(folder) == (["out"] if has_target else [])


def test_a_write_goes_on_though_the_clock_has_jumped_by_an_hour(spark, folder, monkeypatch):
    monkeypatch.setattr(staging, "RENEWED", 0.5)
    one, other = Context(spark, "op-1"), Context(spark, "op-2")
    target = files.Place(spark, folder + "/out")
    with staging.Staging(one, target) as live:
        os.utime(Path(folder, ".out.op-1", "_alive"), (time.time() - 3600,) * 2)
        with staging.Staging(other, target):
            assert live.is_there() and other.warnings == []


def test_reading_what_is_being_written_says_so(spark, folder):
    context = Context(spark, "op-1")
    with staging.Staging(context, files.Place(spark, folder + "/out")), \
            pytest.raises(Refused, match=r"a write there goes on, or was cut off \('file:.*/\.out\.op-1'\)"):
        storage.read(context, folder + "/out")


def test_a_process_id_that_was_given_anew_is_another_process(spark, folder, monkeypatch):
    one, other = Context(spark, "op-1"), Context(spark, "op-2")
    target = files.Place(spark, folder + "/out")
    monkeypatch.setattr(staging, "_started", lambda process: "12")
    with staging.Staging(one, target) as dead:
        monkeypatch.setattr(staging, "_started", lambda process: "34")
        with staging.Staging(other, target):
            assert not dead.is_there()


def test_the_old_data_of_an_overwrite_cut_off_is_named_and_kept(spark, folder):
    context = Context(spark, "op-2")
    Path(folder, ".out.op-1.old").mkdir()
    storage.write(context, spark.range(3), folder + "/out", "parquet")
    assert "/.out.op-1.old' is what lay at" in context.warnings[0]
    assert names_in(folder) == [".out.op-1.old", "out"]
