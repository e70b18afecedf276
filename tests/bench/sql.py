#!/usr/bin/env python3
"""Measure execute-sql beside PySpark itself, on one real cluster, in one run.

    build/venv-4.3.0/bin/python tests/bench/sql.py [--binary B] [--rounds N] [warm first at-once bounded download long]

The cluster is started from the pyspark of the Python that runs this. In-process PySpark is a client
of the same cluster with as many executors; both answer in turn. Nothing here passes or fails.
"""

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "spark"))

import pyspark  # noqa: E402

from cluster import Cluster  # noqa: E402  (tests/spark)
from sql_pipe import Pipe  # noqa: E402
from tables import table  # noqa: E402

TYPED = """SELECT id, cast(id AS int) i, cast(id % 100 AS smallint) s, cast(id % 7 AS tinyint) t,
  id % 2 = 0 AS b, id / 7 AS d, cast(id / 3 AS float) f, cast(id / 7 AS decimal(20,6)) n,
  cast(id AS decimal(38,10)) m, concat('name ', id) c, uuid_of(id) u, date_add(DATE'2024-01-01', cast(id % 365 AS int)) dt,
  timestamp_micros(1700000000000000 + id * 1001) ts, cast(concat('x', id) AS binary) bin,
  array(id, id + 1) a, named_struct('x', id, 'y', 'z') st, map('k', id) mp,
  make_dt_interval(0, cast(id % 24 AS int)) iv, cast(null AS string) nl, repeat('long text ', 3) tx
FROM range(0, 10000, 1, 2)""".replace("uuid_of(id)", "md5(cast(id AS string))")
STATEMENTS = {
    "SELECT 1": ("SELECT 1", {}),
    "1,000,000 rows aggregated": (
        "SELECT id % 100 AS k, count(*) AS n, sum(id) AS s, avg(id) AS a FROM range(0, 1000000, 1, 2) "
        "GROUP BY id % 100 ORDER BY k LIMIT 50", {}),
    "10,000 rows of 20 columns": (TYPED, {"limit": 10000, "max_bytes": 8388608}),
}
CORES = 2  # of each application


def settings(cluster):
    """The same for both: so many cores, no event log, no executor that comes and goes."""
    return {"spark.cores.max": str(CORES), "spark.executor.cores": str(CORES), "spark.executor.memory": "1g",
            "spark.dynamicAllocation.enabled": "false", "spark.sql.shuffle.partitions": "4",
            "spark.scheduler.mode": "FAIR"}


def environment(cluster):
    conf = ",".join("%s=%s" % item for item in settings(cluster).items())
    return cluster.environment(SPARK_CONF=conf, SPARK_EXECUTOR_MEMORY="1g", SPARK_EXECUTOR_CORES=str(CORES))


def in_process(cluster):
    from pyspark.sql import SparkSession

    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    builder = SparkSession.builder.master(cluster.url).appName("in-process")
    for key, value in settings(cluster).items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def timed(call):
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1000


def measure_warm(cluster, binary, rounds):
    spark, rows = in_process(cluster), []
    with Pipe(binary, environment(cluster)) as pipe:
        for _ in range(rounds):  # both JVMs compile what they run often
            for sql, arguments in STATEMENTS.values():
                pipe.sql(sql, **arguments)
                spark.sql(sql).collect()
        for name, (sql, arguments) in STATEMENTS.items():
            ways = {"ours": lambda: pipe.sql(sql, **arguments), "pyspark": lambda: spark.sql(sql).collect()}
            ms = {"ours": [], "pyspark": []}
            for _ in range(rounds):
                order = list(ways)
                random.shuffle(order)
                for way in order:
                    ms[way].append(timed(ways[way]))
            ours, theirs = median(ms["ours"]), median(ms["pyspark"])
            rows.append([name, "%.1f" % ours, "%.1f" % theirs, "%.2f" % (ours / theirs),
                         "%+.1f" % (ours - 1.1 * theirs - 2)])
    spark.stop()
    table("warm statements, medians of %d, ms; +/- is the distance to the goal of 1.1x + 2 ms" % rounds,
          ["", "ours", "in-process pyspark", "x", "+/-"], rows)


