"""What breaks around the server, and what it then says and does."""

import contextlib
import re
import signal
import uuid
from pathlib import Path

import pytest

import client
import processes
import test_check
from cluster import Cluster, free_port
from fakes import Fake, Lossy

JOBS = Path(__file__).parent / "jobs"
LONG = "import time\nprint('begun', flush=True)\ntime.sleep(300)\n"


def dead_url():
    return "http://127.0.0.1:%d" % free_port()


def runs(cluster, before):
    """The id of a driver that was not there before, once it prints."""
    def found():
        for id in set(cluster.active_drivers() or []) - before:
            output = cluster.work / id / "stdout"
            if output.exists() and "begun" in output.read_text():
                return id
        return None

    id = processes.wait_until(found, 60)
    assert id, "no driver has begun"
    return id


def all_drivers(cluster):
    state = cluster.state()
    return {driver["id"] for driver in state["activedrivers"] + state["completeddrivers"]}


# Servers that are not there

def test_missing_history_server_is_a_warning(cluster):
    url = dead_url()
    with client.Server(cluster.environment(SPARK_HISTORY_URL=url)) as server:
        answer = server.monitor("applications")
    assert not answer.is_error
    assert [warning for warning in answer.data["warnings"] if "history" in warning.lower() and url in warning]
    assert url in answer.text


def test_missing_history_server_is_no_matter_for_a_job(cluster, write_script):
    with client.Server(cluster.environment(SPARK_HISTORY_URL=dead_url())) as server:
        answer = server.submit(write_script("x.py", "print('x')\n"), driver_memory="300m", wait_seconds=60)
    assert answer.data["state"] == "FINISHED"


@pytest.fixture(scope="module")
def without_rest(spark_home, python, tmp_path_factory):
    """A master whose REST API is off, as it is by default before Spark 4.1."""
    other = Cluster(spark_home, python, tmp_path_factory.mktemp("without-rest"))
    try:
        other.start_master(rest=False)
        assert processes.wait_until(other.state, 60), other.log(other.master)
        yield other
    finally:
        other.stop()


def test_rest_api_that_is_off_is_told_with_the_property_that_turns_it_on(without_rest):
    with client.Server(without_rest.environment()) as server:
        answer = server.submit(JOBS / "where.py")
    assert answer.is_error and without_rest.rest_url in answer.text and "spark.master.rest.enabled" in answer.text


def test_check_of_a_master_without_rest_tells_the_property_that_turns_it_on(without_rest):
    done = test_check.run("--check", **without_rest.environment())
    assert done.returncode == 1 and "spark.master.rest.enabled" in done.stdout


def test_rest_api_at_another_address_is_told(cluster):
    url = dead_url()
    with client.Server(cluster.environment(SPARK_REST_URL=url)) as server:
        answer = server.submit(JOBS / "where.py")
    assert answer.is_error and url in answer.text and "SPARK_REST_URL" in answer.text


def test_web_page_in_place_of_the_rest_api_is_told(cluster):
    with client.Server(cluster.environment(SPARK_REST_URL=cluster.ui_url)) as server:
        answer = server.submit(JOBS / "where.py")
    assert answer.is_error and cluster.ui_url in answer.text and "SPARK_REST_URL" in answer.text


def test_missing_master_is_told_with_its_address(cluster):
    url = dead_url()
    with client.Server(cluster.environment(SPARK_MASTER_UI_URL=url, SPARK_REST_URL=url)) as server:
        answer = server.monitor()
    assert answer.is_error and url in answer.text


# Servers that answer nonsense: every call at the same time, since silence takes its time

SAYS = {"html": "HTML|web page", "cut": "cut|incomplete|closed|early|JSON|partial", "half": "JSON", "silent": r"\d+ s\b|second|time"}


@pytest.fixture(scope="module")
def nonsense(cluster):
    answers = {}
    with contextlib.ExitStack() as stack:
        futures = {}
        for service in ("SPARK_MASTER_UI_URL", "SPARK_HISTORY_URL", "SPARK_REST_URL"):
            for behaviour in SAYS:
                fake = stack.enter_context(Fake(behaviour))
                server = stack.enter_context(client.Server(cluster.environment(**{service: fake.url})))
                if service == "SPARK_REST_URL":
                    future = server.start("submit-spark-job", application_file=str(JOBS / "where.py"))
                else:
                    metric = "cluster" if service == "SPARK_MASTER_UI_URL" else "applications"
                    future = server.start("monitor-cluster", metric_type=metric)
                futures[service, behaviour] = future, fake.url
        for key, (future, url) in futures.items():
            answers[key] = future.result(), url
    return answers


@pytest.mark.parametrize("behaviour", list(SAYS))
def test_nonsense_of_the_master_is_told_in_one_clear_sentence(behaviour, nonsense):
    answer, url = nonsense["SPARK_MASTER_UI_URL", behaviour]
    assert answer.is_error
    assert url in answer.text and re.search(SAYS[behaviour], answer.text), answer.text
    assert len(answer.text) < 1000


