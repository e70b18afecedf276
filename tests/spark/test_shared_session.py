"""SPARK_SESSION_SHARED: a session that outlives its server, for those that come after it."""

import json
import stat
import threading

import pytest

import client
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
