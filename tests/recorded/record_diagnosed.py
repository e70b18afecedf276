#!/usr/bin/env python3
"""Record what Spark tells of the jobs of tests/spark/jobs/provoke.py, as the rules of a diagnosis read it.

usage: record_diagnosed.py SPARK_HOME PYTHON NAME...    on a cluster of its own, an application each
       record_diagnosed.py local NAME...                in one local[4] of this Python, for what needs no executors

What the history server or the driver's UI tells is written to spark-VERSION/diagnosed/NAME.json: one object
(include/diagnosis/facts.h), with the machine's folders replaced.
"""

import json
import os
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
SPARK_TESTS = HERE.parent / "spark"
sys.path.insert(0, str(SPARK_TESTS))

import cluster as clusters  # noqa: E402
import processes  # noqa: E402

KEPT = {"jobs": "jobId submissionTime completionTime numTasks numCompletedTasks numFailedTasks numKilledTasks"
                " numSkippedTasks numActiveTasks status name description jobGroup stageIds",
        "stages": "stageId attemptId submissionTime firstTaskLaunchedTime completionTime numTasks numCompleteTasks"
                  " numFailedTasks numKilledTasks numActiveTasks executorRunTime executorCpuTime jvmGcTime"
                  " shuffleFetchWaitTime resultSize peakExecutionMemory inputBytes inputRecords outputBytes"
                  " outputRecords shuffleReadBytes shuffleReadRecords shuffleWriteBytes shuffleWriteRecords"
                  " memoryBytesSpilled diskBytesSpilled status name description failureReason",
        "executors": "id hostPort isActive totalCores maxTasks addTime removeTime removeReason maxMemory memoryUsed"
                     " totalDuration totalGCTime peakMemoryMetrics",
        "queries": "id submissionTime duration rootExecutionId status description errorMessage runningJobIds"
                   " successJobIds failedJobIds"}


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError:
        return None


def keep(rows, kind):
    return [{key: row[key] for key in KEPT[kind].split() if key in row} for row in rows]


def tell(base):
    """All that the server's own flow may ask for."""
    attempt = fetch(base)["attempts"][0]
    told = {"place": {"startMs": attempt["startTimeEpoch"], "endMs": attempt["endTimeEpoch"],
                      "toldMs": attempt["lastUpdatedEpoch"], "isRunning": not attempt["completed"],
                      "from": "history server"},
            "jobs": keep(fetch(base + "/jobs"), "jobs"), "stages": keep(fetch(base + "/stages"), "stages"),
            "executors": keep(fetch(base + "/allexecutors"), "executors"),
            "queries": keep(fetch(base + "/sql?details=false&planDescription=false&offset=0&length=20000"), "queries"),
            "settings": fetch(base + "/environment")["sparkProperties"],
            "storage": fetch(base + "/storage/rdd"),
            "summaries": {}, "slowest": {}, "failed": {}, "plans": {}}
    for stage in told["stages"]:
        name = "%d.%d" % (stage["stageId"], stage["attemptId"])
        path = "%s/stages/%d/%d" % (base, stage["stageId"], stage["attemptId"])
        for part, query in (("summaries", "/taskSummary?quantiles=0,0.25,0.5,0.75,0.95,1"),
                            ("slowest", "/taskList?offset=0&length=16&sortBy=-runtime"),
                            ("failed", "/taskList?offset=0&length=5&status=FAILED")):
            answer = fetch(path + query)
            if answer:
                for task in answer if isinstance(answer, list) else []:
                    for key in ("accumulatorUpdates", "executorLogs"):
                        task.pop(key, None)
                told[part][name] = answer
    for query in told["queries"]:
        told["plans"][str(query["id"])] = fetch("%s/sql/%d?details=true&planDescription=true" % (base, query["id"]))
    return told


def since(told, job_id, begun_ms):
    """Of what a driver with several jobs tells, what belongs to those from this one on."""
    told["jobs"] = [job for job in told["jobs"] if job["jobId"] >= job_id]
    stages = {id for job in told["jobs"] for id in job["stageIds"]}
    jobs = {job["jobId"] for job in told["jobs"]}
    told["stages"] = [stage for stage in told["stages"] if stage["stageId"] in stages]
    told["queries"] = [query for query in told["queries"]
                       if jobs & {id for key in ("runningJobIds", "successJobIds", "failedJobIds") for id in query[key]}]
    queries = {str(query["id"]) for query in told["queries"]}
    told["plans"] = {id: plan for id, plan in told["plans"].items() if id in queries}
    for part in ("summaries", "slowest", "failed"):
        told[part] = {name: value for name, value in told[part].items() if int(name.partition(".")[0]) in stages}
    told["place"].update(startMs=begun_ms, endMs=int(time.time() * 1000), isRunning=False)
    return told


