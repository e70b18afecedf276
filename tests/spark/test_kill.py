"""kill-spark-job: what was running is gone, and what is said about it is true."""

import uuid
from pathlib import Path

import pytest

import processes

JOBS = Path(__file__).parent / "jobs"


class Killed:
    pass


@pytest.fixture(scope="module")
def killed(cluster, server):
    run = Killed()
    run.mark = "mark-" + uuid.uuid4().hex
    begun = server.submit(
        JOBS / "sleeper.py", num_executors=1, environment={"TEST_MARK": run.mark}, wait_seconds=0)
    run.id = begun.data["submissionId"]

    def sleeps():
        output = cluster.work / run.id / "stdout"
        return output.exists() and "sleeping" in output.read_text()

    assert processes.wait_until(sleeps, 60), server.monitor(submission_id=run.id).text
    apps = [app["id"] for app in cluster.state()["activeapps"]]
    assert len(apps) == 1
    run.application = apps[0]
    run.executors = cluster.work / run.application
    assert processes.wait_until(lambda: processes.in_folder(run.executors), 60)
    run.processes_before = processes.with_text(run.mark, "environ")
    run.wrong_id = server.kill(run.application)
    run.after_wrong_id = cluster.driver(run.id)["state"]
    run.news = server.follow("spark://submissions/" + run.id)
    run.told_before = run.news.done()
    run.answer = server.kill(run.id)
    run.driver_after = run.id in cluster.active_drivers()
    run.job_after = server.monitor(submission_id=run.id)
    run.again = server.kill(run.id)
    return run


@pytest.mark.core
def test_killed_job_is_answered_as_killed(killed):
    assert killed.answer.data == {**killed.answer.data, "submissionId": killed.id, "killed": True,
                                  "stateBefore": "RUNNING", "state": "KILLED"}


@pytest.mark.core
def test_killed_job_is_gone_from_the_master_when_the_answer_comes(killed, cluster):
    assert not killed.driver_after
    assert cluster.driver(killed.id)["state"] == "KILLED"


@pytest.mark.core
def test_who_has_subscribed_to_a_killed_job_is_told(killed):
    assert not killed.told_before
    assert killed.news.result(20) == "spark://submissions/" + killed.id


def test_application_of_a_killed_job_ends(killed, cluster):
    def ended():
        return cluster.application(killed.application)["state"] not in ("RUNNING", "WAITING")

    assert processes.wait_until(ended, 60)


@pytest.mark.core
def test_python_process_of_a_killed_job_ends(killed):
    assert len(killed.processes_before) >= 2, "the JVM and its Python were to be seen before"
    left = processes.wait_until(lambda: not processes.with_text(killed.mark, "environ"), 60)
    assert left, processes.describe(processes.with_text(killed.mark, "environ"))


def test_executors_of_a_killed_job_end(killed):
    gone = processes.wait_until(lambda: not processes.in_folder(killed.executors), 60)
    assert gone, processes.describe(processes.in_folder(killed.executors))


def test_monitor_tells_a_killed_job_as_killed(killed):
    assert (killed.job_after.data["job"]["state"], killed.job_after.data["job"]["finished"]) == ("KILLED", True)


def test_killing_again_says_that_it_had_ended(killed):
    assert killed.again.data["killed"] is False
    assert killed.again.data["state"] == "KILLED"


def test_application_id_in_place_of_a_submission_id_is_explained(killed):
    assert killed.wrong_id.is_error
    assert killed.application in killed.wrong_id.text and "submission" in killed.wrong_id.text


def test_application_id_in_place_of_a_submission_id_kills_nothing(killed):
    assert killed.after_wrong_id == "RUNNING"


def test_finished_job_is_not_said_to_be_killed(server, write_script):
    done = server.submit(write_script("done.py", "print('done')\n"), driver_memory="300m", wait_seconds=60)
    assert done.data["state"] == "FINISHED"
    answer = server.kill(done.data["submissionId"])
    assert (answer.data["killed"], answer.data["state"]) == (False, "FINISHED")


def test_unknown_id_is_said_to_be_unknown(server):
    answer = server.kill("driver-20200101000000-9999")
    assert answer.is_error
    assert "driver-20200101000000-9999" in answer.text and "monitor-cluster" in answer.text


@pytest.mark.parametrize("id", ["../../kill/x", "a b%2f?x=1", "ü"])
def test_strange_id_is_unknown_and_no_address(server, id):
    answer = server.kill(id)
    assert answer.is_error and id in answer.text
