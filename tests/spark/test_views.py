"""The views of one application: of watched.py while it runs, from its driver's UI, and ended, from the history server."""

from pathlib import Path

import pytest

import processes
from cluster import get_json

JOBS = Path(__file__).parent / "jobs"
LIVE, ENDED = "live", "ended"


class Watched:
    """Every view of it, asked for by name; what differs between the two times is in the answers."""

    def __init__(self, server, application):
        self.server, self.application, self.seen = server, application, {}

    def look(self, when, **arguments):
        key = (when, *sorted(arguments.items()))
        if key not in self.seen:
            self.seen[key] = self.server.monitor(application_id=self.application, **arguments)
        return self.seen[key]


VIEWS = ["jobs", "stages", "failures", "sql", "environment", "storage", "streaming"]


@pytest.fixture(scope="module")
def watched(server, cluster, tmp_path_factory):
    folder = tmp_path_factory.mktemp("watched")
    begun = server.submit(JOBS / "watched.py", name="watched", args=[str(folder)], num_executors=1, executor_cores=2,
                          executor_memory="700m", driver_memory="700m", wait_seconds=0,
                          watch_streaming=True, conf={"spark.task.maxFailures": "2", "spark.my.credential": "planted-1",
                                                      "spark.executor.heartbeatInterval": "1s"})  # peaks come with it
    submission = begun.data["submissionId"]
    output = cluster.work / submission / "stdout"
    assert processes.wait_until(lambda: output.exists() and "watched\n" in output.read_text(), 150), begun.text
    run = Watched(server, cluster.state()["activeapps"][0]["id"])
    run.submission = submission
    for view in VIEWS:
        run.look(LIVE, metric_type=view)
    stages = run.look(LIVE, metric_type="stages", limit=200).data["stages"]
    run.look(LIVE, stage_id=next(row["stageId"] for row in stages if row.get("longestToMedian", 0) > 3))
    run.look(LIVE, execution_id=0)
    run.look(LIVE, metric_type="threads", executor_id="0", details=True)
    run.look(LIVE, metric_type="executors")
    run.by_name = server.monitor("jobs", application_id="watched")
    run.job = server.monitor(submission_id=submission, wait_seconds=0)
    run.by_submission = server.monitor("jobs", submission_id=submission)
    (folder / "end").touch()
    history = "%s/api/v1/applications/%s" % (cluster.history_url, run.application)
    assert processes.wait_until(lambda: (get_json(history) or {"attempts": [{}]})["attempts"][0].get("completed"), 60)
    return run


@pytest.mark.parametrize("when,teller", [(LIVE, "driver"), (ENDED, "history server")])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_says_whose_it_is_and_who_told(watched, view, when, teller):
    source = watched.look(when, metric_type=view).data["source"]
    assert (source["application"], source["from"]) == (watched.application, teller)


def test_an_application_is_found_by_its_name_and_by_its_submission(watched):
    assert watched.by_name.data["source"]["application"] == watched.application
    assert watched.by_submission.data["source"]["application"] == watched.application


@pytest.mark.parametrize("when", [LIVE, ENDED])
def test_jobs_that_failed_stand_first_with_their_execution(watched, when):
    answer = watched.look(when, metric_type="jobs")
    assert answer.data["byStatus"]["FAILED"] >= 3
    assert [row["status"] for row in answer.data["jobs"][:3]] == ["FAILED"] * 3
    assert any("at watched.py:" in row.get("callSite", "") for row in answer.data["jobs"][:3])
    assert any("executionId" in row for row in answer.data["jobs"])


@pytest.mark.parametrize("when", [LIVE, ENDED])
def test_one_slow_task_of_a_stage_is_seen_in_the_list_and_in_its_quantiles(watched, when):
    rows = watched.look(when, metric_type="stages", limit=200).data["stages"]
    slow = next(row for row in rows if row.get("longestToMedian", 0) > 3)
    assert slow["tasks"] == 8 and "count at watched.py" in slow["callSite"]
    told = watched.look(when, stage_id=slow["stageId"]).data
    seconds = next(row for row in told["taskQuantiles"] if row["metric"] == "runSeconds")
    assert seconds["max"] >= 8 > seconds["median"]
    assert 3 in [row["partition"] for row in told["slowestTasks"]]


