"""monitor-cluster: the cluster, its applications, executors, drivers and logs, as they really are."""

import datetime
import json
import os
import re
import signal
from pathlib import Path

import pytest
from mcp import MCPError
from mcp.types import ResourceTemplateReference

import client
import processes
from cluster import get_json

JOBS = Path(__file__).parent / "jobs"
LINES = 4000


def ids(rows):
    return [row["id"] for row in rows]


# Applications of the past: the history server reads event logs, so three events are enough for one.

DAY = datetime.timedelta(days=1)
NOON = datetime.datetime.now().astimezone().replace(hour=12, minute=0, second=0, microsecond=0)
PAST = {
    "app-yesterday": (NOON - DAY, NOON - DAY + DAY / 24),
    "app-into-yesterday": (NOON - 2 * DAY, NOON - DAY),
    "app-three-days-ago": (NOON - 3 * DAY, NOON - 3 * DAY + DAY / 24),
    "app-last-month": (NOON - 30 * DAY, NOON - 30 * DAY + DAY / 24),
    **{"app-old-%02d" % n: (NOON - (60 + n) * DAY, NOON - (60 + n) * DAY + DAY / 24) for n in range(30)},
}


TRIED = "application_1700000000000_0001"  # as YARN names them, with attempts


def write_log(path, version, id, start, end, name, **attempt):
    events = [
        {"Event": "SparkListenerLogStart", "Spark Version": version},
        {"Event": "SparkListenerApplicationStart", "App Name": name, "App ID": id,
         "Timestamp": int(start.timestamp() * 1000), "User": "tester", **attempt},
        {"Event": "SparkListenerExecutorAdded", "Timestamp": int(start.timestamp() * 1000), "Executor ID": "7",
         "Executor Info": {"Host": "h", "Total Cores": 2, "Log Urls": {}, "Attributes": {}, "Resources": {},
                           "Resource Profile Id": 0}},
        {"Event": "SparkListenerApplicationEnd", "Timestamp": int(end.timestamp() * 1000)}]
    # Without spaces: Spark looks at the beginnings of lines.
    path.write_text("".join(json.dumps(event, separators=(",", ":")) + "\n" for event in events))
    os.utime(path, (end.timestamp(), end.timestamp()))


def write_past(folder, version):
    for id, (start, end) in PAST.items():
        write_log(folder / id, version, id, start, end, id[4:])
    for attempt in ("1", "2"):
        start = NOON - 20 * DAY + int(attempt) * DAY / 24
        write_log(folder / ("%s_%s" % (TRIED, attempt)), version, TRIED, start, start + DAY / 48, "tried",
                  **{"App Attempt ID": attempt})


class Jobs:
    pass


@pytest.fixture(scope="module")
def jobs(cluster, server):
    """One application that has ended, one that runs, and those of the past."""
    version = get_json(cluster.history_url + "/api/v1/version")["spark"]
    write_past(cluster.events, version)
    run = Jobs()
    begun = server.submit(
        JOBS / "sleeper.py", name="sleeping", num_executors=1, executor_memory="650m", wait_seconds=0)
    run.running = begun.data["submissionId"]
    run.answer = server.submit(
        JOBS / "count.py", args=[LINES], name="counting", num_executors=1, wait_seconds=120)
    assert run.answer.data["state"] == "FINISHED", run.answer.text
    run.finished, run.finished_app = run.answer.data["submissionId"], run.answer.data["applicationId"]
    run.stdout = cluster.work / run.finished / "stdout"

    def application_of_sleeper():
        for app in cluster.state()["activeapps"]:
            if app["name"] == "sleeping" and cluster.executors_of(app["id"]):
                return app["id"]
        return None

    run.running_app = processes.wait_until(application_of_sleeper, 60)
    assert run.running_app, server.monitor(submission_id=run.running).text
    sleeper = cluster.work / run.running / "stdout"
    assert processes.wait_until(lambda: "sleeping" in sleeper.read_text(), 60)

    def in_history():
        known = get_json(cluster.history_url + "/api/v1/applications?limit=1000") or []
        done = {app["id"]: app["attempts"][0] for app in known if app["attempts"][0]["completed"]}
        return done.get(run.finished_app) if set(PAST) <= set(done) else None

    attempt = processes.wait_until(in_history, 60)
    assert attempt, "the history server does not show the applications"
    run.start = datetime.datetime.fromtimestamp(attempt["startTimeEpoch"] / 1000).astimezone()
    run.end = datetime.datetime.fromtimestamp(attempt["endTimeEpoch"] / 1000).astimezone()
    run.version = version
    yield run
    server.kill(run.running)


