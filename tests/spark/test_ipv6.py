"""A cluster that is known by IPv6 addresses. It has one of its own, which takes a minute: on request (conftest.py)."""

import pytest

import client
from cluster import Cluster
from test_check import run

pytestmark = pytest.mark.ipv6


@pytest.fixture(scope="module")
def cluster(spark_home, python, tmp_path_factory):
    cluster = Cluster(spark_home, python, tmp_path_factory.mktemp("ipv6"), host="[::1]")
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def test_every_server_is_reached(cluster):
    done = run("--check", **cluster.environment())
    assert done.returncode == 0, done.stdout
    assert "ok      worker          http://[" in done.stdout and "ok      history server" in done.stdout


def test_session_is_warm(server):
    answer = server.sql("SELECT count(*) AS n FROM range(1000)", wait_seconds=client.START)
    assert answer.structured["rows"] == [[1000]] and "ranIn" not in answer.structured, answer.text


def test_output_and_application_of_a_job_come_back(server):
    answer = server.call("submit-spark-job", code="print(6 * 7)", num_executors=1, wait_seconds=client.START)
    assert answer.structured["state"] == "FINISHED" and "42" in answer.structured["output"], answer.text
