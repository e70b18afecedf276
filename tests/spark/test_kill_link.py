"""kill-spark-job of what was not submitted here: an application as a notebook makes it, its jobs and stages."""

import os
import subprocess
from types import SimpleNamespace

import pytest

import client
import processes

NOTEBOOK = """
import sys, threading
from pyspark.sql import SparkSession
spark = SparkSession.builder.master(sys.argv[1]).config("spark.cores.max", "1").config(
    "spark.executor.memory", "512m").config("spark.ui.killEnabled", sys.argv[2]).getOrCreate()
print(spark.sparkContext.applicationId, flush=True)
while True:
    try:
        spark.range(0, 10 ** 15, 1, 4).where("id % 7 = 9").count()
        break
    except Exception as error:
        if "cancel" not in str(error).lower():
            break
"""


@pytest.fixture(scope="module")
def start_notebook(cluster, python, tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebook")
    (folder / "notebook.py").write_text(NOTEBOOK)
    started = []

    def start(kill_enabled="true"):
        log = open(folder / "log", "ab")
        process = subprocess.Popen(
            [python, str(folder / "notebook.py"), cluster.environment()["SPARK_MASTER"], kill_enabled],
            stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True,
            env={**os.environ, "PYSPARK_PYTHON": python, "SPARK_HOME": str(cluster.spark_home)})
        started.append(process)
        return SimpleNamespace(process=process, id=process.stdout.readline().strip())

    yield start
    for process in started:
        process.kill()
        process.wait()


def running(server, application, what, key):
    """The id of a job or stage that runs, once there is one."""
    found = []

    def look():
        answer = server.monitor(what, application_id=application)
        found[:] = [row[key] for row in (answer.structured or {}).get(what, []) if row["status"] in ("RUNNING", "ACTIVE")]
        return found

    assert processes.wait_until(look, client.START), server.monitor(what, application_id=application).text
    return found[0]


@pytest.mark.core
def test_job_stage_and_application_end_one_after_the_other(server, cluster, start_notebook):
    notebook = start_notebook()
    job = running(server, notebook.id, "jobs", "jobId")
    killed = server.call("kill-spark-job", application_id=notebook.id, job_id=job)
    assert killed.data == {"applicationId": notebook.id, "jobId": job, "killed": True,
                           "stateBefore": "RUNNING", "state": "FAILED"}
    stage = running(server, notebook.id, "stages", "stageId")
    killed = server.call("kill-spark-job", application_id=notebook.id, stage_id=stage)
    assert (killed.data["killed"], killed.data["state"]) == (True, "FAILED"), killed.text
    killed = server.call("kill-spark-job", application_id=notebook.id)
    assert killed.data["killed"] and killed.data["stateBefore"] == "RUNNING", killed.text
    assert notebook.id not in [app["id"] for app in cluster.state()["activeapps"]]
    again = server.call("kill-spark-job", application_id=notebook.id)
    assert not again.data["killed"] and "nothing to kill" in again.text


def test_an_application_that_lets_nothing_be_killed_is_told(server, start_notebook):
    notebook = start_notebook("false")
    job = running(server, notebook.id, "jobs", "jobId")
    answer = server.call("kill-spark-job", application_id=notebook.id, job_id=job)
    assert answer.is_error and "spark.ui.killEnabled" in answer.text
    assert server.call("kill-spark-job", application_id=notebook.id).data["killed"]


def test_a_read_only_server_ends_nothing(cluster):
    with client.Server(cluster.environment(SPARK_READ_ONLY="true")) as server:
        answer = server.call("kill-spark-job", application_id="app-20260101000000-0000")
    assert answer.is_error and "SPARK_READ_ONLY" in answer.text
