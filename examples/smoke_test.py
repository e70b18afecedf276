#!/usr/bin/env python3
"""Smoke test of the server against the Spark cluster that the environment names.

    SPARK_MASTER=spark://localhost:7077 examples/smoke_test.py build/release/mcp-spark-server

SPARK_MASTER and all other settings are handed to the server as they are. Standard library only.
"""

import os
import subprocess
import sys
import tempfile
import time

from stdio_client import Server, ServerFailed

# Nothing of these scripts is on the cluster: they travel with the submission.
SUM = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("SUM", spark.range(100001).selectExpr("sum(id)").first()[0])
spark.stop()
"""
SLEEP = """
import time
print("SLEEPING", flush=True)
time.sleep(600)
"""
VIEW = """
CREATE OR REPLACE TEMPORARY VIEW smoke_test AS
SELECT id * 1.5 AS size, id % 7 AS other, IF(id + id % 3 < 100, 'no', 'yes') AS large FROM range(200)
"""
WAIT = 230  # seconds; the longest that a call may wait


class Failed(Exception):
    pass


def want(is_so, what):
    if not is_so:
        raise Failed(what)


class SmokeTest:
    def __init__(self, binary, folder):
        self.binary = binary
        self.folder = folder
        self.server = None
        self.failures = 0

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def check(self):
        """--check finds the cluster"""
        told = subprocess.run([self.binary, "--check"], stdin=subprocess.DEVNULL, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        want(told.returncode == 0, "exit code %d\n%s" % (told.returncode, told.stdout))

    def initialize(self):
        """initialize"""
        self.server = Server([self.binary], dict(os.environ))
        version = self.server.initialize("smoke-test")["protocolVersion"]
        want(version == "2025-11-25", "want protocol 2025-11-25, got %s" % version)

    def tools(self):
        """tools/list"""
        names = {tool["name"] for tool in self.server.request("tools/list")["tools"]}
        missing = {"submit-spark-job", "kill-spark-job", "monitor-cluster", "execute-sql", "manage-data",
                   "run-ml-pipeline"} - names
        want(not missing, "missing: %s" % ", ".join(sorted(missing)))

    def cluster(self):
        """monitor-cluster shows workers"""
        data, text = self.server.call("monitor-cluster", {}, seconds=120)
        want(data.get("workers"), "no worker in the answer:\n" + text)

    def submit(self):
        """submit-spark-job runs a script and gives its output"""
        data, text = self.server.call("submit-spark-job", {
            "application_file": self.write("sum.py", SUM),
            "executor_memory": "1g", "executor_cores": 1, "num_executors": 1, "wait_seconds": WAIT})
        want(data["state"] == "FINISHED", "want FINISHED, got %s:\n%s" % (data["state"], text))
        want("SUM 5000050000" in data.get("output", ""), "the sum is not in the output:\n" + text)
        want(data.get("applicationId"), "no applicationId:\n" + text)

    def sql(self):
        """execute-sql answers with rows"""
        data, text = self.server.call("execute-sql", {
            "sql": "SELECT count(*) AS n, sum(id) AS s FROM range(100001)", "wait_seconds": WAIT})
        want(data.get("rows") == [[100001, 5000050000]], "not the rows:\n" + text)

    def warm(self):
        """execute-sql answers from a session that stays warm"""
        self.server.call("execute-sql", {"sql": VIEW, "wait_seconds": WAIT})
        begun = time.monotonic()
        data, text = self.server.call("execute-sql", {"sql": "SELECT count(*) FROM smoke_test"})
        want(data.get("rows") == [[200]], "not the rows:\n" + text)
        want("ranIn" not in data, "no session:\n" + str(data.get("ranIn")))
        print("        %.2f s for a statement" % (time.monotonic() - begun))

    def train(self):
        """run-ml-pipeline trains a model"""
        data, text = self.server.call("run-ml-pipeline", {
            "pipeline_config": {"stages": [{"type": "model_training", "algorithm": "LogisticRegression"}]},
            "data_path": "smoke_test", "label_column": "large", "wait_seconds": WAIT})
        want(data.get("algorithm") == "LogisticRegression", "no model:\n" + text)

    def applications(self):
        """monitor-cluster lists the application"""
        data, text = self.server.call("monitor-cluster", {"metric_type": "applications"})
        want(data.get("applications"), "no application in the answer:\n" + text)

    def kill(self):
        """kill-spark-job ends a running job"""
        data, _ = self.server.call("submit-spark-job", {
            "application_file": self.write("sleep.py", SLEEP), "wait_seconds": 0})
        job = data["submissionId"]
        try:
            self.wait_for_output(job, "SLEEPING")
        finally:  # leave nothing running on the cluster, whatever came
            data, text = self.server.call("kill-spark-job", {"submission_id": job})
        want(data["killed"] and data["state"] == "KILLED", "not killed:\n" + text)

    def wait_for_output(self, job, word):
        end = time.monotonic() + 120
        while time.monotonic() < end:
            data, text = self.server.call("monitor-cluster", {"submission_id": job})
            if word in data["job"].get("output", ""):
                return
            want(not data["job"]["finished"], "the job has ended by itself:\n" + text)
            time.sleep(1)
        raise Failed("no output after 120 s:\n" + text)

    def end(self):
        """the server ends with its input"""
        code = self.server.close()
        want(code == 0, "exit code %d\n%s" % (code, self.server.stderr()))

    def step(self, test):
        begun = time.monotonic()
        try:
            test()
            result, reason = "ok", ""
        except (Failed, ServerFailed, OSError, KeyError, subprocess.TimeoutExpired) as error:
            result, reason = "FAILED", "%s: %s" % (type(error).__name__, error)
            self.failures += 1
        print("%-7s %-55s %6.1f s" % (result, test.__doc__, time.monotonic() - begun), flush=True)
        if reason:
            print("        " + reason.replace("\n", "\n        "), flush=True)
        return result == "ok"

    def run(self):
        self.step(self.check)
        if self.step(self.initialize):
            for test in (self.tools, self.cluster, self.submit, self.sql, self.warm, self.train, self.applications, self.kill):
                self.step(test)
            self.step(self.end)
        if self.server is not None and self.server.process.poll() is None:
            self.server.process.kill()
        return self.failures == 0


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: smoke_test.py PATH-OF-mcp-spark-server")
    with tempfile.TemporaryDirectory(prefix="spark-smoke-") as folder:
        sys.exit(0 if SmokeTest(sys.argv[1], folder).run() else 1)


if __name__ == "__main__":
    main()
