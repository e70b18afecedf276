#!/usr/bin/env python3
"""Measure the first row from nothing: a server with its private Spark, beside PySpark in one's own process.

    build/venv-4.3.0/bin/python tests/bench/first_row.py [--rounds N] [--events] [BINARY ...]

Everybody answers in turn, in every round. Spark is the pyspark of the Python that runs this; seconds are those
from the start of the process to the row, CPU seconds and memory those of all its processes until then.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "spark"))

import processes  # noqa: E402  (tests/spark)
from sql_pipe import Pipe  # noqa: E402
from tables import ratio, table  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
SQL = "SELECT 1 + 1 AS two"
PYSPARK = """from pyspark.sql import SparkSession
spark = SparkSession.builder.master('local[*]').getOrCreate()
print(spark.sql(%r).collect(), flush=True)
input()""" % SQL


def cpu_seconds(pid):
    """Of a process and of those that it has waited for."""
    fields = processes.read(pid, "stat").rpartition(b")")[2].split()
    return sum(int(field) for field in fields[11:15]) / TICKS if fields else 0


def memory_mib(pid):
    """What is its own, and its part of what it shares with others."""
    for row in processes.read(pid, "smaps_rollup").decode().splitlines():
        if row.startswith("Pss:"):
            return int(row.split()[1]) / 1024
    return 0


def role(pid):
    line = processes.read(pid, "cmdline")
    marks = {b".master.Master": "master", b".worker.Worker": "worker", b"HistoryServer": "history server",
             b"CoarseGrained": "executor", b"java.args": "driver", b"PythonGatewayServer": "driver"}
    if not os.path.basename(line.split(b"\0")[0]).startswith(b"java"):
        return "others"
    return next((name for mark, name in marks.items() if mark in line), "other JVM")


def cost(pid, seconds):
    figures = {"s": seconds, "CPU s": 0, "MiB": 0, "JVMs": {}}
    for one in processes.descendants(pid):
        mib = memory_mib(one)
        figures["CPU s"] += cpu_seconds(one)
        figures["MiB"] += mib
        figures["JVMs"][role(one)] = figures["JVMs"].get(role(one), 0) + mib
    return figures


def print_events(folder, begun):
    """When each file of the private Spark came, and the lines that tell of a step."""
    for path in sorted(Path(folder).rglob("*"), key=lambda path: path.lstat().st_mtime):
        if path.suffix in (".log", ".json", ".args") or path.name in ("stdout", "stderr"):
            print("  %6.2f s  last change of %s" % (path.lstat().st_mtime - begun, path.relative_to(folder)))


def ours(binary, shows_events):
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PYSPARK_PYTHON": sys.executable, "SPARK_MASTER": "local[*]", "TMPDIR": folder,
                       **{name: os.environ[name] for name in ("XDG_STATE_HOME",) if name in os.environ}}
        begun, wall = time.perf_counter(), time.time()
        with Pipe(binary, environment) as pipe:
            pipe.sql(SQL)
            figures = cost(pipe.pid, time.perf_counter() - begun)
            if shows_events:
                print_events(folder, wall)
        return figures


def in_process():
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", PYSPARK], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    assert b"two=2" in process.stdout.readline()
    figures = cost(process.pid, time.perf_counter() - begun)
    process.communicate(b"\n")
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries", nargs="*", metavar="BINARY",
                        default=[str(HERE.parents[1] / "build" / "release" / "mcp-spark-server")])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--events", action="store_true", help="also when which file was written")
    options = parser.parse_args()
    ways = {binary: lambda binary=binary: ours(binary, options.events) for binary in options.binaries}
    ways["in-process pyspark"] = in_process
    runs = {name: [] for name in ways}
    for _ in range(options.rounds):
        for name, way in ways.items():
            runs[name].append(way())
    middle = {name: {key: median(run[key] for run in of) for key in ("s", "CPU s", "MiB")} for name, of in runs.items()}
    last = middle["in-process pyspark"]
    table("first row from nothing, medians of %d" % options.rounds, ["", "s", "x", "CPU s", "x", "MiB", "x", "of which"],
          [[name, *[cell for key in ("s", "CPU s", "MiB") for cell in ("%.1f" % figures[key], ratio(figures[key], last[key]))],
            ", ".join("%s %.0f" % item for item in sorted(runs[name][-1]["JVMs"].items()))]
           for name, figures in middle.items()])


if __name__ == "__main__":
    main()
