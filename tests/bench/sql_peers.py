#!/usr/bin/env python3
"""execute-sql beside Spark Connect and the JDBC Thrift server, on one real cluster, in turn in one run.

    python3 -m venv build/bench/sql && build/bench/sql/bin/pip install pyspark-client PyHive thrift thrift-sasl pure-sasl
    build/venv-4.3.0/bin/python tests/bench/sql_peers.py [--binary B] [--rounds N]

Both servers ship in PyPI's pyspark, and run with the settings of our session. Sixteen statements, one after the other and at once:
seconds for all, and the time of one at the 95th percentile. Nothing here passes or fails.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "spark"))

import pyspark  # noqa: E402

import processes  # noqa: E402  (tests/spark)
import sql  # noqa: E402
from cluster import Cluster, free_port  # noqa: E402
from sql_pipe import Pipe  # noqa: E402
from tables import table  # noqa: E402

COUNT = 16
STATEMENTS = {
    "SELECT 1": "SELECT %d",
    "1,000,000 rows aggregated": "SELECT id %% 100 AS k, count(*), sum(id + %d) FROM range(0, 1000000, 1, 2) GROUP BY 1 ORDER BY 1",
    "2,000 rows of 20 columns": sql.TYPED.replace("10000", "2000").replace("%", "%%").replace("'name '", "'name %d'"),
}
SERVERS = {
    "connect": ("org.apache.spark.sql.connect.service.SparkConnectServer", "spark.connect.grpc.binding.port"),
    "thrift": ("org.apache.spark.sql.hive.thriftserver.HiveThriftServer2", "spark.hadoop.hive.server2.thrift.port"),
}


class Ours:
    def __init__(self, binary, cluster, stack):
        self.pipe = stack.enter_context(Pipe(binary, sql.environment(cluster)))

    def run(self, statements, at_once):
        if at_once == 1:
            return [sql.timed(lambda: self.pipe.sql(text, limit=2000, max_bytes=8388608)) for text in statements]
        begun = time.perf_counter()
        for text in statements:
            self.pipe.request("tools/call", name="execute-sql",
                              arguments={"sql": text, "wait_seconds": 200, "limit": 2000, "max_bytes": 8388608})
        took = []
        for _ in statements:
            self.pipe.receive(1)
            took.append((time.perf_counter() - begun) * 1000)
        return took


def end(process):
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()


class Peer:
    """A server of Spark's own and its client."""

    def __init__(self, kind, cluster, python, stack):
        main_class, property_of_port = SERVERS[kind]
        port = free_port()
        command = [str(cluster.spark_home / "bin" / "spark-submit"), "--master", cluster.url, "--class", main_class,
                   "--conf", "%s=%d" % (property_of_port, port), "--conf", "spark.hadoop.hive.server2.authentication=NOSASL"]
        for key, value in sql.settings(cluster).items():
            command += ["--conf", "%s=%s" % (key, value)]
        own = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_HOME": str(cluster.spark_home)}
        with open(cluster.folder / (kind + ".log"), "w") as log:
            server = subprocess.Popen([*command, "spark-internal"], env=own, cwd=cluster.folder, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=log)
        stack.callback(end, server)
        if not processes.wait_until(lambda: subprocess.run(["bash", "-c", ": < /dev/tcp/127.0.0.1/%d" % port],
                                                           stderr=subprocess.DEVNULL).returncode == 0, 90):
            raise SystemExit("%s did not start:\n%s" % (kind, (cluster.folder / (kind + ".log")).read_text()[-3000:]))
        self.client = subprocess.Popen([python, str(HERE / "sql_peer.py"), kind, str(port)], text=True,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        stack.callback(end, self.client)

    def run(self, statements, at_once):
        print(json.dumps([statements, at_once]), file=self.client.stdin, flush=True)
        return json.loads(self.client.stdout.readline())


def measure(ways, rounds):
    for name, text in STATEMENTS.items():
        took = {(way, at_once): [] for way in ways for at_once in (1, COUNT)}
        for number in range(-2, rounds):  # two to warm up
            for way, at_once in random.sample(list(took), len(took)):
                begun = time.perf_counter()
                each = ways[way].run([text % (number * COUNT + i) for i in range(COUNT)], at_once)
                if number >= 0:
                    took[way, at_once].append((time.perf_counter() - begun, sorted(each)[int(COUNT * 0.95)]))
        rows = []
        for way in ways:
            figures = [median(kept[i] for kept in took[way, at_once]) for at_once in (1, COUNT) for i in (0, 1)]
            rows.append([way, "%.2f" % figures[0], "%.0f" % figures[1], "%.2f" % figures[2], "%.0f" % figures[3],
                         "%.2f" % (figures[2] / figures[0])])
        table("%s: %d statements, medians of %d rounds" % (name, COUNT, rounds),
              ["", "in turn, s", "p95, ms", "at once, s", "p95, ms", "at once / in turn"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = HERE.parents[1]
    parser.add_argument("--binary", default=str(root / "build" / "release" / "mcp-spark-server"))
    parser.add_argument("--python", default=str(root / "build" / "bench" / "sql" / "bin" / "python"), help="has their clients")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        cluster = Cluster(Path(pyspark.__file__).parent, sys.executable, folder)
        stack.callback(cluster.stop)
        cluster.start()
        ways = {"execute-sql": Ours(options.binary, cluster, stack)}
        for kind in SERVERS:
            ways[kind] = Peer(kind, cluster, options.python, stack)
        measure(ways, options.rounds)


if __name__ == "__main__":
    main()
