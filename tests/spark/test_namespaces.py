"""Workers with network addresses of their own, as containers have: the session's port open, and closed."""

import re
import subprocess
import time
from pathlib import Path

import pytest

import client
import processes
from cluster import get_json

HERE = Path(__file__).parent
MASTER = "http://10.77.0.2:8080"
NOTE = "open(%r, 'a').write('x')\nimport time\ntime.sleep(%d)\n'done'"

pytestmark = pytest.mark.namespaces


class Hosts:
    """netns-cluster.sh: master, two workers and a history server, each a host of its own."""

    def __init__(self, spark_home, python, folder):
        self.folder = str(folder)
        told = self.run("up", str(spark_home), python, self.folder)
        self.environment = dict(re.findall(r"(\w+)=(\S+)", told))
        self.environment["SPARK_MASTER_UI_URL"] = MASTER
        self.environment["SPARK_REST_URL"] = "http://10.77.0.2:6066"
        self.environment["SPARK_EXECUTOR_MEMORY"] = "600m"

    def run(self, *arguments):
        return subprocess.run(["bash", str(HERE / "netns-cluster.sh"), *arguments], check=True, text=True,
                              stdout=subprocess.PIPE, timeout=150).stdout

    def active_drivers(self):
        state = get_json(MASTER + "/json/")
        return [driver["id"] for driver in state["activedrivers"]] if state else None

    def down(self):
        self.run("down", self.folder)


@pytest.fixture(scope="module")
def hosts(spark_home, python, tmp_path_factory):
    hosts = Hosts(spark_home, python, tmp_path_factory.mktemp("hosts"))
    try:
        assert processes.wait_until(lambda: len((get_json(MASTER + "/json/") or {}).get("workers", [])) == 2, 60)
        yield hosts
    finally:
        hosts.down()


@pytest.fixture
def server(hosts):
    with client.Server(hosts.environment) as server:
        yield server
    assert processes.wait_until(lambda: hosts.active_drivers() == [], 60)


@pytest.fixture
def wall(hosts):
    hosts.run("wall")
    yield
    hosts.run("unwall")


def test_a_session_on_another_host_is_reached_where_its_worker_is(hosts, server):
    assert server.sql("SELECT 1", wait_seconds=200).data["rows"] == [[1]]
    assert len(hosts.active_drivers()) == 1
    again = server.sql("SELECT 2")
    assert again.data["rows"] == [[2]] and "ranIn" not in again.data


def test_behind_a_wall_the_same_statement_runs_as_a_driver_of_its_own(hosts, wall, server):
    answer = server.sql("SELECT id, repeat('x', 1000) AS t FROM range(3000)", limit=3000, max_bytes=8000000,
                        wait_seconds=230)
    assert not answer.is_error, answer.text
    assert answer.data["rows"] == [[i, "x" * 1000] for i in range(3000)]
    assert "cannot be reached" in answer.data["ranIn"] and "SPARK_SESSION_PORT" in answer.data["ranIn"]
    assert processes.wait_until(lambda: hosts.active_drivers() == [], 60)


def test_a_network_that_is_cut_for_40_s_loses_nothing_and_runs_nothing_twice(hosts, server, tmp_path):
    server.sql("CREATE TEMP VIEW kept AS SELECT 1 AS a", wait_seconds=200)
    state = get_json(MASTER + "/json/")
    worker = next(w for w in state["workers"] if w["id"] == state["activedrivers"][0]["worker"])
    host = "worker1" if worker["host"] in ("spark-worker1", "10.77.0.3") else "worker2"
    note = tmp_path / "note"
    running = server.start("run-python", code=NOTE % (str(note), 30), wait_seconds=20)
    time.sleep(2)
    hosts.run("cut", host)
    cut = time.monotonic()
    try:
        handle = running.result()
        time.sleep(max(0, cut + 40 - time.monotonic()))
    finally:
        hosts.run("mend", host)
    assert handle.seconds < 24 and "not answered for" in handle.data["progress"]
    answer = server.monitor(operation_id=handle.data["operationId"], wait_seconds=60)
    assert answer.data["result"]["value"] == "done" and note.read_text() == "x"
    assert server.sql("SELECT * FROM kept").data["rows"] == [[1]]
