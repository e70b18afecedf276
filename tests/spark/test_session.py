"""The session: one warm driver for a server, what it keeps to itself, and every way in which it ends."""

import http.client
import json
import os
import re
import signal
import time

import pytest

import client
import processes
from client import FOREVER, SLEEPS, START, rows
from cluster import get


def session_driver(cluster):
    """The id of the only active driver."""
    drivers = cluster.active_drivers()
    assert len(drivers) == 1, drivers
    return drivers[0]


def newest(cluster):
    return max(cluster.active_drivers())


def session_port(cluster, driver):
    output = (cluster.work / driver / "stdout").read_text()
    return int(re.search(r"mcp-spark-server#\w+: session (\d+)", output).group(1))


def session_processes(cluster, driver):
    """(JVM, Python) of a session's driver."""
    jvm = [pid for pid in processes.in_folder(cluster.work / driver) if b"DriverWrapper" in processes.read(pid, "cmdline")]
    assert len(jvm) == 1, processes.describe(jvm)
    table = processes.parents()
    python = [pid for pid, parent in table.items() if parent == jvm[0]]
    return jvm[0], python[0]


def live(cluster, driver, path):
    """What the monitoring API of the driver's own UI says of its application."""
    found = re.search(r"application (\S+) (\S+)", (cluster.work / driver / "stdout").read_text())
    return json.loads(get("%s/api/v1/applications/%s/%s" % (found.group(2), found.group(1), path), 10))


@pytest.fixture(scope="module")
def warm(cluster):
    """A server whose session runs."""
    with client.Server(cluster.environment()) as server:
        assert rows(server.sql("SELECT 1", wait_seconds=START)) == [[1]]
        yield server


@pytest.fixture
def fresh(cluster):
    """Begin a server of its own; its session is ended afterwards."""
    begun = []

    def begin(**changes):
        server = client.Server(cluster.environment(**changes))
        server.__enter__()
        begun.append(server)
        return server

    yield begin
    for server in begun:
        server.__exit__(None, None, None)
    assert processes.wait_until(lambda: len(cluster.active_drivers()) <= 1, 60), "a session's driver is left"


# ---- one session, warm ----

@pytest.mark.core
def test_all_statements_run_in_one_driver(warm, cluster):
    before = session_driver(cluster)
    assert rows(warm.sql("SELECT 2")) == [[2]]
    assert session_driver(cluster) == before


@pytest.mark.core
def test_a_view_made_by_one_call_is_there_for_the_next(warm):
    warm.sql("CREATE TEMPORARY VIEW numbers AS SELECT id FROM range(5)")
    assert rows(warm.sql("SELECT sum(id) FROM numbers")) == [[10]]


@pytest.mark.core
def test_a_short_statement_is_answered_while_a_long_one_runs(warm):
    long = warm.start("execute-sql", sql=FOREVER, wait_seconds=60)
    time.sleep(3)
    assert rows(warm.sql("SELECT 3")) == [[3]]
    assert not long.done()
    long.cancel()


def test_a_cancelled_call_stops_its_spark_jobs_and_the_session_goes_on(cluster, fresh):
    with client.Pipe(cluster.environment()) as pipe:
        first = pipe.call("execute-sql", sql="SELECT 1", wait_seconds=START)
        assert pipe.receive(first, START + 10)["result"]["structuredContent"]["rows"] == [[1]]
        call = pipe.call("execute-sql", sql=FOREVER, wait_seconds=100)
        time.sleep(4)
        pipe.send(method="notifications/cancelled", params={"requestId": call})
        driver = newest(cluster)
        assert processes.wait_until(lambda: live(cluster, driver, "jobs?status=running") == [], 60)
        after = pipe.call("execute-sql", sql="SELECT 4")
        assert pipe.receive(after, 60)["result"]["structuredContent"]["rows"] == [[4]]
        assert driver in cluster.active_drivers()


