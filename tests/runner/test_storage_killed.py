"""A driver that is killed in the middle of its writes: what was there is still there."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

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
                ".overwrite.op-new/_temporary/*/_temporary/*/part*", "append/_temporary/*/_temporary/*/part*")):
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
