"""A master that is killed and comes back from its files, at its own address and then at a standby's: nothing is lost,
nothing is run twice."""

import signal
import time

import pytest

import client
import processes
from client import SLEEPS
from cluster import Cluster, free_port

COUNTED = """import os, time
open(%r, 'a').write('run\\n')
while not os.path.exists(%r):
    time.sleep(.1)
print('ended')
"""


class Standby(Cluster):
    """Two addresses of one master that keeps its state in files; one of them is in use."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.options = " -Dspark.deploy.recoveryMode=FILESYSTEM -Dspark.deploy.recoveryDirectory=%s" % (
            self.folder / "recovery")
        self.places = [(self.port, self.rest_port, self.ui_port), tuple(free_port() for _ in range(3))]
        self.url = "spark://" + ",".join("127.0.0.1:%d" % port for port, _, _ in self.places)

    def environment(self, **changes):
        return super().environment(
            SPARK_REST_URL=",".join("http://127.0.0.1:%d" % port for _, port, _ in self.places),
            SPARK_MASTER_UI_URL=",".join("http://127.0.0.1:%d" % port for _, _, port in self.places), **changes)

    def take_master_away(self):
        self.end(self.master, signal.SIGKILL)

    def bring_master_back(self, place=0):
        """Once the worker has just looked for it, so that it hardly does again while the master looks for its workers: Spark
        then kills the worker's drivers (docs/submission.md)."""
        looks = self.looks_for_master()
        assert processes.wait_until(lambda: self.looks_for_master() > looks, 60), self.log(self.workers[0])
        self.port, self.rest_port, self.ui_port = self.places[place]
        self.rest_url, self.ui_url = "http://127.0.0.1:%d" % self.rest_port, "http://127.0.0.1:%d" % self.ui_port
        self.start_master()
        assert processes.wait_until(lambda: self.state().get("status") == "ALIVE", 60), self.log(self.master)

    def looks_for_master(self):
        return self.log(self.workers[0]).count("Retrying connection to master")


@pytest.fixture(scope="module")
def standby(spark_home, python, tmp_path_factory):
    cluster = Standby(spark_home, python, tmp_path_factory.mktemp("standby"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="module")
def server(standby):
    with client.Server(standby.environment()) as server:
        yield server


@pytest.fixture
def counted(write_script, tmp_path):
    """A job that tells how often it was run, and goes on until the file "go" is there: (its script, both files)."""
    runs, go = tmp_path / "runs", tmp_path / "go"
    yield write_script("counted.py", COUNTED % (str(runs), str(go))), runs, go
    go.touch()


def wait_for(path):
    assert processes.wait_until(path.exists, 60)


# In the same order as they are run: the master is at its first address, then at the standby's.

def test_job_is_followed_to_its_end_while_the_master_is_away(standby, server, counted):
    script, runs, go = counted
    call = server.start("submit-spark-job", application_file=str(script), wait_seconds=client.START)
    wait_for(runs)
    standby.take_master_away()
    standby.bring_master_back()
    go.touch()
    answer = call.result()
    assert answer.data["state"] == "FINISHED" and "ended" in answer.data["output"], answer.text
    assert runs.read_text() == "run\n"
    assert any("cannot reach" in message for message in answer.messages), answer.messages


def test_submission_without_a_master_is_refused_and_not_made_later(standby, server, counted):
    script, runs, _ = counted
    standby.take_master_away()
    answer = server.submit(script)
    assert answer.is_error and "cannot reach" in answer.text
    standby.bring_master_back()
    time.sleep(3)
    assert not runs.exists() and standby.active_drivers() == []


def test_statement_goes_on_while_the_master_is_away(standby, server):
    assert client.rows(server.sql("select 1")) == [[1]]
    [session] = standby.active_drivers()
    call = server.start("execute-sql", sql="select count(*) from range(1) where " + SLEEPS % 9000)
    time.sleep(2)
    standby.take_master_away()
    assert client.rows(server.sql("select 2")) == [[2]]
    standby.bring_master_back()
    assert client.rows(call.result()) == [[1]]
    assert standby.active_drivers() == [session]
    assert client.rows(server.sql("select 3")) == [[3]]


def test_wait_ends_at_the_standby_that_took_over(standby, server, counted):
    script, runs, go = counted
    job = server.submit(script, wait_seconds=0).data["submissionId"]
    call = server.start("monitor-cluster", submission_id=job, wait_seconds=client.START)
    wait_for(runs)
    standby.take_master_away()
    standby.bring_master_back(1)
    go.touch()
    answer = call.result()
    assert answer.data["job"]["state"] == "FINISHED", answer.text
    assert runs.read_text() == "run\n"


def test_standby_that_took_over_is_asked_from_then_on(standby, server, write_script):
    answer = server.submit(write_script("said.py", "print('said there')\n"))
    assert answer.data["state"] == "FINISHED" and "said there" in answer.data["output"], answer.text
    assert client.rows(server.sql("select 4")) == [[4]]
    assert len(standby.active_drivers()) == 1