def record_local(names):
    import pyspark
    from pyspark.sql import SparkSession
    provoke = runpy.run_path(str(SPARK_TESTS / "jobs" / "provoke.py"))  # no module: it travels with its functions
    spark = (SparkSession.builder.master("local[4]").appName("provoked").config("spark.driver.memory", "1g").config("spark.ui.showConsoleProgress", "false")
             .config("spark.ui.port", str(clusters.free_port())).getOrCreate())
    base = "%s/api/v1/applications/%s" % (spark.sparkContext.uiWebUrl, spark.sparkContext.applicationId)
    spark.range(1000).selectExpr("max(sha2(cast(id as string), 512))").collect()
    for name in names:
        folder = tempfile.mkdtemp(prefix="provoked-")
        begun_ms, first = int(time.time() * 1000), len(fetch(base + "/jobs"))
        settings = {key: value for key, value in provoke["SETTINGS"].get(name, {}).items()
                    if key.startswith("spark.sql.")}
        for key, value in settings.items():
            spark.conf.set(key, value)
        try:
            provoke[name](spark, folder)
        except Exception as error:
            print("%s: %.100s" % (name, error), flush=True)
        time.sleep(2)
        told = since(tell(base), first, begun_ms)
        told["settings"] += [list(pair) for pair in settings.items()]
        for key in settings:
            spark.conf.unset(key)
        shutil.rmtree(folder, ignore_errors=True)
        write(told, pyspark.__version__, name, [(folder, "/data"), (str(SPARK_TESTS / "jobs"), "/jobs")])
    spark.stop()


def write(told, version, name, names):
    text = json.dumps(told, separators=(",", ":"))
    for real, shown in names:
        text = text.replace(real, shown)
    target = HERE / ("spark-" + version) / "diagnosed"
    target.mkdir(exist_ok=True)
    (target / (name + ".json")).write_text(text)
    print("%s: %.0f s, %d bytes" % (name, (told["place"]["endMs"] - told["place"]["startMs"]) / 1000, len(text)),
          flush=True)


def run(cluster, name, names, version):
    folder = Path(tempfile.mkdtemp(prefix="provoked-"))
    names = [(str(folder), "/data")] + names
    known = {row["id"] for row in fetch(cluster.history_url + "/api/v1/applications")}
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SPARK_")}
    environment.update(SPARK_HOME=str(cluster.spark_home), SPARK_LOCAL_IP="127.0.0.1",
                       PYSPARK_PYTHON=cluster.python, PYSPARK_DRIVER_PYTHON=cluster.python)
    with open(cluster.folder / (name + ".log"), "wb") as log:
        subprocess.run(
            [str(cluster.spark_home / "bin" / "spark-submit"), "--master", cluster.url, "--driver-memory", "700m",
             "--conf", "spark.eventLog.enabled=true", "--conf", "spark.eventLog.dir=file://%s" % cluster.events,
             str(SPARK_TESTS / "jobs" / "provoke.py"), name, str(folder)],
            env=environment, stdout=log, stderr=log, timeout=120)

    def found():
        return [row for row in fetch(cluster.history_url + "/api/v1/applications")
                if row["id"] not in known and row["attempts"][0]["completed"]]

    processes.wait_until(found, 30)
    base = "%s/api/v1/applications/%s" % (cluster.history_url, found()[0]["id"])
    write(tell(base), version, name, names)
    shutil.rmtree(folder, ignore_errors=True)


def main():
    if sys.argv[1] == "local":
        record_local(sys.argv[2:])
        return
    spark_home, python = Path(sys.argv[1]).resolve(), sys.argv[2]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the cluster ends with it
    folder = Path(tempfile.mkdtemp(prefix="diagnosed-"))
    cluster = clusters.Cluster(spark_home, python, folder)
    names = [(str(folder), "/var/spark"), (str(SPARK_TESTS / "jobs"), "/jobs"), (str(spark_home), "/opt/spark"),
             (str(Path(python).parent.parent), "/opt/python")]
    try:
        cluster.start()
        version = fetch(cluster.history_url + "/api/v1/version")["spark"]
        for name in sys.argv[3:]:
            try:
                run(cluster, name, names, version)
            except Exception as error:  # the others are recorded nevertheless
                print("%s: %r" % (name, error), flush=True)
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


main()