@pytest.mark.core
def test_work_that_takes_longer_than_the_call_waits_is_fetched_by_its_operation_id(warm):
    begun = warm.sql("SELECT 4000000000 AS n FROM range(1) WHERE " + SLEEPS % 4000, wait_seconds=1)
    id = begun.data["operationId"]
    assert begun.data["state"] == "RUNNING"
    assert id in begun.data["next"]
    answer = warm.monitor(operation_id=id, wait_seconds=120)
    assert answer.data["state"] == "FINISHED"
    assert answer.data["result"]["rows"] == [[4000000000]]
    assert "4000000000" in answer.text


def test_progress_tells_tasks_from_sparks_own_status(warm):
    answer = warm.sql("SELECT count(*) FROM range(0, 40, 1, 40) WHERE " + SLEEPS % 250, wait_seconds=100)
    assert rows(answer) == [[40]]
    assert any(re.search(r"\d+ of 4\d tasks done", message) for message in answer.messages), answer.messages


@pytest.mark.core
def test_an_operation_is_ended_by_kill_spark_job(warm):
    id = warm.sql(FOREVER, wait_seconds=0).data["operationId"]
    time.sleep(2)
    killed = warm.call("kill-spark-job", operation_id=id)
    assert killed.data["killed"] is True and killed.data["state"] == "CANCELLED"
    assert warm.monitor(operation_id=id).is_error
    assert rows(warm.sql("SELECT 5")) == [[5]]


def test_a_statement_is_stopped_after_timeout_seconds(warm):
    answer = warm.sql(FOREVER, timeout_seconds=3)
    assert answer.is_error and "TIMEOUT" in answer.text and answer.seconds < 30


def test_eight_statements_at_once_are_all_answered(warm):
    calls = [warm.start("execute-sql", sql="SELECT %d, count(*) FROM range(0, 2000000)" % i) for i in range(8)]
    assert [rows(call.result())[0] for call in calls] == [[i, 2000000] for i in range(8)]


# ---- what it keeps to itself ----

