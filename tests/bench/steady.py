#!/usr/bin/env python3
"""Mixed work on one server for a while: what grows? By hand, for time.

    build/venv-4.3.0/bin/python tests/bench/steady.py [--binary B] [--minutes N] [--seed N]

SQL, data, models, jobs, kills and errors, two at once, on a cluster of its own; a line a minute with memory, threads and file
descriptors of the server and of the session's driver, its Python and its JVM. The heap is what is left of it after a collection.
"""

import argparse
import importlib.util
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "spark"))

import client  # noqa: E402  (tests/spark)
import processes  # noqa: E402
from cluster import Cluster  # noqa: E402
from tables import table  # noqa: E402

HEAP = ("import time\nfor _ in range(3):\n    spark._jvm.System.gc(); time.sleep(0.3)\n"
        "r = spark._jvm.java.lang.Runtime.getRuntime()\n(r.totalMemory() - r.freeMemory()) >> 20")
JOB = "from pyspark.sql import SparkSession\nprint(SparkSession.builder.getOrCreate().range(1000).count())\n"
SLEEP = "import time\ntime.sleep(600)\n"


class Work:
    """Each method is one piece of work; its answers must be what is expected of it."""

    def __init__(self, server, folder, seed):
        self.server, self.folder, self.random = server, folder, random.Random(seed)
        self.done, self.wrong, self.saving = Counter(), [], threading.Lock()
        self.job, self.sleep = folder / "job.py", folder / "sleep.py"
        self.job.write_text(JOB)
        self.sleep.write_text(SLEEP)

    def path(self, name):
        return str(self.folder / name)

    def statement(self):
        n = self.random.randrange(1, 400)
        return self.server.sql("SELECT id %% %d AS k, count(*), sum(id) FROM range(0, 300000, 1, 4) GROUP BY 1 ORDER BY 1 LIMIT 20" % n)

    def rows(self):
        return self.server.sql("SELECT id, md5(cast(id AS string)) FROM range(5000)", limit=5000, max_bytes=4000000)

    def view(self):
        return self.server.sql("CREATE OR REPLACE TEMP VIEW v%d AS SELECT id FROM range(100); SELECT count(*) FROM v%d"
                               % ((self.random.randrange(5),) * 2))

    def join(self):
        return self.server.sql("SELECT a.label, count(*) FROM parquet.`%s` a JOIN parquet.`%s` b ON a.id = b.id GROUP BY 1"
                               % (self.path("data"), self.path("data")))

    def save(self):
        place = self.path("saved%d" % self.random.randrange(3))
        with self.saving:
            return self.server.sql("SELECT id, id % 3 AS k FROM range(20000)", save_path=place, save_mode="overwrite")

    def download(self):
        return self.server.sql("SELECT id FROM range(50000)", download_path=self.path("out.csv"), save_mode="overwrite")

    def mistake(self):
        return self.server.sql("SELECT nothing FROM nowhere"), True

    def python(self):
        return self.server.call("run-python", code="x = list(range(10000))\nprint('x' * 5000)\nspark.range(1000).count()")

    def profile(self):
        return self.server.data("read", self.path("data"))

    def model(self):
        return self.server.train({"stages": [{"type": "model_training", "algorithm": "LogisticRegression"}]},
                                 self.path("data"), label_column="label", wait_seconds=200)

    def monitor(self):
        return self.server.monitor(self.random.choice(("cluster", "applications", "drivers", "executors")))

    def submission(self):
        return self.server.submit(self.job, driver_memory="400m", wait_seconds=120)

    def killed_job(self):
        begun = self.server.submit(self.sleep, driver_memory="300m", wait_seconds=0)
        return begun if begun.is_error else self.server.kill(begun.data["submissionId"])

    def killed_statement(self):
        begun = self.server.sql(client.FOREVER, wait_seconds=0)
        time.sleep(1)
        return begun if begun.is_error else self.server.call("kill-spark-job", operation_id=begun.data["operationId"])

    def once(self):
        often = [self.statement, self.rows, self.view, self.join, self.save, self.download, self.mistake, self.python,
                 self.profile, self.monitor]
        seldom = [self.model, self.submission, self.killed_job, self.killed_statement]
        piece = self.random.choice(often * 3 + seldom)
        answer, is_wanted = piece(), False
        if isinstance(answer, tuple):
            answer, is_wanted = answer
        self.done[piece.__name__] += 1
        if answer.is_error != is_wanted:
            self.wrong.append("%s: %s" % (piece.__name__, answer.text[:300]))

    def until(self, end):
        while time.monotonic() < end:
            try:
                self.once()
            except Exception as error:
                self.wrong.append(repr(error)[:300])


def figures(pid):
    fields = dict(line.split(":", 1) for line in processes.read(pid, "status").decode().splitlines())
    return [int(fields["VmRSS"].split()[0]) >> 10, len(os.listdir("/proc/%d/fd" % pid)), int(fields["Threads"])]


def driver_of(server):
    """The session's Python and the JVM that is its parent."""
    answer = server.call("run-python", code="import os\n[os.getpid(), os.getppid()]")
    return [int(text) for text in answer.data["value"].strip("[]").split(",")]


def measure(arguments, cluster, folder):
    with client.Server(cluster.environment()) as server:
        made = server.sql("SELECT id, cast(id % 2 AS int) AS label, id % 2 + rand(1) AS x, rand(2) AS y FROM range(4000)",
                          save_path=str(folder / "data"), wait_seconds=client.START)
        assert not made.is_error, made.text
        python, jvm = driver_of(server)
        work, rows = Work(server, folder, arguments.seed), []
        end = time.monotonic() + 60 * arguments.minutes
        threads = [threading.Thread(target=work.until, args=(end,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for minute in range(arguments.minutes + 1):
            heap = server.call("run-python", code=HEAP, wait_seconds=200)
            rows.append([minute, sum(work.done.values()), *figures(server.pid), *figures(python), *figures(jvm), heap.data.get("value", "-")])
            print(rows[-1], flush=True)
            time.sleep(max(0, end - 60 * (arguments.minutes - minute - 1) - time.monotonic()) if minute < arguments.minutes else 0)
        for thread in threads:
            thread.join()
    table("mixed work; MiB, descriptors, threads", [
        "minute", "calls", "server", "fds", "threads", "python", "fds", "threads", "jvm", "fds", "threads", "heap"], rows)
    print(dict(work.done))
    print("not as expected: %d" % len(work.wrong), *work.wrong[:10], sep="\n  ")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--binary", default=str(HERE.parents[1] / "build/release/mcp-spark-server"))
    options.add_argument("--minutes", type=int, default=60)
    options.add_argument("--seed", type=int, default=1)
    arguments = options.parse_args()
    client.BINARY = arguments.binary
    with tempfile.TemporaryDirectory(prefix="steady") as name:
        folder = Path(name)
        cluster = Cluster(Path(importlib.util.find_spec("pyspark").origin).parent, sys.executable, folder / "cluster")
        try:
            cluster.start()
            measure(arguments, cluster, folder)
        finally:
            cluster.stop()


if __name__ == "__main__":
    main()
