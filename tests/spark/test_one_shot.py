"""SPARK_SESSION=off: the same operations, each a driver of its own whose answer is read from its log."""

import time

import pytest

import client
import processes
from client import FOREVER


@pytest.fixture(scope="module")
def alone(cluster):
    with client.Server(cluster.environment(SPARK_SESSION="off")) as server:
        yield server


def test_a_statement_without_a_session_gives_the_same_rows_and_says_where_it_ran(alone, cluster):
    answer = alone.sql("SELECT 1 AS a, 'Zürich' AS b, cast('1.10' AS decimal(5,2)) AS c", wait_seconds=150)
    assert answer.data["rows"] == [[1, "Zürich", "1.10"]]
    assert "SPARK_SESSION is off" in answer.data["ranIn"]
    assert processes.wait_until(lambda: cluster.active_drivers() == [], 60)


def test_an_answer_of_many_mebibytes_comes_complete_through_the_log(alone):
    answer = alone.sql("SELECT id, concat(repeat('é\\n\"', 100), id) AS t FROM range(10000)", limit=10000,
                       max_bytes=8388608, wait_seconds=200)
    assert not answer.is_error, answer.text
    assert answer.data["rows"] == [[i, 'é\n"' * 100 + str(i)] for i in range(10000)]


def test_an_error_without_a_session_is_the_same_error(alone):
    answer = alone.sql("SELECT * FROM nowhere", wait_seconds=150)
    assert answer.is_error and "TABLE_OR_VIEW_NOT_FOUND" in answer.text


def test_a_cancelled_call_kills_the_driver_of_its_own(cluster):
    with client.Pipe(cluster.environment(SPARK_SESSION="off")) as pipe:
        call = pipe.call("execute-sql", sql=FOREVER, wait_seconds=200)
        assert processes.wait_until(lambda: cluster.active_drivers(), 60)
        time.sleep(3)
        driver = cluster.active_drivers()[0]
        pipe.send(method="notifications/cancelled", params={"requestId": call})
        assert processes.wait_until(lambda: driver not in cluster.active_drivers(), 60)
