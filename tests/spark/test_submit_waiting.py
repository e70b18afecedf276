"""submit-spark-job: jobs that have to wait, calls that don't, and calls that end before their job."""

import re
import time
from pathlib import Path

import pytest

import client
import processes
from cluster import CORES

JOBS = Path(__file__).parent / "jobs"


# A job that no worker can take.

@pytest.fixture(scope="module")
def too_large(server, cluster):
    answer = server.submit(JOBS / "where.py", driver_memory="20g")
    still_there = answer.data["submissionId"] in cluster.active_drivers()
    return answer, still_there, server.kill(answer.data["submissionId"])


def test_job_no_worker_can_take_is_answered_within_seconds(too_large):
    answer, _, _ = too_large
    assert answer.seconds < 12
    assert (answer.data["state"], answer.data["finished"]) == ("SUBMITTED", False)


def test_job_no_worker_can_take_is_told_what_it_asks_and_what_is_free(too_large):
    answer, _, _ = too_large
    said = " ".join(answer.data.get("warnings", []) + [answer.data.get("next", "")])
    assert re.search(r"20 ?g|20480", said, re.I), said
    assert re.search(r"\b9 ?g|9216", said, re.I), said
    assert all(part in answer.text for part in re.findall(r"20 ?[gG]|20480", said)[:1])


def test_job_no_worker_can_take_stays_queued(too_large):
    _, still_there, _ = too_large
    assert still_there


def test_queued_job_can_be_killed(too_large, cluster):
    answer, _, killed = too_large
    assert (killed.data["killed"], killed.data["stateBefore"], killed.data["state"]) == (True, "SUBMITTED", "KILLED")
    assert answer.data["submissionId"] not in cluster.active_drivers()


def test_job_no_worker_can_take_is_taken_back_when_asked(server, cluster):
    answer = server.submit(JOBS / "where.py", driver_memory="20g", if_no_room="cancel")
    assert answer.seconds < 20
    assert answer.data["state"] == "KILLED"
    assert answer.data["submissionId"] not in cluster.active_drivers()


@pytest.fixture(scope="module")
def behind(server, write_script):
    """A job that fits, but not before another one ends."""
    sleep = write_script("hog.py", "import time\ntime.sleep(16)\n")
    server.submit(sleep, driver_memory="300m", driver_cores=CORES, wait_seconds=0)
    answer = server.submit(write_script("next.py", "print('my turn')\n"), driver_memory="300m", wait_seconds=60)
    return answer, server.monitor(submission_id=answer.data["submissionId"], wait_seconds=60)


def test_job_behind_others_is_answered_before_its_turn(behind):
    answer, _ = behind
    assert answer.seconds < 14
    assert answer.data["state"] == "SUBMITTED" and answer.data["warnings"]


def test_monitor_waits_for_the_turn_of_a_job_behind_others(behind):
    _, end = behind
    assert end.data["job"]["state"] == "FINISHED" and "my turn" in end.data["job"]["output"]


# Not waiting, and no longer waiting.

@pytest.fixture(scope="module")
def not_waited(server, write_script):
    script = write_script("short.py", "import time\ntime.sleep(4)\nprint('done')\n")
    answer = server.submit(script, driver_memory="300m", wait_seconds=0)
    return answer, server.monitor(submission_id=answer.data["submissionId"], wait_seconds=60)


def test_without_waiting_the_submission_is_answered_at_once(not_waited):
    answer, _ = not_waited
    assert answer.seconds < 3
    assert answer.data["submissionId"] and not answer.data["finished"]


def test_without_waiting_the_next_step_is_told(not_waited):
    answer, _ = not_waited
    assert "monitor-cluster" in answer.data["next"]


def test_monitor_waits_for_the_end_of_a_job(not_waited):
    _, end = not_waited
    assert (end.data["job"]["state"], end.data["job"]["finished"]) == ("FINISHED", True)
    assert "done" in end.data["job"]["output"]


@pytest.fixture(scope="module")
def timed_out(server):
    answer = server.submit(JOBS / "sleeper.py", num_executors=1, wait_seconds=2)
    yield answer
    server.kill(answer.data["submissionId"])


def test_job_not_done_in_time_is_answered_with_a_handle(timed_out):
    assert timed_out.seconds < 6
    assert timed_out.data["finished"] is False and timed_out.data["state"] in ("SUBMITTED", "RUNNING")
    assert "monitor-cluster" in timed_out.data["next"]


def only_ends(cluster, before):
    """No driver but those that were active before, for so long that none is on its way."""
    def none_new():
        active = cluster.active_drivers()
        return active is not None and set(active) <= before

    return processes.wait_until(none_new, 60)


def test_call_cancelled_right_after_its_request_leaves_no_driver(cluster, write_script):
    script = write_script("long.py", "import time\ntime.sleep(300)\n")
    before = set(cluster.active_drivers())
    with client.Pipe(cluster.environment()) as pipe:
        id = pipe.call("submit-spark-job", application_file=str(script), driver_memory="300m")
        pipe.send(method="notifications/cancelled", params={"requestId": id})
        assert pipe.receive(id, 3) is None  # and the submission has had time to arrive
        assert only_ends(cluster, before), processes.describe(processes.with_text(script.name, "environ"))


def test_call_cancelled_while_its_job_runs_leaves_no_driver(cluster, write_script):
    script = write_script("longer.py", "import time\ntime.sleep(300)\n")
    before = set(cluster.active_drivers())
    with client.Pipe(cluster.environment()) as pipe:
        id = pipe.call("submit-spark-job", application_file=str(script), driver_memory="300m")
        assert processes.wait_until(lambda: set(cluster.active_drivers() or []) - before, 60)
        time.sleep(1)
        pipe.send(method="notifications/cancelled", params={"requestId": id})
        assert only_ends(cluster, before)
        assert pipe.receive(id, 1) is None


def test_submission_in_flight_is_answered_after_the_end_of_input(cluster, write_script):
    script = write_script("quick.py", "print('quick')\n")
    with client.Pipe(cluster.environment()) as pipe:
        id = pipe.call("submit-spark-job", application_file=str(script), driver_memory="300m")
        pipe.close_input()
        answer = pipe.receive(id, 60)
        assert answer["result"]["structuredContent"]["state"] == "FINISHED"
        assert pipe.wait(10) == 0


def test_client_of_the_older_revisions_is_served_too(cluster, write_script):
    with client.Server(cluster.environment(), mode="legacy") as server:
        answer = server.submit(write_script("old.py", "print('old')\n"), driver_memory="300m", wait_seconds=60)
    assert answer.data["state"] == "FINISHED"
