"""monitor-cluster diagnosis, on jobs made bad on purpose (jobs/provoke.py)."""

from pathlib import Path

import pytest

import processes
from cluster import get_json

PROVOKE = Path(__file__).parent / "jobs" / "provoke.py"


@pytest.fixture(scope="module")
def provoked(server, cluster, tmp_path_factory):
    """Gives the diagnosis of a job by its name, after its end."""
    def diagnose(name):
        folder = tmp_path_factory.mktemp(name)
        done = server.submit(PROVOKE, name=name, args=[name, str(folder)], num_executors=1, executor_cores=4,
                             executor_memory="700m", driver_memory="700m", wait_seconds=120)
        application = done.data["applicationId"]
        history = "%s/api/v1/applications/%s" % (cluster.history_url, application)
        assert processes.wait_until(
            lambda: (get_json(history) or {"attempts": [{}]})["attempts"][0].get("completed"), 60)
        answer = server.monitor("diagnosis", submission_id=done.data["submissionId"])
        assert not answer.is_error, answer.text
        answer.of_the_job = done
        assert len(answer.everything()) < 10000
        return answer
    return diagnose


def ids(answer):
    return [finding["id"] for finding in answer.data["diagnosis"]["findings"]]


def test_a_job_that_failed_is_told_with_the_users_line(provoked):
    answer = provoked("own_error")
    assert ids(answer)[0] == "F1"
    first = answer.data["diagnosis"]["findings"][0]
    assert "ZeroDivisionError" in first["evidence"] and "provoke.py" in first["at"] and "divide" in first["at"]


def test_skew_is_found_with_what_it_costs_and_where_it_is(provoked):
    answer = provoked("skew_rdd")
    assert ids(answer) == ["P1"], answer.text
    first = answer.data["diagnosis"]["findings"][0]
    assert "provoke.py:" in first["at"] and first["savesSeconds"] >= 3


SKEWED = """
import time
def slowly(part):
    for row in part:
        time.sleep(0.002)
        yield row
pairs = spark.sparkContext.parallelize(range(13000), 4).map(lambda x: (0 if x % 49 else x, x))
pairs.partitionBy(8).mapPartitions(slowly).count()
"""


def test_a_call_tells_by_itself_what_most_of_its_time_went_into(server):
    server.sql("SELECT 1")
    server.monitor("diagnosis")  # a driver's pages are slow the first time, and so is Python on its executors
    server.call("run-python", code="spark.sparkContext.parallelize(range(8), 8).count()", wait_seconds=100)
    answer = server.call("run-python", code=SKEWED, wait_seconds=100)
    assert not answer.is_error, answer.text
    assert "data skew in stage" in answer.text and "metric_type 'diagnosis'" in answer.text


def test_a_healthy_job_is_accused_of_nothing(provoked):
    answer = provoked("healthy")
    assert ids(answer) == [], answer.text
    assert "diagnosis" not in answer.of_the_job.text