def ask(port, method="GET", path="/status", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, body=b"{}" if method == "POST" else None, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read(), dict(answer.getheaders())


@pytest.mark.core
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic Zm9vOmJhcg=="}])
@pytest.mark.parametrize("method, path", [("GET", "/status"), ("POST", "/operations"), ("POST", "/operations/x/cancel"), ("GET", "/x")])
def test_requests_without_the_token_get_401_and_nothing_else(warm, cluster, headers, method, path):
    status, body, sent = ask(session_port(cluster, session_driver(cluster)), method, path, **headers)
    assert (status, body) == (401, b"")
    assert set(sent) <= {"Content-Length", "Connection"}


@pytest.mark.core
def test_the_token_stands_in_no_argument_list_log_or_page(warm, cluster):
    driver = session_driver(cluster)
    jvm, python = session_processes(cluster, driver)
    environ = processes.read(jvm, "environ").decode()
    token = re.search(r'"token": ?"([0-9a-f]{64})"', environ).group(1)
    status, body, _ = ask(session_port(cluster, driver), Authorization="Bearer " + token)
    assert status == 200, "this is not the token: %s" % body
    assert processes.with_text(token, "cmdline") == set()
    holders = [str(path) for path, text in cluster.written_logs().items() if token.encode() in text]
    assert holders == []
    assert token not in json.dumps(live(cluster, driver, "environment"))
    assert token not in warm.stderr()


def test_python_of_the_session_has_no_token_in_its_environment_for_children(warm, cluster):
    answer = warm.sql("SELECT 1")
    assert rows(answer) == [[1]]
    mine = processes.with_text(str(cluster.folder), "environ") & processes.with_text("MCP_SPARK_REQUEST_0", "environ")
    jvm, python = session_processes(cluster, session_driver(cluster))
    assert jvm in mine and mine <= {jvm, python}


def test_statements_do_not_see_what_the_driver_was_sent(cluster, fresh):
    server = fresh()
    asked = "SELECT '${env:MCP_SPARK_RUNNER}', '${env:MCP_SPARK_REQUEST_0}', '${env:PATH}'"
    assert rows(server.sql(asked, wait_seconds=START))[0][2] == "${env:PATH}"
    server.sql("SET spark.sql.variable.substitute=true")
    found = rows(server.sql(asked))[0]
    assert found[:2] == ["${env:MCP_SPARK_RUNNER}", "${env:MCP_SPARK_REQUEST_0}"] and found[2] != "${env:PATH}"
    found = rows(server.sql("SELECT java_method('java.lang.System', 'getenv', 'MCP_SPARK_REQUEST_0')"))
    assert found in ([[None]], [["null"]])


# ---- how it ends ----

@pytest.mark.core
def test_a_killed_session_is_told_with_what_was_lost_and_the_next_call_has_a_fresh_one(cluster, fresh):
    server = fresh()
    server.sql("SELECT 1", wait_seconds=START)
    server.sql("CREATE TEMPORARY VIEW lost_view AS SELECT 1 AS a")
    driver = newest(cluster)
    running = server.start("execute-sql", sql=FOREVER, wait_seconds=100)
    time.sleep(3)
    assert server.kill(driver).data["killed"]
    answer = running.result()
    assert answer.is_error and "session ended" in answer.text and "lost_view" in answer.text
    again = server.sql("SELECT 6", wait_seconds=START)
    assert rows(again) == [[6]]
    assert driver not in cluster.active_drivers()


def test_a_session_lost_between_two_calls_is_told_with_the_next_answer(cluster, fresh):
    server = fresh()
    server.sql("CREATE TEMPORARY VIEW gone_view AS SELECT 1 AS a", wait_seconds=START)
    server.kill(newest(cluster))
    answer = server.sql("SELECT 7", wait_seconds=START)
    assert rows(answer) == [[7]]
    assert any("gone_view" in warning for warning in answer.data["warnings"])


def test_an_idle_session_ends_by_itself(cluster, fresh):
    server = fresh(SPARK_SESSION_IDLE="4")
    server.sql("SELECT 1", wait_seconds=START)
    driver = newest(cluster)
    assert processes.wait_until(lambda: driver not in cluster.active_drivers(), 60)
    assert cluster.driver(driver)["state"] == "FINISHED"
    answer = server.sql("SELECT 8", wait_seconds=START)
    assert rows(answer) == [[8]]
    assert any("idle" in warning for warning in answer.data["warnings"])


def test_a_session_whose_server_was_killed_ends_by_itself(cluster):
    pipe = client.Pipe(cluster.environment())
    call = pipe.call("execute-sql", sql="SELECT 1", wait_seconds=START)
    assert pipe.receive(call, START + 10) is not None
    driver = newest(cluster)
    jvm, python = session_processes(cluster, driver)
    os.kill(pipe.pid, signal.SIGKILL)
    pipe.process.wait()
    assert processes.wait_until(lambda: not processes.is_alive(jvm) and not processes.is_alive(python), 60)
    assert processes.wait_until(lambda: cluster.driver(driver)["state"] == "FINISHED", 60)


def test_a_statement_outlives_a_pause_of_its_server(cluster, fresh):
    server = fresh()
    server.sql("SELECT 1", wait_seconds=START)
    driver = newest(cluster)
    id = server.sql("SELECT 5 AS n FROM range(1) WHERE " + SLEEPS % 20000, wait_seconds=0).data["operationId"]
    os.kill(server.pid, signal.SIGSTOP)
    time.sleep(40)  # longer than a session at rest waits for its server
    os.kill(server.pid, signal.SIGCONT)
    assert server.monitor(operation_id=id, wait_seconds=30).data["result"]["rows"] == [[5]]
    assert newest(cluster) == driver


def test_python_ends_when_its_jvm_has_died_and_the_next_call_has_a_fresh_session(cluster, fresh):
    server = fresh()
    server.sql("SELECT 1", wait_seconds=START)
    driver = newest(cluster)
    jvm, python = session_processes(cluster, driver)
    os.kill(jvm, signal.SIGKILL)
    assert processes.wait_until(lambda: not processes.is_alive(python), 60)
    assert rows(server.sql("SELECT 9", wait_seconds=START)) == [[9]]


def test_a_statement_that_meets_a_dead_jvm_runs_in_a_fresh_session(cluster, fresh):
    server = fresh()
    server.sql("SELECT 1", wait_seconds=START)
    jvm, _ = session_processes(cluster, newest(cluster))
    os.kill(jvm, signal.SIGKILL)  # Python lives on for up to half a second
    answer = server.sql("SELECT 10", wait_seconds=START)
    assert rows(answer) == [[10]]
    assert any("ended" in warning for warning in answer.data["warnings"])


@pytest.mark.core
def test_the_session_is_gone_when_its_server_ends(cluster):
    with client.Pipe(cluster.environment()) as pipe:
        call = pipe.call("execute-sql", sql="SELECT 1", wait_seconds=START)
        assert pipe.receive(call, START + 10) is not None
        driver = newest(cluster)
        pipe.close_input()
        assert pipe.wait(10) == 0
    assert processes.wait_until(lambda: driver not in cluster.active_drivers(), 60)


def test_a_lost_worker_ends_in_one_clear_message(cluster, fresh):
    server = fresh()
    server.sql("SELECT 1", wait_seconds=START)
    driver = newest(cluster)
    worker = cluster.worker_of(driver)
    running = server.start("execute-sql", sql=FOREVER, wait_seconds=120)
    time.sleep(3)
    try:
        cluster.end(worker, signal.SIGKILL)
        os.killpg(worker.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    cluster.workers.remove(worker)
    cluster.start_worker()
    answer = running.result()
    assert answer.is_error and "session ended" in answer.text
    cluster.wait_ready()
    assert rows(server.sql("SELECT 10", wait_seconds=START)) == [[10]]


# ---- room ----

@pytest.mark.core
def test_a_cluster_that_can_never_take_the_session_says_so_in_seconds(cluster, fresh):
    server = fresh(SPARK_CONF="spark.driver.memory=90g")
    answer = server.sql("SELECT 1", wait_seconds=100)
    assert answer.is_error and answer.seconds < 20
    assert "92160 MiB" in answer.text and "free" in answer.text


def test_executors_that_no_worker_can_take_are_told_in_seconds(cluster, fresh):
    server = fresh(SPARK_EXECUTOR_MEMORY="90g")
    first = server.sql("SELECT count(*) FROM range(10)", wait_seconds=START)
    assert first.data["state"] == "RUNNING" and first.seconds < 100
    assert "92160 MiB" in first.text and "free" in first.text


def test_idle_executors_go_back_to_the_cluster_and_come_again(cluster, fresh):
    settings = cluster.environment()["SPARK_CONF"] + ",spark.dynamicAllocation.executorIdleTimeout=3s"
    server = fresh(SPARK_CONF=settings)
    server.sql("SELECT count(*) FROM range(10)", wait_seconds=START)
    application = max(app["id"] for app in cluster.state()["activeapps"])
    assert processes.wait_until(lambda: cluster.executors_of(application) == [], 60)
    assert rows(server.sql("SELECT count(*) FROM range(10)", wait_seconds=100)) == [[10]]


def test_two_servers_on_one_cluster_do_not_see_each_others_views(cluster, warm, fresh):
    other = fresh()
    other.sql("CREATE TEMPORARY VIEW only_here AS SELECT 1 AS a", wait_seconds=START)
    assert rows(other.sql("SELECT a FROM only_here")) == [[1]]
    answer = warm.sql("SELECT a FROM only_here")
    assert answer.is_error and "TABLE_OR_VIEW_NOT_FOUND" in answer.text