@pytest.mark.parametrize("when", [LIVE, ENDED])
def test_failures_are_grouped_by_what_happened_and_where(watched, when):
    data = watched.look(when, metric_type="failures").data
    raised = {row["what"]: row for row in data["failures"]}
    assert raised["KeyError: 'only the first time'"]["count"] == 1
    assert "watched.py" in raised["ValueError: no price in row 3"]["at"]
    assert sum(row["count"] for row in data["failures"]) == data["tasksFailed"]


@pytest.mark.parametrize("when", [LIVE, ENDED])
def test_a_plan_is_told_as_a_tree_with_what_its_nodes_did(watched, when):
    assert watched.look(when, metric_type="sql").data["executions"][0]["status"] == "FAILED"
    plan = watched.look(when, execution_id=0).data["plan"]
    join = next(i for i, row in enumerate(plan) if row["node"] == "BroadcastHashJoin")
    assert plan[join]["rows"] == 20000
    below = [row["node"] for row in plan[join + 1:] if row["depth"] > plan[join]["depth"]]
    assert below.count("Range") == 2 and "BroadcastExchange" in below


@pytest.mark.parametrize("when", [LIVE, ENDED])
def test_executors_have_their_work_peak_memory_and_a_timeline(watched, when):
    data = watched.look(when, metric_type="executors").data
    executor = next(row for row in data["executors"] if row["id"] == "0")
    assert executor["failedTasks"] == 7 and executor["shuffleWriteBytes"] > 0
    assert executor["peakHeapMiB"] > 20
    assert (data["peakExecutors"], data["peakCores"]) == (1, 2)
    assert "taskSeconds" not in next(row for row in data["executors"] if row["id"] == "driver")


@pytest.mark.parametrize("when", [LIVE, ENDED])
def test_settings_are_those_that_somebody_set_without_their_secrets(watched, when):
    answer = watched.look(when, metric_type="environment")
    told = {row["name"]: row["value"] for row in answer.data["settings"]}
    assert told["spark.task.maxFailures"] == "2"
    assert "spark.driver.port" not in told and "planted" not in answer.everything()


def test_what_is_cached_is_told_while_it_is(watched):
    rows = {row["name"]: row for row in watched.look(LIVE, metric_type="storage").data["cached"]}
    assert rows["numbers"]["cachedPercent"] == 100 and rows["In-memory table orders"]["memoryBytes"] > 0
    assert "logBlockUpdates" in watched.look(ENDED, metric_type="storage").text


def test_threads_of_an_executor_show_its_task_and_what_stands_still(watched):
    answer = watched.look(LIVE, metric_type="threads", executor_id="0", details=True)
    task = next(row for row in answer.data["threadGroups"] if row["name"].startswith("Executor task launch worker"))
    assert task["frames"] and answer.data["dumps"] == 3
    assert answer.data["deadlock"] == [] and answer.data["idlePools"]
    assert watched.look(ENDED, metric_type="threads").is_error


def test_a_job_that_runs_tells_its_streaming_queries(watched):
    queries = {row["name"]: row for row in watched.job.data["job"]["streaming"]}
    assert queries["rates"]["status"] == "RUNNING" and queries["rates"]["averageInputRowsPerSecond"] > 0
    assert queries["broken"]["error"] == "ValueError: no price in row 3"
    settings = {row["name"]: row["value"] for row in watched.look(LIVE, metric_type="environment").data["settings"]}
    assert settings["spark.sql.streaming.metricsEnabled"] == "true"


def test_a_streaming_context_is_told_while_it_runs(watched):
    context = watched.look(LIVE, metric_type="streaming").data["dstreams"]
    assert context["batchSeconds"] == 1 and context["completedBatches"] > 0
    assert "dstreams" not in watched.look(ENDED, metric_type="streaming").data


@pytest.mark.parametrize("when,status", [(LIVE, "RUNNING"), (ENDED, "FINISHED")])
def test_streaming_queries_are_told_with_rates_state_and_their_error(watched, when, status):
    queries = {row["name"]: row for row in watched.look(when, metric_type="streaming").data["queries"]}
    rates, broken = queries["rates"], queries["broken"]
    assert rates["status"] == status and rates["latestBatch"] >= 3
    assert any(batch["inputRows"] > 0 and "stateRows" in batch for batch in rates["lastBatches"])
    assert broken["status"] == "FAILED" and broken["error"] == "ValueError: no price in row 3"
