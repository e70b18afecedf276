#!/usr/bin/env python3
"""Measure how time and the server's memory grow with the work, on one real cluster, in one run.

    build/venv-4.3.0/bin/python tests/bench/scale.py [--binary B] [flight sessions tasks stages applications rows]

flight: statements at once. sessions: sessions that one server has had. tasks: views of an application of so many tasks, running and
ended. stages: the same of a running one. applications: ended ones in the history server (event logs of a real one under other ids).
rows: a result fetched page by page, and as one file. The last column is the exponent of the growth since the first line: 1 is linear.
Nothing here passes or fails.
"""

import json
import math
import os
import tempfile
import time
from pathlib import Path
from statistics import median

from sql import environment, main, memory_of, timed
from sql_pipe import Pipe
from tables import table

KEPT = ("SparkListenerLogStart", "SparkListenerApplicationStart", "SparkListenerEnvironmentUpdate", "SparkListenerApplicationEnd")


class Rows:
    """Of one table: a count of what grows, milliseconds, and what else is told."""

    def __init__(self):
        self.rows = []

    def add(self, count, ms, *others):
        first = self.rows[0] if self.rows else None
        growth = "-" if first is None else "%.2f" % (math.log(ms / first[1]) / math.log(count / first[0]))
        self.rows.append((count, ms, others, growth))

    def show(self, title, *header):
        table(title, [header[0], "ms", *header[1:], "growth"],
              [["{:,}".format(count), "%.0f" % ms, *others, growth] for count, ms, others, growth in self.rows])


def logging(cluster):
    """The settings of all figures, with an event log of one plain file."""
    settings = environment(cluster)
    settings["SPARK_CONF"] += ",spark.eventLog.enabled=true,spark.eventLog.rolling.enabled=false,spark.eventLog.compress=false," \
                              "spark.eventLog.dir=file://%s,spark.driver.memory=2g" % cluster.events  # 1 GiB is full of 100,000 tasks
    return settings


def call(pipe, tool, **arguments):
    pipe.request("tools/call", name=tool, arguments=arguments)
    return json.loads(pipe.receive(1)[0])["result"]["structuredContent"]


def monitor(pipe, **arguments):
    return call(pipe, "monitor-cluster", **arguments)


def running(pipe, kind):
    """The id of the one of "applications" or "drivers" that is the session's."""
    return next(one["id"] for one in monitor(pipe, metric_type=kind)[kind] if one["state"] == "RUNNING")


def peak(pipe):
    return "%.1f" % memory_of(pipe.pid)[1]


def threads(pipe):
    return len(os.listdir("/proc/%d/task" % pipe.pid))


def measure_flight(cluster, binary):
    rows = Rows()
    with Pipe(binary, environment(cluster)) as pipe:
        for _ in range(20):
            pipe.sql("SELECT 1")
        for count in 1, 10, 50, 100, 200:
            statements = ["SELECT %d" % n for n in range(count)]
            ms = median(timed(lambda: pipe.all(statements)) for _ in range(5))
            rows.add(count, ms, "%.1f" % (ms / count), peak(pipe), threads(pipe))
    rows.show("statements at once, medians of 5", "at once", "ms each", "server's peak MiB", "its threads")


def measure_sessions(cluster, binary):
    """Of a private Spark, for time. Ended by its owner, each by the next call's start of another."""
    rows = Rows()
    private = {"SPARK_MASTER": "local[2]", "PYSPARK_PYTHON": cluster.python}
    with Pipe(binary, private) as pipe:
        for count in range(1, 51):
            pipe.sql("SELECT 1")
            session = running(pipe, "drivers")
            if count in (1, 10, 25, 50):
                ms = median(timed(lambda: monitor(pipe, metric_type="drivers")) for _ in range(9))
                one = median(timed(lambda: pipe.sql("SELECT 1")) for _ in range(30))
                descriptors = len(os.listdir("/proc/%d/fd" % pipe.pid))
                rows.add(count, ms, "%.1f" % one, "%.1f" % memory_of(pipe.pid)[0], descriptors, threads(pipe))
            call(pipe, "kill-spark-job", submission_id=session)
    rows.show("sessions of one server; ms of the list of drivers",
              "sessions", "ms of SELECT 1", "server's MiB", "descriptors", "threads")


VIEWS = {"diagnosis": {"metric_type": "diagnosis"}, "stages": {"metric_type": "stages"}, "failures": {"metric_type": "failures"},
         "one stage": {"stage_id": 0}}


def ended(cluster, application):
    """Until the history server tells of it, whole."""
    end = time.monotonic() + 300
    while time.monotonic() < end:
        if any(one["id"] == application and one["attempts"][0]["completed"] for one in listed(cluster)):
            return
        time.sleep(2)
    raise SystemExit("%s does not end" % application)


def run_tasks(pipe, count):
    """One stage of so many; it takes longer than a call may wait."""
    code = "spark.range(0, %d, 1, %d).write.format('noop').mode('overwrite').save()" % (count, count)
    answer = call(pipe, "run-python", code=code, wait_seconds=230)
    while answer.get("state") == "RUNNING":
        answer = monitor(pipe, operation_id=answer["operationId"], wait_seconds=230)


