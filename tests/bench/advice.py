#!/usr/bin/env python3
"""Does the advice of a diagnosis help? Jobs made bad on purpose (advice_jobs.py) in a session, what the diagnosis finds, the
same jobs with the advice followed: seconds of both, as a table of Markdown. By hand, some minutes:

    MCP_SPARK_SERVER=... build/venv-4.3.0/bin/python tests/bench/advice.py [P1 P2 ...]

SPARK_MASTER and what else the environment says of a Spark is used; without, a private Spark of 4 cores.
"""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "spark"), str(HERE)]

import advice_jobs  # noqa: E402
import client  # noqa: E402

MODULE = (HERE / "advice_jobs.py").read_text(encoding="utf-8")
PRIVATE = {"SPARK_MASTER": "local[4]", "SPARK_EXECUTOR_MEMORY": "1g"}


def run(server, what):
    answer = server.call("run-python", code=MODULE + "\n" + what, wait_seconds=500)
    assert not answer.is_error, answer.text
    return answer.data


def measure(server, name, folder, advised):
    """(seconds, what the diagnosis finds)"""
    told = run(server, "measure(spark, %r, %r, %r)" % (name, folder, advised))
    time.sleep(3)  # a busy driver tells of its stages late
    findings = server.monitor("diagnosis").data["diagnosis"]["findings"]
    return float(told["output"].split()[-1]), [finding for finding in findings if finding["severity"] != "hint"]


def ids(findings):
    return " ".join(finding["id"] for finding in findings) or "-"


def row(server, name):
    folder = tempfile.mkdtemp(prefix="advice-")
    try:
        if name in advice_jobs.BEFORE:
            run(server, "BEFORE[%r](spark, %r)" % (name, folder))
        before, found = measure(server, name, folder, False)
        after, left = measure(server, name, folder, True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    evidence = next((finding["evidence"] for finding in found if finding["id"] == name), "-")
    advice = advice_jobs.JOBS[name].__doc__.partition(": ")[2]
    return "| %s | %s | %s | %s | %.1f s | %.1f s | %s |" % (name, ids(found), evidence, advice, before, after, ids(left))


def main(names):
    given = {key: value for key, value in os.environ.items() if key.startswith("SPARK_")} or PRIVATE
    with client.Server({"PYSPARK_PYTHON": sys.executable, **given}) as server:
        warm = "import time; spark.sparkContext.parallelize(range(8), 8).map(str).count();"
        run(server, warm + "spark.range(10).selectExpr('max(sha2(cast(id as string), 512))').collect()")
        print("| Made bad | Found | Evidence | Advice followed | Before | After | Found then |\n|---|---|---|---|---|---|---|")
        for name in names or advice_jobs.JOBS:
            print(row(server, name), flush=True)


main(sys.argv[1:])