# The cluster

@pytest.fixture(scope="module")
def overview(jobs, server):
    return server.monitor()


@pytest.mark.core
def test_cluster_is_what_is_shown_by_default(overview, cluster):
    assert overview.data["cluster"]["status"] == "ALIVE"
    assert overview.data["cluster"]["master"] == cluster.url
    assert [key for key in overview.data if key not in ("warnings", "next")] == ["cluster", "workers"]


@pytest.mark.core
def test_workers_are_shown_with_cores_and_memory_used_and_in_all(overview):
    rows = [row for row in overview.data["workers"] if row["state"] == "ALIVE"]
    # A driver of 1 core and 1 GB, an executor of 1 core and 650 MB.
    wanted = {"coresUsed": 2, "cores": 8, "memoryUsedMiB": 1674, "memoryMiB": 9216}
    assert [{key: row.get(key) for key in wanted} for row in rows] == [wanted]


def test_cluster_tells_what_it_could_still_take(overview):
    told = overview.data["cluster"]["canTake"]
    assert (told["cores"], told["memoryMiB"]) == (6, 9216 - 1674)
    assert "7542" in overview.text


def test_workers_are_in_the_text_too(overview, cluster):
    worker = cluster.state()["workers"][0]
    assert worker["id"] in overview.text or "%s:%s" % (worker["host"], worker["port"]) in overview.text


def test_queued_driver_is_shown_as_waiting(jobs, server, cluster):
    begun = server.submit(JOBS / "where.py", driver_memory="30g", wait_seconds=0)
    id = begun.data["submissionId"]
    try:
        answer = server.monitor("cluster")
    finally:
        server.kill(id)
    assert answer.data["cluster"]["driversWaiting"] == 1
    assert re.search(r"Drivers: .*1 waiting", answer.text)


# Applications

@pytest.fixture(scope="module")
def applications(jobs, server):
    return server.monitor("applications", limit=200)


@pytest.mark.core
def test_running_and_finished_applications_are_shown(applications, jobs):
    states = {row["id"]: row["state"] for row in applications.data["applications"]}
    assert (states[jobs.running_app], states[jobs.finished_app]) == ("RUNNING", "FINISHED")


@pytest.mark.core
def test_no_application_is_shown_twice(applications):
    shown = ids(applications.data["applications"])
    assert len(shown) == len(set(shown))


def test_applications_of_the_history_server_are_shown(applications):
    assert set(PAST) <= set(ids(applications.data["applications"]))


def test_applications_have_their_names(applications, jobs):
    names = {row["id"]: row["name"] for row in applications.data["applications"]}
    assert (names[jobs.finished_app], names["app-last-month"]) == ("counting", "last-month")


def test_newest_application_is_first(applications, jobs):
    shown = ids(applications.data["applications"])
    assert set(shown[:2]) >= {jobs.running_app} or shown.index(jobs.running_app) < shown.index("app-yesterday")
    assert shown.index("app-yesterday") < shown.index("app-last-month") < shown.index("app-old-20")


def test_status_running_shows_only_what_runs(server, jobs):
    answer = server.monitor("applications", status="running")
    assert ids(answer.data["applications"]) == [jobs.running_app]


def test_status_finished_leaves_out_what_runs(server, jobs):
    shown = ids(server.monitor("applications", status="finished", limit=200).data["applications"])
    assert jobs.finished_app in shown and jobs.running_app not in shown


def test_rows_beyond_the_limit_are_counted(server, applications):
    answer = server.monitor("applications", limit=3)
    assert len(answer.data["applications"]) == 3
    assert answer.data["omitted"] == len(applications.data["applications"]) - 3
    assert str(answer.data["omitted"]) in answer.text


