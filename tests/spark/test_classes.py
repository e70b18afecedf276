"""The archive of Spark's classes that a private Spark makes once, with which the next ones start faster."""

import os
import stat

import pytest

import client
import processes

MAKING = 200  # seconds, on a busy machine


class Run:
    pass


def archives(state):
    return [path for path in state.glob("mcp-spark-server/classes/*")]


def java(server, mark):
    return [pid for pid in processes.descendants(server.pid) if mark in processes.read(pid, "cmdline")]


@pytest.fixture(scope="module")
def run(python, tmp_path_factory):
    run = Run()
    state, folder = tmp_path_factory.mktemp("state"), tmp_path_factory.mktemp("private")
    environment = {"PYSPARK_PYTHON": python, "SPARK_MASTER": "local[2]", "XDG_STATE_HOME": str(state), "TMPDIR": str(folder)}
    with client.Pipe(environment) as server:
        assert server.receive(server.call("execute-sql", sql="SELECT 1", wait_seconds=client.START), client.START)
        run.first_maps = [processes.read(pid, "maps") for pid in java(server, b"/java.args")]
        assert processes.wait_until(lambda: java(server, b"/classes.args"), 60)
        making = java(server, b"/classes.args")
        run.nice = [os.getpriority(os.PRIO_PROCESS, pid) for pid in making]
        supervisor = java(server, b"--private-spark")[0]
        server.process.kill()
        server.wait(5)
        processes.wait_until(lambda: not any(map(processes.is_alive, [supervisor, *making])), 60)
        run.alive = processes.describe({pid for pid in [supervisor, *making] if processes.is_alive(pid)})
    run.of_killed = archives(state)
    left = state / "mcp-spark-server" / "classes" / ("x.jsa.%d" % supervisor)
    left.touch()
    with client.Server(environment) as server:
        server.sql("SELECT 1", wait_seconds=client.START)
        run.is_made = processes.wait_until(lambda: [path for path in archives(state) if path.suffix == ".jsa"], MAKING)
        run.archives = archives(state)
    with client.Server(environment) as server:
        server.sql("SELECT 1", wait_seconds=client.START)
        server.monitor("applications")
        server.monitor()
        run.maps = {mark: [processes.read(pid, "maps") for pid in java(server, mark)]
                    for mark in (b"/java.args", b".Master", b".Worker", b".HistoryServer")}
    run.folder = folder
    return run


def test_the_first_private_spark_does_without(run):
    assert run.first_maps and not any(b".jsa" in maps.replace(b"classes.jsa", b"").replace(b"classes_nocoops.jsa", b"")
                                      for maps in run.first_maps)


def test_everything_else_goes_before_its_making(run):
    assert run.nice == [19]


def test_kill_9_while_it_is_made_leaves_no_process_and_no_file(run):
    assert run.alive == ""
    assert run.of_killed == []


def test_it_is_made_once_for_this_user_alone(run):
    assert run.is_made
    [path] = run.archives  # what a killed one had left has gone
    assert path.stat().st_size > 10 ** 7
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_every_jvm_of_the_next_one_uses_it(run):
    name = run.archives[0].name.encode()
    for mark, found in run.maps.items():
        assert len(found) == 1 and name in found[0], mark


def test_nothing_is_left_of_those_that_ended(run):
    assert processes.wait_until(lambda: not list(run.folder.glob("mcp-spark-*")), 60)
