"""What was asked for against what the master then shows."""

import json

import pytest

import processes

HOLD = """
import time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
time.sleep(60)
"""


@pytest.fixture
def shown(server, cluster, write_script):
    """What the master shows of a job with these arguments: its driver, its application, its executors."""
    begun = []

    def shown(executors, **arguments):
        answer = server.submit(write_script("hold.py", HOLD), wait_seconds=0, **arguments)
        assert not answer.is_error, answer.text
        begun.append(answer.data["submissionId"])

        def found():
            told = server.monitor(submission_id=begun[-1], wait_seconds=0)
            app = told.data["job"].get("applicationId")
            rows = cluster.executors_of(app) if app else []
            return (cluster.driver(begun[-1]), cluster.application(app), rows) if app and len(rows) == executors else None

        told = processes.wait_until(found, 60)
        assert told, server.monitor(submission_id=begun[-1], wait_seconds=0).text
        return told

    yield shown
    for id in begun:
        server.kill(id)


@pytest.mark.parametrize("given, memory", [("614400k", 600), ("600m", 600), ("1g", 1024), ("1G", 1024), ("734003200b", 700)])
def test_memory_of_executors_in_any_unit(given, memory, shown):
    _, _, executors = shown(1, num_executors=1, executor_cores=1, executor_memory=given)
    assert [executor["memory"] for executor in executors] == [memory]


@pytest.mark.parametrize("count, cores", [(1, 2), (3, 1), (2, 2)])
def test_so_many_executors_of_so_many_cores(count, cores, shown):
    _, app, _ = shown(count, num_executors=count, executor_cores=cores, executor_memory="600m")
    assert app["cores"] == count * cores


def test_size_of_the_driver(shown):
    driver, _, _ = shown(1, num_executors=1, executor_cores=1, executor_memory="600m", driver_memory="700m", driver_cores=2)
    assert (driver["memory"], driver["cores"]) == (700, 2)


def test_executors_that_come_when_needed(shown):
    _, _, executors = shown(2, executor_cores=1, executor_memory="600m", conf={
        "spark.dynamicAllocation.enabled": "true", "spark.dynamicAllocation.shuffleTracking.enabled": "true",
        "spark.dynamicAllocation.minExecutors": "2", "spark.dynamicAllocation.maxExecutors": "4"})
    assert len(executors) == 2


def test_a_gpu_that_no_worker_has_is_said(server, write_script):
    answer = server.submit(write_script("gpu.py", HOLD), wait_seconds=30, num_executors=1, executor_cores=1,
                           executor_memory="600m", conf={
                               "spark.executor.resource.gpu.amount": "1", "spark.task.resource.gpu.amount": "1"})
    try:
        assert "gpu" in json.dumps(answer.data.get("warnings", "")).lower() + answer.text.lower(), answer.text
    finally:
        server.kill(answer.data["submissionId"])