def look(pipe, application, where, count, tables, views=VIEWS):
    for name in views:
        arguments = VIEWS[name]
        view = lambda: monitor(pipe, application_id=application, **arguments)  # noqa: E731
        view()  # Spark's own first reading
        tables.setdefault((where, name), Rows()).add(count, median(timed(view) for _ in range(5)), peak(pipe))


def measure_tasks(cluster, binary):
    tables = {}
    logged = logging(cluster)
    for count in 1000, 10000, 100000:
        with Pipe(binary, logged) as pipe:
            took = timed(lambda: run_tasks(pipe, count))
            print("%d tasks ran in %.0f s" % (count, took / 1000), flush=True)
            session = running(pipe, "applications")
            with Pipe(binary, logged) as fresh:
                look(fresh, session, "runs", count, tables)
        with Pipe(binary, logged) as fresh:
            ended(cluster, session)
            look(fresh, session, "has ended", count, tables)
    for (where, name), rows in sorted(tables.items()):
        rows.show("%s of an application that %s, medians of 5" % (name, where), "tasks", "server's peak MiB")


def measure_stages(cluster, binary):
    """One session, which goes on: two stages for each statement."""
    tables, done = {}, 0
    with Pipe(binary, environment(cluster)) as pipe:
        pipe.sql("SELECT 1")
        session = running(pipe, "applications")
        for count in 10, 100, 1000:
            while done < count:
                pipe.sql("SELECT id % 3 AS k, count(*) FROM range(0, 100, 1, 2) GROUP BY 1")
                done += 2
            with Pipe(binary, environment(cluster)) as fresh:
                look(fresh, session, "runs", count, tables, ["diagnosis", "stages", "failures"])
    for (_, name), rows in sorted(tables.items()):
        rows.show("%s of an application that is running, medians of 5" % name, "stages", "server's peak MiB")


def copies(cluster, count, already):
    """Event logs of a real application of this cluster, without its work, under other ids."""
    end = time.monotonic() + 60
    while not (ended := [path for path in sorted(cluster.events.glob("app-*")) if path.suffix == ""]) and time.monotonic() < end:
        time.sleep(0.2)
    lines = [line for line in ended[-1].read_text().splitlines() if json.loads(line)["Event"] in KEPT]
    application = ended[-1].name
    for number in range(already, count):
        other = "app-20200101000000-%06d" % number
        (cluster.events / other).write_text("\n".join(lines).replace(application, other) + "\n")


def measure_applications(cluster, binary):
    logged = logging(cluster)
    with Pipe(binary, logged) as pipe:
        pipe.sql("SELECT 1")
    rows, single, already = Rows(), Rows(), 0
    for count in 100, 1000, 10000:
        copies(cluster, count, already)
        already = count
        newest = "app-20200101000000-%06d" % (count - 1)
        with Pipe(binary, logged) as pipe:
            end = time.monotonic() + 600
            while time.monotonic() < end and len(listed(cluster)) < count:
                time.sleep(2)
            rows.add(count, median(timed(lambda: monitor(pipe, metric_type="applications")) for _ in range(7)), peak(pipe))
            single.add(count, median(timed(lambda: monitor(pipe, application_id=newest)) for _ in range(7)), peak(pipe))
    rows.show("the list of applications, medians of 7", "ended applications", "server's peak MiB")
    single.show("one of them, by its id", "ended applications", "server's peak MiB")


def listed(cluster):
    from urllib.request import urlopen

    with urlopen(cluster.history_url + "/api/v1/applications") as answer:
        return json.load(answer)


def measure_rows(cluster, binary):
    pages, files, size = Rows(), Rows(), 10000
    with Pipe(binary, environment(cluster)) as pipe, tempfile.TemporaryDirectory() as folder:
        pipe.sql("SELECT 1")
        for count in 10000, 100000, 1000000:
            query = "SELECT id, concat('name ', id) AS name, id * 1.5D AS d FROM range(0, %d, 1, 8)" % count
            took = []
            for offset in range(0, count, size):
                took.append(timed(lambda: pipe.sql(query, offset=offset, limit=size, max_bytes=8388608)))
            pages.add(count, sum(took), "%.0f" % took[0], "%.0f" % took[-1], peak(pipe))
            path = Path(folder) / ("%d.jsonl" % count)
            files.add(count, timed(lambda: pipe.sql(query, download_path=str(path))), peak(pipe))
    pages.show("rows of three columns in pages of 10,000", "rows", "first page", "last page", "server's peak MiB")
    files.show("the same as one file", "rows", "server's peak MiB")


FIGURES = {"flight": measure_flight, "sessions": measure_sessions, "tasks": measure_tasks, "stages": measure_stages,
           "applications": measure_applications, "rows": measure_rows}


if __name__ == "__main__":
    main(FIGURES, __doc__)