@pytest.mark.parametrize("behaviour", list(SAYS))
def test_nonsense_of_the_history_server_is_a_warning_in_one_clear_sentence(behaviour, nonsense):
    answer, url = nonsense["SPARK_HISTORY_URL", behaviour]
    assert not answer.is_error, answer.text
    warnings = [warning for warning in answer.data["warnings"] if url in warning]
    assert len(warnings) == 1, answer.data
    assert re.search(SAYS[behaviour], warnings[0]) and len(warnings[0]) < 500, warnings


@pytest.mark.parametrize("behaviour", list(SAYS))
def test_nonsense_of_the_rest_api_is_told_in_one_clear_sentence(behaviour, nonsense):
    answer, url = nonsense["SPARK_REST_URL", behaviour]
    assert answer.is_error
    assert url in answer.text and re.search(SAYS[behaviour], answer.text), answer.text
    assert len(answer.text) < 1000


def test_silence_is_not_waited_for_longer_than_it_must(nonsense):
    slow = {key: answer.seconds for key, (answer, _) in nonsense.items() if answer.seconds > 30}
    assert not slow


# Standby masters

def standby_environment(cluster, fake, order):
    urls = {"SPARK_MASTER": ["127.0.0.1:%d" % free_port(), "127.0.0.1:%d" % cluster.port],
            "SPARK_REST_URL": [fake, cluster.rest_url], "SPARK_MASTER_UI_URL": [fake, cluster.ui_url]}
    values = {key: ",".join(order(value)) for key, value in urls.items()}
    values["SPARK_MASTER"] = "spark://" + values["SPARK_MASTER"]
    return cluster.environment(**values)


@pytest.mark.parametrize("kind", ["dead", "standby"])
@pytest.mark.parametrize("order", [list, reversed], ids=["first", "last"])
def test_standby_master_is_passed_over(kind, order, cluster, write_script):
    with contextlib.ExitStack() as stack:
        other = dead_url() if kind == "dead" else stack.enter_context(Fake("standby")).url
        server = stack.enter_context(client.Server(standby_environment(cluster, other, order)))
        seen = server.monitor()
        job = server.submit(write_script("x.py", "print('x')\n"), driver_memory="300m", wait_seconds=60)
        killed = server.kill(job.data["submissionId"])
    assert seen.data["cluster"]["status"] == "ALIVE" and seen.data["workers"]
    assert job.data["state"] == "FINISHED"
    assert killed.data["state"] == "FINISHED"


# Answers that are lost

def test_submission_whose_answer_is_lost_is_found_and_made_once(cluster, write_script):
    before = all_drivers(cluster)
    with Lossy(cluster.rest_url, arrives=True) as lossy, \
            client.Server(cluster.environment(SPARK_REST_URL=lossy.url)) as server:
        answer = server.submit(write_script("x.py", "print('x')\n"), driver_memory="300m", wait_seconds=60)
    assert answer.data["state"] == "FINISHED" and "lost" in answer.data["warnings"][0], answer.text
    assert all_drivers(cluster) - before == {answer.data["submissionId"]}


def test_submission_that_is_lost_is_told_as_not_accepted(cluster, write_script):
    before = all_drivers(cluster)
    with Lossy(cluster.rest_url, arrives=False) as lossy, \
            client.Server(cluster.environment(SPARK_REST_URL=lossy.url)) as server:
        answer = server.submit(write_script("x.py", "print('x')\n"), driver_memory="300m", wait_seconds=60)
    assert answer.is_error and "not accepted" in answer.text, answer.text
    assert all_drivers(cluster) == before


# The server itself

