"""A private Spark that somebody kills: what is told, how soon, and what is left behind."""

import os
import signal
import time

import pytest

import client
import processes

SLEEP = "import time\nprint('begun', flush=True)\ntime.sleep(300)\n"


class Run:
    pass


def pids(server, mark):
    return [pid for pid in processes.descendants(server.pid) - {server.pid}
            if processes.is_alive(pid) and mark in processes.read(pid, "cmdline")]


def kill(server, mark):
    """SIGKILL; gives the time."""
    parents, found = processes.parents(), pids(server, mark)
    found = [pid for pid in found if parents.get(pid) not in found]  # its own children
    assert len(found) == 1, processes.describe(set(found))
    os.kill(found[0], signal.SIGKILL)
    return time.monotonic()


@pytest.fixture(scope="module")
def run(python, tmp_path_factory, write_script):
    run = Run()
    folder = tmp_path_factory.mktemp("private")
    script = str(write_script("sleep.py", SLEEP))
    environment = {"PYSPARK_PYTHON": python, "SPARK_MASTER": "local[2]", "TMPDIR": str(folder),
                   "XDG_STATE_HOME": str(folder / "state")}
    with client.Server(environment) as server:
        server.sql("CREATE TEMP VIEW kept AS SELECT 1 AS a", wait_seconds=client.START)
        statement = server.start("execute-sql", sql="SELECT id FROM range(1) WHERE " + client.SLEEPS % 100000)
        job = server.start("submit-spark-job", application_file=script, driver_memory="300m")
        assert processes.wait_until(lambda: len(pids(server, b"/java.args")) == 2, 60)
        time.sleep(2)
        begun = kill(server, b".deploy.worker.Worker")
        run.of_worker = statement.result(), job.result()
        run.seconds = [time.monotonic() - begun]
        processes.wait_until(lambda: not pids(server, b""), 60)
        run.alive = processes.describe(set(pids(server, b"")))

        job = server.start("submit-spark-job", application_file=script, driver_memory="300m", wait_seconds=150)
        processes.wait_until(lambda: pids(server, b"/java.args") or job.done(), 90)
        assert not job.done(), job.result().text
        assert pids(server, b"/java.args"), processes.describe(set(pids(server, b"")))
        run.folders = list(folder.glob("mcp-spark-*"))
        begun = kill(server, b"--private-spark")
        run.of_supervisor = job.result()
        run.seconds.append(time.monotonic() - begun)
        assert processes.wait_until(lambda: not processes.with_text(str(folder), "cmdline"), 60)
        run.left = [place for place in run.folders if place.exists()]

        run.next = server.sql("SELECT 1", wait_seconds=client.START)
        processes.wait_until(lambda: not any(place.exists() for place in run.left), 60)
        run.still_left = [place for place in run.left if place.exists()]
    return run


def test_a_daemon_that_is_killed_is_told_at_once_with_its_signal(run):
    for answer in run.of_worker:
        assert answer.is_error and answer.text.startswith("the private Spark's worker was killed (SIGKILL)"), answer.text
    assert max(run.seconds) < 5


def test_the_other_daemons_end_with_it(run):
    assert run.alive == ""


def test_how_it_goes_on_is_told(run):
    for answer in (*run.of_worker, run.of_supervisor):
        assert "The next call starts another private Spark" in answer.text, answer.text
    assert "if it writes" in run.of_worker[0].text


def test_a_cause_is_told_once(run):
    for answer in (*run.of_worker, run.of_supervisor):
        assert answer.text.count("SIGKILL") == 1, answer.text


def test_a_supervisor_that_is_killed_is_told_with_its_signal(run):
    assert run.of_supervisor.is_error
    assert run.of_supervisor.text.startswith("the private Spark's supervisor was killed (SIGKILL)")


def test_the_next_private_spark_removes_the_folder_of_one_that_was_killed(run):
    assert run.left and run.still_left == []


def test_what_was_lost_is_told_by_the_next_answer(run):
    assert client.rows(run.next) == [[1]]
    assert any("views kept" in warning for warning in run.next.data["warnings"]), run.next.data