def measure_first(cluster, binary, rounds):
    """From nothing to the first answer: the server against spark-submit of a script, client mode."""
    rounds = max(3, rounds // 8)
    sql = "SELECT count(*) FROM range(0, 1000, 1, 2)"
    with tempfile.NamedTemporaryFile("w", suffix=".py") as script:
        script.write("from pyspark.sql import SparkSession\n"
                     "print(SparkSession.builder.getOrCreate().sql(%r).collect())\n" % sql)
        script.flush()
        command = [str(cluster.spark_home / "bin" / "spark-submit"), "--master", cluster.url]
        for key, value in settings(cluster).items():
            command += ["--conf", "%s=%s" % (key, value)]
        command.append(script.name)
        own = {**os.environ, "PYSPARK_PYTHON": cluster.python, "SPARK_LOCAL_IP": "127.0.0.1",
               "SPARK_HOME": str(cluster.spark_home)}

        def submit():
            subprocess.run(command, env=own, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def ours():
            with Pipe(binary, environment(cluster)) as pipe:
                pipe.sql(sql)
                ended.append(time.perf_counter())

        ms = {"ours": [], "spark-submit": []}
        for _ in range(rounds):
            ended = []
            begun = time.perf_counter()
            ours()
            ms["ours"].append((ended[0] - begun) * 1000)
            cluster.kill_all_drivers()
            ms["spark-submit"].append(timed(submit))
    ours, theirs = median(ms["ours"]), median(ms["spark-submit"])
    table("first statement from nothing, medians of %d, s" % rounds, ["ours", "spark-submit", "x"],
          [["%.1f" % (ours / 1000), "%.1f" % (theirs / 1000), "%.2f" % (ours / theirs)]])


def measure_at_once(cluster, binary, rounds):
    sql = "SELECT sum(id * %d) FROM range(0, 20000000, 1, 2)"
    with Pipe(binary, environment(cluster)) as pipe:
        for i in range(8):
            pipe.sql(sql % i)
        ms = {"one after the other": [], "at once": []}
        for _ in range(max(3, rounds // 5)):
            ms["one after the other"].append(timed(lambda: [pipe.sql(sql % i) for i in range(8)]))
            ms["at once"].append(timed(lambda: pipe.all([sql % i for i in range(8)])))
    turn, once = median(ms["one after the other"]), median(ms["at once"])
    table("eight statements, ms", ["one after the other", "at once", "x"],
          [["%.0f" % turn, "%.0f" % once, "%.2f" % (once / turn)]])


def memory_of(pid):
    """Resident MiB now, and at most so far."""
    text = Path("/proc/%d/status" % pid).read_text()
    return [int(re.search(r"%s:\s+(\d+)" % key, text).group(1)) / 1024 for key in ("VmRSS", "VmHWM")]


def session_pids(cluster):
    """(JVM, Python) of the newest session driver."""
    import processes

    jvm = [pid for pid in processes.with_text("DriverWrapper", "cmdline")
           if str(cluster.work) in os.readlink("/proc/%d/cwd" % pid)][-1]
    return jvm, next(pid for pid, parent in processes.parents().items() if parent == jvm)


def heap_after_gc(jvm):
    told = subprocess.run(["jcmd", str(jvm), "GC.run"], capture_output=True, text=True)
    told = subprocess.run(["jcmd", str(jvm), "GC.heap_info"], capture_output=True, text=True).stdout
    return sum(int(used) for used in re.findall(r"used (\d+)K", told.split("Metaspace")[0])) / 1024


def measure_bounded(cluster, binary, rounds):
    rows = []
    with Pipe(binary, environment(cluster)) as pipe:
        pipe.sql("SELECT 1")
        jvm, python = session_pids(cluster)
        for name, sql in {"SELECT 1": "SELECT 1",
                          "10,000,000 rows, limit 100": "SELECT id, repeat('x', 100) AS t FROM range(0, 10000000, 1, 4)"
                          }.items():
            took = timed(lambda: pipe.sql(sql, limit=100))
            rows.append([name, "%.0f" % took, *["%.0f" % memory_of(pid)[1] for pid in (pipe.pid, python, jvm)]])
    table("memory, peak MiB so far", ["after", "ms", "server", "session's Python", "its JVM"], rows)


def download(pipe, query, path, most=900):
    """Until the file is there, which may be after the call's end."""
    pipe.sql(query, download_path=str(path), wait_seconds=230)
    end = time.monotonic() + most
    while not path.exists():
        if time.monotonic() > end:
            raise SystemExit("no file after %d s" % most)
        time.sleep(0.1)


def measure_download(cluster, binary, rounds, count=10000000):
    rows = []
    query = ("SELECT id, concat('name ', id) AS name, id * 1.5D AS d, CAST(id AS DECIMAL(12, 2)) AS amount, "
             "date_add(DATE'2024-01-01', CAST(id %% 365 AS INT)) AS day FROM range(0, %d, 1, 8)" % count)
    with Pipe(binary, environment(cluster)) as pipe, tempfile.TemporaryDirectory() as folder:
        pipe.sql("SELECT 1")
        jvm, python = session_pids(cluster)
        for suffix in ("jsonl", "csv"):
            path = Path(folder) / ("rows." + suffix)
            took = timed(lambda: download(pipe, query, path)) / 1000
            rows.append([suffix, "%.1f" % took, "%.0f" % (count / took), "%.0f" % (path.stat().st_size / 1e6),
                         *["%.0f" % memory_of(pid)[1] for pid in (pipe.pid, python, jvm)]])
            path.unlink()
    table("{:,} rows of 5 columns to a file".format(count),
          ["file", "s", "rows/s", "MB", "server's peak MiB", "session's Python", "its JVM"], rows)


def measure_long(cluster, binary, rounds, seconds=600):
    rows = []
    with Pipe(binary, environment(cluster)) as pipe:
        pipe.sql("SELECT 1")
        jvm, python = session_pids(cluster)
        begun, count = time.monotonic(), 0
        for part in range(5):
            while time.monotonic() < begun + seconds * part / 4:
                for sql, arguments in STATEMENTS.values():
                    pipe.sql(sql, **arguments)
                    count += 1
            rows.append(["%.0f" % (time.monotonic() - begun), count, "%.1f" % memory_of(pipe.pid)[0],
                         "%.1f" % memory_of(python)[0], "%.1f" % heap_after_gc(jvm)])
    table("statements for %d s" % seconds,
          ["s", "statements", "server MiB", "session's Python MiB", "its JVM's heap after GC, MiB"], rows)


FIGURES = {"warm": measure_warm, "first": measure_first, "at-once": measure_at_once,
           "bounded": measure_bounded, "download": measure_download, "long": measure_long}


def main(figures, description, **numbers):
    """Starts a cluster for the figures that the command line names, all by default; numbers are options with their
    defaults, which each figure is given."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figures", nargs="*", metavar="figure", help=", ".join(figures))
    parser.add_argument("--binary", default=str(HERE.parents[1] / "build" / "release" / "mcp-spark-server"))
    for name, default in numbers.items():
        parser.add_argument("--" + name, type=int, default=default)
    options = parser.parse_args()
    unknown = set(options.figures) - set(figures)
    if unknown:
        parser.error("no such figure: %s" % ", ".join(sorted(unknown)))
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(Path(pyspark.__file__).parent, sys.executable, folder)
        try:
            cluster.start()
            print("Spark %s, %d cores of this machine" % (pyspark.__version__, os.cpu_count()))
            for name, measure in figures.items():
                if not options.figures or name in options.figures:
                    measure(cluster, options.binary, **{number: getattr(options, number) for number in numbers})
                    cluster.kill_all_drivers()
        finally:
            cluster.stop()


if __name__ == "__main__":
    main(FIGURES, __doc__, rounds=40)