def test_job_of_a_killed_server_can_be_seen_and_killed_by_the_next(cluster, write_script):
    mark = "mark-" + uuid.uuid4().hex
    before = set(cluster.active_drivers())
    with client.Pipe(cluster.environment()) as pipe:
        pipe.call("submit-spark-job", application_file=str(write_script("long.py", LONG)),
                  driver_memory="300m", environment={"TEST_MARK": mark})
        id = runs(cluster, before)
        pipe.process.kill()
        pipe.wait(5)
    with client.Server(cluster.environment()) as server:
        seen = server.monitor(submission_id=id)
        killed = server.kill(id)
    assert seen.data["job"]["state"] == "RUNNING" and "begun" in seen.data["job"]["output"]
    assert killed.data["state"] == "KILLED"
    left = processes.wait_until(lambda: not processes.with_text(mark, "environ"), 60)
    assert left, processes.describe(processes.with_text(mark, "environ"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_the_server_and_the_job_it_waits_for(number, cluster, write_script):
    before = set(cluster.active_drivers())
    with client.Pipe(cluster.environment()) as pipe:
        pipe.call("submit-spark-job", application_file=str(write_script("long.py", LONG)), driver_memory="300m")
        id = runs(cluster, before)
        pipe.process.send_signal(number)
        assert pipe.wait(10) is not None
    assert processes.wait_until(lambda: id not in cluster.active_drivers(), 60)
    assert cluster.driver(id)["state"] == "KILLED"


# The cluster: these come last, since they end its processes

TWICE = """import os, sys, time
if os.path.exists(sys.argv[1]):
    print("the second run")
    sys.exit()
open(sys.argv[1], "w").close()
print("begun", flush=True)
time.sleep(300)
"""


def test_supervised_job_is_followed_to_its_successor_when_its_worker_dies(cluster, write_script, tmp_path):
    before = set(cluster.active_drivers())
    cluster.start_worker()
    cluster.wait_ready()
    with client.Server(cluster.environment()) as server:
        future = server.start(
            "submit-spark-job", application_file=str(write_script("twice.py", TWICE)), driver_memory="300m",
            args=[str(tmp_path / "begun")], supervise=True, wait_seconds=60)
        id = runs(cluster, before)
        cluster.end(cluster.worker_of(id), signal.SIGKILL)
        answer = future.result()
        later = server.monitor(submission_id=id)
    assert cluster.driver(id)["state"] == "RELAUNCHING"
    assert (answer.data["state"], answer.data["finished"], answer.data["relaunchedFrom"]) == ("FINISHED", True, id)
    assert answer.data["submissionId"] != id and "the second run" in answer.data["output"]
    assert later.data["job"]["submissionId"] == answer.data["submissionId"] and later.data["job"]["state"] == "FINISHED"


def test_supervised_job_is_killed_by_the_id_that_it_had_before_its_worker_died(cluster, write_script):
    before = set(cluster.active_drivers())
    cluster.start_worker()
    cluster.wait_ready()
    with client.Server(cluster.environment()) as server:
        job = server.submit(
            write_script("long.py", LONG), driver_memory="300m", supervise=True, wait_seconds=0).data["submissionId"]
        runs(cluster, before)
        cluster.end(cluster.worker_of(job), signal.SIGKILL)
        assert processes.wait_until(lambda: cluster.driver(job)["state"] == "RELAUNCHING", 60)
        killed = server.kill(job)
    assert (killed.data["killed"], killed.data["state"], killed.data["relaunchedFrom"]) == (True, "KILLED", job)
    assert cluster.driver(killed.data["submissionId"])["state"] == "KILLED"
    assert set(cluster.active_drivers()) == before

def test_job_whose_worker_dies_is_told_truthfully(cluster, write_script):
    mark = "mark-" + uuid.uuid4().hex
    before = set(cluster.active_drivers())
    with client.Server(cluster.environment()) as server:
        future = server.start(
            "submit-spark-job", application_file=str(write_script("long.py", LONG)), driver_memory="300m",
            environment={"TEST_MARK": mark}, wait_seconds=60)
        id = runs(cluster, before)
        worker = cluster.worker_of(id)
        cluster.end(worker, signal.SIGKILL)
        answer = future.result()
        left = processes.wait_until(lambda: not processes.with_text(mark, "environ"), 60)
        cluster.start_worker()
        cluster.wait_ready()
        again = server.submit(write_script("x.py", "print('x')\n"), driver_memory="300m", wait_seconds=60)
    assert (answer.data["state"], answer.data["finished"]) == ("ERROR", True)
    assert "worker" in answer.data["exitCause"] and re.search("lost|died|dead|gone", answer.data["exitCause"], re.I)
    assert left, processes.describe(processes.with_text(mark, "environ"))
    assert again.data["state"] == "FINISHED"


def test_master_can_stop_and_start_again(cluster, write_script):
    before = set(cluster.active_drivers())
    with client.Server(cluster.environment()) as server:
        future = server.start(
            "submit-spark-job", application_file=str(write_script("long.py", LONG)), driver_memory="300m",
            wait_seconds=60)
        id = runs(cluster, before)
        cluster.end(cluster.master)
        down = server.monitor()
        cluster.start_master()
        assert processes.wait_until(lambda: cluster.state().get("status") == "ALIVE", 60)
        up = server.monitor()
        cluster.wait_ready()
        job = server.submit(write_script("x.py", "print('x')\n"), driver_memory="300m", wait_seconds=60)
        waited = future.result()
    assert down.is_error and cluster.ui_url in down.text
    assert up.data["cluster"]["status"] == "ALIVE"
    assert job.data["state"] == "FINISHED"
    # The new master has never heard of the job: its worker ended it when it was told so.
    assert (waited.data["submissionId"], waited.data["state"], waited.data["finished"]) == (id, "KILLED", True)
    assert "so its worker ended it" in waited.data["exitCause"]
    assert "no longer knows the driver" in waited.data["warnings"][0]


def test_session_starts_again_when_the_master_forgets_it(cluster):
    before = set(cluster.active_drivers())
    with client.Server(cluster.environment()) as server:
        call = server.start("execute-sql", sql="select 1", wait_seconds=120)
        assert processes.wait_until(lambda: set(cluster.active_drivers() or []) - before, 60)
        cluster.end(cluster.master, signal.SIGKILL)
        cluster.start_master()
        assert client.rows(call.result()) == [[1]]