def utc(time):
    return time.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def ranges():
    now = datetime.datetime.now().astimezone()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    first, last = midnight - 4 * DAY, midnight - 2 * DAY
    evening = (midnight - DAY).replace(tzinfo=None) + DAY * 18 / 24
    after_noon = (NOON - DAY + DAY / 288).astimezone(datetime.timezone.utc)
    return {
        "15m": (now - DAY / 96, now),
        "24h": (now - DAY, now),
        "7d": (now - 7 * DAY, now),
        "today": (midnight, midnight + DAY),
        "yesterday": (midnight - DAY, midnight),
        "%s/%s" % (first.date(), last.date()): (first, last + DAY),
        "%s/%s" % ((midnight - DAY).date(), (midnight - DAY).date()): (midnight - DAY, midnight),
        "%s/%s" % ((midnight - 40 * DAY).date(), now.date()): (midnight - 40 * DAY, now),
        "%s/%s" % (evening.isoformat(), (evening + DAY * 2).isoformat()):
            (evening.astimezone(), (evening + DAY * 2).astimezone()),
        "%s/%s" % (utc(after_noon), utc(after_noon + DAY / 48)): (after_noon, after_noon + DAY / 48),
        "%s/%s" % (after_noon.isoformat(), (after_noon + DAY / 48).isoformat()):
            (after_noon, after_noon + DAY / 48),
        "2020-01-01/2020-12-31": (NOON - 9999 * DAY, NOON - 1500 * DAY),
    }


@pytest.mark.parametrize("number", range(len(ranges())))  # a name holds the day, which may have ended since
def test_time_range_shows_what_ran_in_it(number, server, jobs):
    form, (begin, end) = list(ranges().items())[number]
    known = {**PAST, jobs.finished_app: (jobs.start, jobs.end),
             jobs.running_app: (jobs.start, datetime.datetime.now().astimezone() + DAY)}
    wanted = {id for id, (first, last) in known.items() if first < end and last > begin}
    shown = set(ids(server.monitor("applications", time_range=form, limit=200).data["applications"]))
    assert shown & set(known) == wanted


def test_application_counts_when_it_ran_in_the_range_though_it_began_before(server, jobs):
    middle = jobs.start + (jobs.end - jobs.start) / 2
    form = "%s/%s" % (utc(middle), utc(middle + datetime.timedelta(seconds=1)))
    shown = ids(server.monitor("applications", time_range=form, limit=200).data["applications"])
    assert jobs.finished_app in shown


def test_application_does_not_count_before_it_began(server, jobs):
    form = "%s/%s" % (utc(jobs.start - DAY / 24), utc(jobs.start - datetime.timedelta(seconds=2)))
    shown = ids(server.monitor("applications", time_range=form, limit=200).data["applications"])
    assert jobs.finished_app not in shown


@pytest.mark.parametrize("form", ["lately", "15", "2026-13-01/2026-13-02", "2026-11-07/2026-11-01", "-5m"])
def test_bad_time_range_is_refused_with_examples(form, server):
    answer = server.monitor("applications", time_range=form)
    assert answer.is_error
    assert "time_range" in answer.text and "24h" in answer.text and "yesterday" in answer.text


def test_application_id_alone_shows_it_and_its_executors(server, jobs):
    data = server.monitor(application_id=jobs.finished_app).data
    assert ids(data["applications"]) == [jobs.finished_app]
    assert "0" in [row["id"] for row in data["executors"]]


def test_unknown_application_is_said_to_be_unknown(server, jobs):
    answer = server.monitor(application_id="app-20200101000000-0000")
    assert answer.is_error and "app-20200101000000-0000" in answer.text


# Executors

@pytest.mark.core
def test_executors_of_a_running_application_are_shown(server, jobs):
    data = server.monitor("executors", application_id=jobs.running_app).data
    assert "0" in ids(data["executors"])


@pytest.fixture(scope="module")
def finished_executor(server, jobs):
    rows = server.monitor("executors", application_id=jobs.finished_app).data["executors"]
    return next(row for row in rows if row["id"] == "0")


def test_executors_have_tasks_memory_and_share_of_gc(finished_executor, cluster, jobs):
    told = get_json("%s/api/v1/applications/%s/allexecutors" % (cluster.history_url, jobs.finished_app))
    told = next(row for row in told if row["id"] == "0")
    wanted = {"cores": 1, "completedTasks": 8, "failedTasks": 0,
              "gcPercent": round(100 * told["totalGCTime"] / told["totalDuration"]),
              "storageMiB": told["maxMemory"] >> 20}
    got = {key: finished_executor.get(key) for key in wanted}
    assert told["completedTasks"] == 8
    assert abs(got.pop("gcPercent") - wanted.pop("gcPercent")) <= 1
    assert got == wanted


