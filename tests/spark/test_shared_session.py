"""SPARK_SESSION_SHARED: a session that outlives its server, for those that come after it."""

import json
import os
import signal
import stat
import threading

import pytest

import client
import processes
from client import FOREVER, SLEEPS, START, rows


@pytest.fixture(scope="module")
def state_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def begin(cluster, state_folder):
    """Give a server that shares its session, for `with`."""

    def begin(**changes):
        environment = {"SPARK_SESSION_SHARED": "true", "XDG_STATE_HOME": str(state_folder), **changes}
        return client.Server(cluster.environment(**environment))

    return begin


def records(state_folder):
    return list((state_folder / "mcp-spark-server" / "sessions").glob("*.json"))


def test_servers_that_start_at_once_start_one_session(cluster, begin):
    answers = []

    def ask():
        with begin() as server:
            answers.append(rows(server.sql("SELECT 1", wait_seconds=START)))

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert answers == [[[1]], [[1]]]
    assert len(cluster.active_drivers()) == 1


def test_a_later_server_finds_views_and_operations(cluster, begin, state_folder):
    with begin() as first:
        first.sql("CREATE OR REPLACE TEMPORARY VIEW kept AS SELECT 7 AS n", wait_seconds=START)
        short = first.sql("SELECT n + 1 AS m FROM kept WHERE " + SLEEPS % 6000, wait_seconds=0).data["operationId"]
        endless = first.sql(FOREVER, wait_seconds=0).data["operationId"]
        assert not first.monitor(operation_id=short, wait_seconds=30).is_error
    with begin() as second:
        assert rows(second.sql("SELECT n FROM kept")) == [[7]]
        told = second.monitor(operation_id=endless).data
        assert (told["state"], told["tool"]) == ("RUNNING", "execute-sql")
        killed = second.call("kill-spark-job", operation_id=endless).data
        assert killed["state"] == "CANCELLED"
        unknown = second.monitor(operation_id="op-000000000000")
        assert unknown.is_error and "Another server process" in unknown.text
    assert len(cluster.active_drivers()) == 1


def test_another_server_is_handed_the_result_of_an_operation(begin):
    with begin() as first:
        slow = "SELECT count(*) AS n FROM range(1) WHERE " + SLEEPS % 6000
        id = first.sql(slow, wait_seconds=0).data["operationId"]
    with begin() as second:
        answer = second.monitor(operation_id=id, wait_seconds=60)
        assert answer.data["state"] == "FINISHED", answer.text
        assert answer.data["result"]["rows"] == [[1]]
        assert "rowCount" in answer.text


def test_only_its_user_can_read_where_a_session_is(begin, state_folder):
    with begin() as server:
        rows(server.sql("SELECT 1", wait_seconds=START))
        [record] = records(state_folder)
        assert stat.S_IMODE(record.stat().st_mode) == 0o600
        assert stat.S_IMODE(record.parent.stat().st_mode) == 0o700
        assert json.loads(record.read_text())["token"] not in server.stderr()


def test_a_session_that_was_killed_is_not_taken_for_alive(cluster, begin):
    cluster.kill_all_drivers()
    with begin() as server:
        assert rows(server.sql("SELECT 2", wait_seconds=START)) == [[2]]
        answer = server.sql("SELECT * FROM kept")
        assert answer.is_error
    assert len(cluster.active_drivers()) == 1


# A private Spark below it. When it ends by itself: tests/transcripts/private_spark.py.

def supervisors(folder):
    return [pid for pid in processes.with_text(str(folder), "cmdline")
            if b"--private-spark" in processes.read(pid, "cmdline") and os.getsid(pid) == pid]


def test_a_private_spark_outlives_its_server(python, tmp_path):
    environment = {"PYSPARK_PYTHON": python, "SPARK_MASTER": "local[2]", "SPARK_SESSION_SHARED": "true",
                   "TMPDIR": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}

    def sql(pipe, text, wait_seconds):
        answer = pipe.receive(pipe.call("execute-sql", sql=text, wait_seconds=wait_seconds), START)
        return answer["result"]["structuredContent"]

    def left():
        return set(filter(processes.is_alive, started)), list(tmp_path.glob("mcp-spark-*"))

    try:
        with client.Pipe(environment) as first:
            sql(first, "CREATE TEMPORARY VIEW kept AS SELECT 7 AS n", START)
            id = sql(first, "SELECT n FROM kept WHERE " + SLEEPS % 4000, 0)["operationId"]
            first.process.kill()
        with client.Server(environment) as second, client.Server(environment) as third:
            assert second.monitor(operation_id=id, wait_seconds=60).data["result"]["rows"] == [[7]]
            assert rows(third.sql("SELECT n + 1 FROM kept")) == [[8]]
            masters = [server.monitor().data["cluster"]["master"] for server in (second, third)]
            assert masters[0] == masters[1] and len(supervisors(tmp_path)) == 1
    finally:
        started = set(supervisors(tmp_path))
        for supervisor in supervisors(tmp_path):
            started |= processes.descendants(supervisor)
            os.kill(supervisor, signal.SIGTERM)
    processes.wait_until(lambda: left() == (set(), []), 60)
    assert len(started) > 4 and left() == (set(), [])
