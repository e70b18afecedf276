"""SPARK_MASTER=local[*]: a private Spark that comes with the first need and goes with its server."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import pytest

import client
import processes

JOBS = Path(__file__).parent / "jobs"
TEMPORARY = Path(tempfile.gettempdir())
SLEEP = "import time\nprint('begun', flush=True)\ntime.sleep(300)\n"


def temporary():
    return {path.name for path in TEMPORARY.iterdir()}


def read_if_there(path):
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


class Private:
    """What a server has started: processes (with their start time), and what they have in the temporary folder."""

    def __init__(self, server, before):
        self.token, self.pid = server.token, server.pid
        self.before = {name for name in before if not name.startswith("hsperfdata")}
        self.before.add("spark-warehouse")  # only named, not made
        self.processes, self.places = {}, set()
        self.look()

    def look(self):
        """Again and again, since an executor lives no longer than its application."""
        found = processes.descendants(self.pid) | processes.with_text("TEST_TOKEN=" + self.token, "environ")
        for pid in found - {self.pid}:
            self.processes[pid] = processes.started(pid)
            for name in ("cmdline", "maps"):
                self.note(processes.read(pid, name))
            try:
                self.note(os.readlink("/proc/%d/cwd" % pid).encode())
            except OSError:
                pass
        for folder in self.folders():
            for parent, _, names in os.walk(folder):  # unlike glob, it does not mind what vanishes
                for name in names:
                    if name == "stderr" or name.endswith(".log"):
                        self.note(read_if_there(os.path.join(parent, name)))
            for pid in processes.with_text(str(folder), "cmdline"):
                self.processes[pid] = processes.started(pid)

    def note(self, text):
        for name in re.findall(re.escape(str(TEMPORARY)).encode() + rb"/+([^/\0,;:\s'\"()]+)", text):
            if name.decode(errors="replace") not in self.before:
                self.places.add(TEMPORARY / name.decode(errors="replace"))

    def folders(self):
        return [place for place in self.places if place.name.startswith("mcp-spark-")]

    def java(self):
        marks = (b"org.apache.spark", b"/java.args")
        return {pid for pid in self.processes if any(mark in processes.read(pid, "cmdline") for mark in marks)}

    def roles(self):
        """Daemons by their classes, drivers by the file with their arguments."""
        marks = {"Master": b".Master", "Worker": b".Worker", "HistoryServer": b".HistoryServer",
                 "Driver": b"/java.args"}
        lines = [processes.read(pid, "cmdline") for pid in self.java()]
        return {name for name, mark in marks.items() if any(mark in line for line in lines)}

    def left(self):
        alive = {pid for pid, start in self.processes.items()
                 if processes.is_alive(pid) and processes.started(pid) == start}
        return alive | processes.with_text("TEST_TOKEN=" + self.token, "environ")

    def left_places(self):
        return sorted(str(place) for place in self.places if place.exists())

    def assert_gone(self):
        processes.wait_until(lambda: not self.left() and not self.left_places(), 60)
        assert not self.left(), processes.describe(self.left())
        assert not self.left_places()


@pytest.fixture(scope="module")
def nothing_set(python):
    return {"PYSPARK_PYTHON": python}


# No configuration at all, as in the README

class Whole:
    pass


@pytest.fixture(scope="module")
def whole(nothing_set, write_script):
    run = Whole()
    before = temporary()
    with client.Server(nothing_set) as server:
        run.idle = processes.descendants(server.pid)
        future = server.start("submit-spark-job", application_file=str(JOBS / "count.py"), args=[10],
                              name="counting", wait_seconds=200)
        run.private = Private(server, before)
        while not future.done():
            run.private.look()
            time.sleep(0.3)
        run.job = future.result()
        run.overview = server.monitor()
        run.applications = server.monitor("applications")
        run.private.look()
        run.roles = run.private.roles()
        run.listening = processes.listening(run.private.java())
        run.log = server.monitor("logs", submission_id=run.job.data["submissionId"])
        sleeping = server.submit(write_script("sleep.py", SLEEP), driver_memory="300m", wait_seconds=5)
        run.private.look()
        run.killed = server.kill(sleeping.data["submissionId"])
    return run


def test_job_runs_without_any_configuration(whole):
    assert whole.job.data["state"] == "FINISHED", whole.job.text
    assert "the last line" in whole.job.data["output"]


def test_private_spark_is_not_started_before_it_is_needed(whole):
    assert whole.idle == set()


def test_start_of_the_private_spark_is_told_as_progress(whole):
    assert [m for m in whole.job.messages if re.search(r"start|Spark", m)], whole.job.messages


def test_private_spark_is_a_whole_cluster(whole):
    assert whole.roles >= {"Master", "Worker", "HistoryServer"}


def test_private_cluster_can_be_monitored(whole):
    assert whole.overview.data["cluster"]["status"] == "ALIVE"
    assert len(whole.overview.data["workers"]) == 1


def test_application_of_the_private_cluster_is_shown_once(whole):
    shown = [row["id"] for row in whole.applications.data["applications"]]
    assert shown == [whole.job.data["applicationId"]]
    assert not whole.applications.data.get("warnings")


def test_log_of_the_private_cluster_is_shown(whole):
    assert "the last line" in whole.log.data["log"]["text"]


def test_job_of_the_private_cluster_is_killed(whole):
    assert (whole.killed.data["killed"], whole.killed.data["state"]) == (True, "KILLED")


def test_nothing_is_left_when_a_client_has_closed_its_server(whole):
    assert len(whole.private.processes) >= 4
    whole.private.assert_gone()


def test_nothing_is_written_outside_the_folder_of_the_private_spark(whole):
    """Libraries of liblz4 and snappy, spark-*, blockmgr-*, artifacts-*, hsperfdata."""
    assert whole.private.folders() == sorted(whole.private.places)


def test_private_spark_listens_on_the_loopback_address_only(whole):
    assert whole.listening and set(whole.listening) <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}


# A session alone

@pytest.fixture(scope="module")
def session(nothing_set):
    run = Whole()
    before = temporary()
    with client.Server({**nothing_set, "SPARK_MASTER": "local[2]"}) as server:
        run.rows = client.rows(server.sql("SELECT count(*) FROM range(1000) GROUP BY id % 2", wait_seconds=client.START))
        run.private = Private(server, before)
        run.roles = run.private.roles()
        run.java = len(run.private.java())
        time.sleep(6)  # a sign of life tells of the application
        run.diagnosis = server.monitor("diagnosis")
        run.private.look()
        run.roles_of_diagnosis = run.private.roles()
        run.applications = server.monitor("applications")
        id = run.applications.data["applications"][0]["id"]
        run.executors = server.monitor("executors", application_id=id)
        run.jobs = server.monitor("jobs", application_id=id)
        run.private.look()
        run.roles_at_last = run.private.roles()
        server.sql("SELECT 1")
    return run


def test_sql_needs_no_jvm_but_its_drivers(session):
    assert session.rows == [[500], [500]]
    assert (session.roles, session.java) == ({"Driver"}, 1)


def test_session_without_executors_is_shown_as_a_running_application(session):
    [row] = session.applications.data["applications"]
    assert (row["state"], row["cores"], row["memoryPerExecutorMiB"]) == ("RUNNING", 2, 3072)
    assert not session.applications.data.get("warnings"), session.applications.text


def test_tasks_of_a_session_without_executors_are_shown(session):
    [row] = session.executors.data["executors"]
    assert (row["id"], row["state"], row["cores"]) == ("driver", "ACTIVE", 2) and row["completedTasks"] > 1
    assert session.jobs.data["jobs"][0]["status"] == "SUCCEEDED", session.jobs.text


def test_looking_into_a_session_starts_nothing(session):
    assert session.diagnosis.data["diagnosis"]["findings"] == [], session.diagnosis.text
    assert session.roles_of_diagnosis == {"Driver"}


def test_looking_for_ended_applications_starts_the_history_server(session):
    assert session.roles_at_last == {"Driver", "HistoryServer"}


def test_nothing_is_left_of_a_session(session):
    session.private.assert_gone()


def test_executors_that_are_asked_for_are_started(nothing_set):
    before = temporary()
    environment = {**nothing_set, "SPARK_MASTER": "local[2]", "SPARK_CONF": "spark.executor.instances=1"}
    with client.Server(environment) as server:
        assert client.rows(server.sql("SELECT 1", wait_seconds=client.START)) == [[1]]
        private = Private(server, before)
        assert private.roles() >= {"Master", "Worker", "Driver"} and len(private.java()) >= 4  # and an executor
    private.assert_gone()


# Two servers, and three ways to end

class Ended:
    pass


def submitted(pipe, id, seconds=120):
    message = pipe.receive(id, seconds)
    assert message, "no answer; stderr: " + pipe.stderr()[-2000:]
    return message["result"]["structuredContent"]


@pytest.fixture(scope="module")
def pair(nothing_set, write_script):
    """Two servers at once; one ends with its input, the other by SIGTERM while a job runs."""
    run = Ended()
    script = str(write_script("sleep.py", SLEEP))
    before = temporary()
    environment = {**nothing_set, "SPARK_MASTER": "local[2]"}
    with client.Pipe(environment) as first, client.Pipe(environment) as second:
        calls = [(pipe, pipe.call("submit-spark-job", application_file=script, driver_memory="300m",
                                  wait_seconds=0)) for pipe in (first, second)]
        run.jobs = [submitted(pipe, id) for pipe, id in calls]
        time.sleep(4)  # let the drivers begin
        run.first, run.second = Private(first, before), Private(second, before)
        run.roles = run.first.roles(), run.second.roles()
        run.overviews = []
        for pipe in (first, second):
            run.overviews.append(submitted(pipe, pipe.call("monitor-cluster", metric_type="drivers"), 20))
        run.clusters = [submitted(pipe, pipe.call("monitor-cluster"), 20) for pipe in (first, second)]

        first.close_input()
        run.first_code = first.wait(10)
        processes.wait_until(lambda: not run.first.left() and not run.first.left_places(), 60)
        run.first_left = processes.describe(run.first.left())
        run.first_places = run.first.left_places()
        still = pipe_job(second, run.jobs[1]["submissionId"])
        run.still = still["job"]["state"]

        second.process.send_signal(signal.SIGTERM)
        run.second_code = second.wait(10)
    return run


def pipe_job(pipe, id):
    return submitted(pipe, pipe.call("monitor-cluster", submission_id=id), 20)


def test_two_servers_have_clusters_of_their_own(pair):
    urls = [cluster["cluster"]["master"] for cluster in pair.clusters]
    assert urls[0] != urls[1]
    assert [len(view["drivers"]) for view in pair.overviews] == [1, 1]


def test_local_2_is_a_worker_of_two_cores(pair):
    for cluster in pair.clusters:
        assert [worker["cores"] for worker in cluster["workers"]] == [2]


def test_jobs_ran_when_the_servers_were_ended(pair):
    assert "Driver" in pair.roles[0] and "Driver" in pair.roles[1]


def test_end_of_input_ends_the_server_with_0(pair):
    assert pair.first_code == 0


def test_end_of_input_leaves_no_process(pair):
    assert pair.first_left == ""


def test_end_of_input_leaves_no_file(pair):
    assert pair.first.folders() and pair.first_places == []


def test_end_of_one_server_does_not_disturb_the_other(pair):
    assert pair.still == "RUNNING"


def test_sigterm_ends_the_server(pair):
    assert pair.second_code is not None


def test_sigterm_leaves_no_process_and_no_file(pair):
    pair.second.assert_gone()


def test_kill_9_leaves_no_process_and_no_file(nothing_set, write_script):
    before = temporary()
    mark = "mark-" + uuid.uuid4().hex
    with client.Pipe({**nothing_set, "SPARK_MASTER": "local[2]"}) as pipe:
        pipe.call("submit-spark-job", application_file=str(JOBS / "sleeper.py"), num_executors=1,
                  executor_memory="600m", environment={"TEST_MARK": mark}, wait_seconds=100)
        pipe.call("monitor-cluster", metric_type="applications")
        # A whole job, and the call waits for it.
        assert processes.wait_until(
            lambda: processes.with_text(mark, "environ") and Private(pipe, before).roles() >= {"Driver"}, 90)
        private = Private(pipe, before)
        for _ in range(16):  # its executor too
            private.look()
            time.sleep(0.5)
        assert private.roles() >= {"Master", "Worker", "HistoryServer", "Driver"}
        pipe.process.kill()
        pipe.wait(5)
    private.assert_gone()
    assert not processes.with_text(mark, "environ")


def test_kill_9_while_the_private_spark_starts_leaves_nothing(nothing_set, write_script):
    before = temporary()
    with client.Pipe({**nothing_set, "SPARK_MASTER": "local[2]"}) as pipe:
        pipe.call("submit-spark-job", application_file=str(write_script("sleep.py", SLEEP)), wait_seconds=60)
        assert processes.wait_until(lambda: Private(pipe, before).java(), 30, every=0.05)
        private = Private(pipe, before)
        pipe.process.kill()
        pipe.wait(5)
    private.assert_gone()


# Nothing to start

def test_missing_spark_is_told_with_what_helps(tmp_path):
    plain = os.path.realpath(sys.executable)  # the interpreter below the venv: it has no pyspark
    found = subprocess.run([plain, "-I", "-c", "import pyspark"], capture_output=True).returncode == 0
    assert not found, "this test needs a Python without pyspark: %s" % plain
    environment = {"PYSPARK_PYTHON": plain, "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    alone = shutil.copy(client.BINARY, tmp_path)  # a .venv of the checkout is found, too
    with client.Pipe(environment, command=[alone]) as pipe:
        answer = pipe.receive(pipe.call("submit-spark-job", application_file=str(JOBS / "where.py")), 30)
    text = answer["result"]["content"][0]["text"]
    assert answer["result"]["isError"] and "pip install pyspark" in text and "SPARK_MASTER" in text


def test_python_beside_the_program_is_found(tmp_path, python):
    """As in a package from PyPI; nothing else here has pyspark."""
    alone = shutil.copy(client.BINARY, tmp_path)
    beside = tmp_path / "python3"
    beside.write_text('#!/bin/sh\nexec "%s" "$@"\n' % python)
    beside.chmod(0o755)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "SPARK_MASTER": "local[1]",
                   "JAVA_HOME": str(Path(os.path.realpath(shutil.which("java"))).parents[1])}
    with client.Pipe(environment, command=[alone]) as pipe:
        answer = pipe.receive(pipe.call("monitor-cluster", metric_type="drivers"), 60)
    assert not answer["result"].get("isError"), answer


def test_missing_java_is_told_with_what_helps(nothing_set):
    """Java is hidden below an empty file system, in a mount name space of the server's own."""
    java = Path(os.path.realpath(shutil.which("java"))).parents[2]
    unshare = ["unshare", "--map-root-user", "--mount"]
    if subprocess.run([*unshare, "true"], capture_output=True).returncode:
        pytest.skip("this machine lets nobody make a mount name space")
    hide = 'mount -t tmpfs none "%s" && exec "$0"' % java
    with client.Pipe(nothing_set, command=[*unshare, "sh", "-c", hide, client.BINARY]) as pipe:
        answer = pipe.receive(pipe.call("submit-spark-job", application_file=str(JOBS / "where.py")), 30)
    assert answer["result"]["isError"]
    text = answer["result"]["content"][0]["text"]
    assert "Java" in text and ("JAVA_HOME" in text or "install" in text)


def test_home_that_holds_no_spark_is_told(nothing_set, tmp_path):
    with client.Server({**nothing_set, "SPARK_HOME": str(tmp_path)}) as server:
        answer = server.submit(JOBS / "where.py")
    assert answer.is_error and str(tmp_path) in answer.text