def test_executor_of_a_finished_application_is_not_said_to_be_active(finished_executor):
    assert finished_executor["state"] != "ACTIVE"


def test_without_an_id_the_executors_of_running_applications_are_shown(server, jobs):
    data = server.monitor("executors").data
    assert {row["application"] for row in data["executors"]} == {jobs.running_app}
    assert ids(data.get("applications", [{"id": jobs.running_app}])) == [jobs.running_app]


# Drivers and single jobs

@pytest.mark.core
def test_drivers_are_shown_with_their_states(server, jobs):
    states = {row["id"]: row["state"] for row in server.monitor("drivers").data["drivers"]}
    assert (states[jobs.running], states[jobs.finished]) == ("RUNNING", "FINISHED")


def test_drivers_can_be_chosen_by_status(server, jobs):
    assert ids(server.monitor("drivers", status="running").data["drivers"]) == [jobs.running]


def test_submission_id_alone_shows_a_finished_job_with_its_output(server, jobs):
    job = server.monitor(submission_id=jobs.finished).data["job"]
    assert (job["state"], job["finished"], job["applicationId"]) == ("FINISHED", True, jobs.finished_app)
    assert job["output"].rstrip().endswith("the last line")


def test_submission_id_alone_shows_a_running_job_with_its_progress(server, jobs):
    job = server.monitor(submission_id=jobs.running).data["job"]
    assert (job["state"], job["finished"], job["applicationId"]) == ("RUNNING", False, jobs.running_app)
    assert "sleeping" in job["output"]
    assert re.search(r"\b2\b.*task|task.*\b2\b", job["progress"]), job["progress"]


def test_waiting_for_a_running_job_ends_after_wait_seconds(server, jobs):
    answer = server.monitor(submission_id=jobs.running, wait_seconds=3)
    assert 2.5 < answer.seconds < 6
    assert answer.data["job"]["finished"] is False


def test_unknown_submission_is_said_to_be_unknown(server):
    answer = server.monitor(submission_id="driver-20200101000000-9999")
    assert answer.is_error and "driver-20200101000000-9999" in answer.text


def test_job_of_another_server_is_shown_whole(cluster, jobs):
    with client.Server(cluster.environment()) as other:
        job = other.monitor(submission_id=jobs.finished).data["job"]
    assert (job["state"], job["applicationId"]) == ("FINISHED", jobs.finished_app)


# Logs

@pytest.mark.core
def test_log_of_a_driver_is_shown_from_its_end(server, jobs):
    log = server.monitor("logs", submission_id=jobs.finished).data["log"]
    assert log["text"].rstrip("\n").endswith("the last line")
    assert (log["end"], log["total"]) == (jobs.stdout.stat().st_size, jobs.stdout.stat().st_size)
    assert 2000 <= log["end"] - log["start"] <= 3000


@pytest.mark.core
def test_log_paged_as_next_says_gives_the_whole_file_exactly(server, jobs):
    text, offset, next = "", 0, "offset 0"
    while next.endswith(" to read on.") or offset == 0:
        answer = server.monitor("logs", submission_id=jobs.finished, offset=offset, length=30000).data
        log, next = answer["log"], answer["next"]
        assert log["start"] == offset and log["end"] > log["start"]
        text, offset = text + log["text"], log["end"]
        assert "offset %d" % (offset if offset < log["total"] else 0) in next
    assert len(text) > 30000
    assert text == jobs.stdout.read_text()


def test_length_of_a_log_is_kept(server, jobs):
    log = server.monitor("logs", submission_id=jobs.finished, offset=1000, length=26).data["log"]
    assert (log["start"], log["end"]) == (1000, 1026)
    assert log["text"] == jobs.stdout.read_text()[1000:1026]


def test_offset_beyond_the_end_is_answered_with_nothing(server, jobs):
    answer = server.monitor("logs", submission_id=jobs.finished, offset=10 ** 9)
    assert not answer.is_error and answer.data["log"]["text"] == ""


def test_more_than_the_longest_log_is_lowered_and_said(server, jobs):
    answer = server.monitor("logs", submission_id=jobs.finished, length=30001)
    assert not answer.is_error and "length was lowered from 30001 to 30000" in answer.text
    assert answer.data["warnings"][0].startswith("length was lowered")


