#!/usr/bin/env python3
"""Links that are cut and mended, in every phase of a call: what is told, and what is left. By hand, for time (as root).

    MCP_SPARK_SERVER=build/dev/mcp-spark-server build/venv-4.3.0/bin/python tests/spark/cuts.py KIND SECONDS

KIND: workers (both hosts are cut off), parted (only this machine does not reach them), master (it is not reached from here).
Prints a line for each phase: seconds until the answer, and the answer.
"""

import importlib.util
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import client
import processes
from test_namespaces import MASTER, NOTE, Hosts, get_json

WORKERS = ("worker1", "worker2")
JOB = "import time\nprint('begun', flush=True)\ntime.sleep(%d)\nprint('ended', flush=True)\n"


def cut(hosts, kind):
    if kind == "workers":
        for host in WORKERS:
            hosts.run("cut", host)
    else:
        for host in WORKERS if kind == "parted" else ("master",):
            hosts.run("part", host)


def mend(hosts, kind):
    if kind == "workers":
        for host in WORKERS:
            hosts.run("mend", host)
    else:
        hosts.run("join")


def told(answer):
    if isinstance(answer, BaseException):
        return repr(answer)
    text = " / ".join(answer.text.split("\n"))
    return "%5.1f s %s %.700s" % (answer.seconds, "ERROR" if answer.is_error else "ok", text)


def tell(phase, answer):
    print("%-28s %s" % (phase, told(answer)), flush=True)


def until_end(server, answer):
    """The end of an operation or a job that an answer has named."""
    structured = answer.structured or {}
    if answer.is_error or structured.get("state") != "RUNNING":
        return answer
    key = "operationId" if "operationId" in structured else "submissionId"
    return server.monitor(**{"operation_id" if key == "operationId" else "submission_id": structured[key]}, wait_seconds=230)


def main(kind, seconds):
    spec = importlib.util.find_spec("pyspark")
    folder = Path(tempfile.mkdtemp(prefix="cuts"))
    hosts = Hosts(Path(spec.origin).parent, sys.executable, folder)
    try:
        assert processes.wait_until(lambda: len((get_json(MASTER + "/json/") or {}).get("workers", [])) == 2, 60)
        with ExitStack() as stack:
            one = {name: stack.enter_context(client.Server(hosts.environment)) for name in
                   ("runs", "rests", "asked", "starts", "late", "submits", "follows")}
            try_all(hosts, one, kind, seconds, folder)
        print("drivers left after 35 s:", processes.wait_until(lambda: hosts.active_drivers() == [], 35) or hosts.active_drivers())
    finally:
        hosts.down()


def try_all(hosts, one, kind, seconds, folder):
    ready = [one[name].start("execute-sql", sql="CREATE TEMP VIEW kept AS SELECT 1 AS a", wait_seconds=200)
             for name in ("runs", "rests", "asked")]
    for future in ready:
        assert not future.result().is_error, future.result().text
    note, job = folder / "note", folder / "job.py"
    job.write_text(JOB % (seconds + 10))
    running = one["runs"].start("run-python", code=NOTE % (str(note), seconds + 5), wait_seconds=10)
    followed = one["follows"].start("submit-spark-job", application_file=str(job), driver_memory="300m",
                                    wait_seconds=min(230, seconds + 60))
    time.sleep(3)
    starting = one["starts"].start("execute-sql", sql="SELECT 'starts'", wait_seconds=230)
    time.sleep(1.5)
    submitted = one["submits"].start("submit-spark-job", application_file=str(job), driver_memory="300m", wait_seconds=20)
    cut(hosts, kind)
    begun = time.monotonic()
    threading.Timer(seconds, mend, (hosts, kind)).start()
    time.sleep(1)
    late = one["late"].start("execute-sql", sql="SELECT 'late'", wait_seconds=20)
    asked = one["asked"].start("execute-sql", sql="SELECT * FROM kept", wait_seconds=20)
    futures = {"running (waits 10 s)": (running, "runs"), "submission in flight (20 s)": (submitted, "submits"),
               "before a session (20 s)": (late, "late"), "called at rest (20 s)": (asked, "asked"),
               "while a session starts": (starting, "starts"), "job waited for": (followed, "follows")}
    answers = {}
    for phase, (future, _) in futures.items():
        answers[phase] = future.result()
        tell(phase, answers[phase])
    time.sleep(max(0, seconds + 2 - (time.monotonic() - begun)))
    for phase, (_, name) in futures.items():
        if (answers[phase].structured or {}).get("state") == "RUNNING":
            tell(phase + ", end", until_end(one[name], answers[phase]))
    for name in ("runs", "rests", "asked", "starts", "late"):
        tell("then, " + name, one[name].sql("SELECT * FROM kept" if name in ("runs", "rests", "asked") else "SELECT 1",
                                            wait_seconds=200))
    print("the code has run %d time(s)" % len(note.read_text() if note.exists() else ""))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
