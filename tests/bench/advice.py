#!/usr/bin/env python3
"""Does the advice of a diagnosis help? Jobs made bad on purpose (advice_jobs.py), what the diagnosis finds, the same jobs with the
advice followed: seconds of both, as a table of Markdown. By hand, some minutes:

    MCP_SPARK_SERVER=... build/venv-4.3.0/bin/python tests/bench/advice.py [P1 P2 ...]

Most run in a session: SPARK_MASTER and what else the environment says of a Spark is used; without, a private Spark of 4 cores. Those
that are about settings of executors or the driver are submitted to a cluster of their own.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "spark"), str(HERE)]

import pyspark  # noqa: E402

import advice_jobs  # noqa: E402
import client  # noqa: E402
import cluster  # noqa: E402
import processes  # noqa: E402
from test_namespaces import Hosts  # noqa: E402

MODULE = (HERE / "advice_jobs.py").read_text(encoding="utf-8")
PRIVATE = {"SPARK_MASTER": "local[4]", "SPARK_EXECUTOR_MEMORY": "1g"}


def run(server, what):
    answer = server.call("run-python", code=MODULE + "\n" + what, wait_seconds=500)
    assert not answer.is_error, answer.text
    return answer.data


def findings_of(server, **what):
    time.sleep(3)  # a busy driver tells of its stages late, a history server of the last
    findings = server.monitor("diagnosis", **what).data["diagnosis"]["findings"]
    return [finding for finding in findings if finding["severity"] != "hint"]


class Session:
    """Measures jobs in a session."""

    jobs = advice_jobs.JOBS

    def __init__(self, folder, stack):
        given = {key: value for key, value in os.environ.items() if key.startswith("SPARK_")} or PRIVATE
        self.server = stack.enter_context(client.Server({"PYSPARK_PYTHON": sys.executable, **given}))
        warm = "import time; spark.sparkContext.parallelize(range(8), 8).map(str).count();"
        run(self.server, warm + "spark.range(10).selectExpr('max(sha2(cast(id as string), 512))').collect()")

    def prepare(self, name, folder):
        if name in advice_jobs.BEFORE:
            run(self.server, "BEFORE[%r](spark, %r)" % (name, folder))

    def measure(self, name, folder, advised):
        """(seconds, what the diagnosis finds)"""
        told = run(self.server, "measure(spark, %r, %r, %r)" % (name, folder, advised))
        return float(told["output"].split()[-1]), findings_of(self.server)


class Submitted:
    """Measures jobs that are submitted to a cluster."""

    jobs = advice_jobs.SUBMITTED

    def __init__(self, folder, stack):
        of_its_own = cluster.Cluster(Path(pyspark.__file__).parent, sys.executable, folder)
        stack.callback(of_its_own.stop)
        of_its_own.start()
        self.server = stack.enter_context(client.Server(of_its_own.environment()))

    def prepare(self, name, folder):
        pass

    def measure(self, name, folder, advised):
        script = Path(folder, "advice_%s.py" % name)
        script.write_text(MODULE + "\n\nsubmitted(%r, %r, %r)\n" % (name, folder, advised))
        both, second = advice_jobs.SETTINGS.get(name, ({}, {}))
        answer = self.server.submit(script, wait_seconds=500,
                                    conf={**advice_jobs.EXECUTOR, **both, **(second if advised else {})})
        assert answer.data["state"] == "FINISHED", answer.text
        return float(answer.data["output"].split()[-1]), findings_of(self.server, submission_id=answer.data["submissionId"])


class OnHosts(Submitted):
    """The same on two hosts, whose links or one of which are slow (as root)."""

    jobs = advice_jobs.ON_HOSTS

    def __init__(self, folder, stack):
        stack.callback(subprocess.run, ["bash", str(HERE.parent / "spark" / "netns-cluster.sh"), "down", str(folder)])
        self.hosts = Hosts(Path(pyspark.__file__).parent, sys.executable, folder)
        self.server = stack.enter_context(client.Server(self.hosts.environment))

    def measure(self, name, folder, advised):
        if name == "P18":
            for host in "worker1", "worker2":
                self.hosts.run("slow", host, "20mbit")
        if name != "P22" or advised:
            return super().measure(name, folder, advised)
        with stopped_often("worker2"):
            return super().measure(name, folder, advised)


@contextmanager
def stopped_often(host):
    """Its executors are stopped most of the time."""
    def signal_all(pids, which):
        for pid in pids:
            with suppress(ProcessLookupError):  # it has ended
                os.kill(pid, which)

    def work():
        while not over.wait(0.1):
            told = subprocess.run(["ip", "netns", "pids", "mcpspark-" + host], capture_output=True, text=True)
            pids = {int(pid) for pid in told.stdout.split()} & processes.with_text("CoarseGrainedExecutorBackend", "cmdline")
            signal_all(pids, signal.SIGSTOP)
            over.wait(0.4)
            signal_all(pids, signal.SIGCONT)

    over = threading.Event()
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def ids(findings):
    return " ".join(finding["id"] for finding in findings) or "-"


def row(place, name):
    folder = tempfile.mkdtemp(prefix="advice-")
    try:
        place.prepare(name, folder)
        before, found = place.measure(name, folder, False)
        after, left = place.measure(name, folder, True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    told = next((finding for finding in found if finding["id"] == name), {})
    print("%s: %s" % (name, told.get("change")), file=sys.stderr)
    advice = place.jobs[name].__doc__.partition(": ")[2]
    return "| %s | %s | %s | %s | %.1f s | %.1f s | %s |" % (
        name, ids(found), told.get("evidence", "-"), advice, before, after, ids(left))


def main(names):
    print("| Made bad | Found | Evidence | Advice followed | Before | After | Found then |\n|---|---|---|---|---|---|---|")
    for kind in Session, Submitted, OnHosts:
        wanted = [name for name in kind.jobs if not names or name in names]
        if not wanted:
            continue
        with tempfile.TemporaryDirectory(prefix="advice-") as folder, ExitStack() as stack:
            place = kind(Path(folder), stack)
            for name in wanted:
                print(row(place, name), flush=True)


main(sys.argv[1:])