def test_stderr_of_a_driver_is_shown(server, jobs):
    log = server.monitor("logs", submission_id=jobs.finished, log="stderr", offset=0).data["log"]
    assert "Launch Command" in log["text"]


@pytest.mark.parametrize("which", ["running_app", "finished_app"])
def test_stderr_of_an_executor_is_shown(which, server, jobs):
    answer = server.monitor("logs", application_id=getattr(jobs, which), executor_id="0", log="stderr", offset=0)
    assert "CoarseGrainedExecutorBackend" in answer.data["log"]["text"]


def test_log_without_an_id_is_refused_with_what_is_needed(server):
    answer = server.monitor("logs")
    assert answer.is_error and "submission_id" in answer.text and "application_id" in answer.text


# Size, and what is lost

@pytest.mark.parametrize("arguments", [
    {}, {"metric_type": "applications"}, {"metric_type": "executors"}, {"metric_type": "drivers"},
    {"metric_type": "logs", "submission_id": "finished"}, {"submission_id": "finished"},
    {"application_id": "finished_app"}], ids=lambda arguments: "-".join(arguments.values()) or "default")
def test_default_answer_is_under_4_kb(arguments, server, jobs):
    arguments = {key: getattr(jobs, value, value) for key, value in arguments.items()}
    answer = server.monitor(**arguments)
    assert not answer.is_error
    structured = json.dumps(answer.structured, separators=(",", ":"), ensure_ascii=False)
    assert (len(answer.text) < 4096, len(structured) < 4096) == (True, True), (len(answer.text), len(structured))


def test_lost_executor_is_shown_with_the_reason(server, jobs, cluster):
    pids = [pid for pid in processes.in_folder(cluster.work / jobs.running_app)
            if b"CoarseGrainedExecutorBackend" in processes.read(pid, "cmdline")]
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGKILL)

    def lost():
        rows = server.monitor("executors", application_id=jobs.running_app).data["executors"]
        row = next((row for row in rows if row["id"] == "0"), None)
        return row if row and re.search("lost|exit|137|kill|SIGKILL", json.dumps(row), re.I) else None

    assert processes.wait_until(lost, 30, every=1), server.monitor(
        "executors", application_id=jobs.running_app).text


# Attempts.

def test_application_with_attempts_is_told_with_all_of_them(jobs, server):
    rows = server.call("monitor-cluster", metric_type="applications", application_id=TRIED).data["applications"]
    assert [attempt["attemptId"] for attempt in rows[0]["attempts"]] == ["2", "1"]


def test_executors_of_an_application_with_attempts_are_those_of_the_newest(jobs, server):
    answer = server.call("monitor-cluster", metric_type="executors", application_id=TRIED)
    assert [row["id"] for row in answer.data["executors"]] == ["7"], answer.text


# What a person attaches

@pytest.mark.core
def test_the_cluster_is_a_resource(server, jobs, cluster):
    assert "spark://cluster" in [resource.uri for resource in server.ask("list_resources").resources]
    content = server.ask("read_resource", "spark://cluster").contents[0]
    assert cluster.url in content.text and "worker" in content.text


def test_an_application_is_a_resource_and_its_id_is_completed(server, jobs):
    template = "spark://applications/{id}"
    assert template in [t.uri_template for t in server.ask("list_resource_templates").resource_templates]
    begun = ResourceTemplateReference(type="ref/resource", uri=template)
    values = server.ask("complete", begun, {"name": "id", "value": jobs.finished_app[:12]}).completion.values
    assert jobs.finished_app in values
    content = server.ask("read_resource", template.replace("{id}", jobs.finished_app)).contents[0]
    assert "counting" in content.text


def test_the_log_of_a_submission_is_a_resource(server, jobs):
    uri = "spark://submissions/%s/log" % jobs.answer.data["submissionId"]
    assert "stdout, bytes" in server.ask("read_resource", uri).contents[0].text
    with pytest.raises(MCPError, match="driver-20990101000000-0000"):
        server.ask("read_resource", "spark://submissions/driver-20990101000000-0000/log")


def test_a_prompt_names_what_it_is_about(server):
    told = server.ask("get_prompt", "diagnose", {"application_id": "app-1"}).messages[0].content.text
    assert "app-1" in told and "monitor-cluster" in told
