"""How far an operation is, from what Spark's status tracker says. No Spark runs here."""

from types import SimpleNamespace

import pytest

from runner.serve import operations

from fakes import Spark


def stage(active, done, total):
    return SimpleNamespace(numActiveTasks=active, numCompletedTasks=done, numTasks=total)


def job(*stages, status="RUNNING"):
    return SimpleNamespace(status=status, stageIds=list(stages))


@pytest.fixture
def scope(monkeypatch):
    scope = Spark().sparkContext
    monkeypatch.setattr(operations, "rows_read", lambda scope, stage_id: 0)
    return scope


def test_progress_adds_the_stages_of_running_jobs_up(scope):
    scope.jobs = {"op-1": {1: job(1, 2), 2: job(3)}}
    scope.stages = {1: stage(0, 4, 4), 2: stage(2, 1, 8), 3: stage(1, 0, 1)}
    assert operations.measure(scope, "op-1") == \
        {"stages": 2, "tasksActive": 3, "tasksDone": 5, "tasksTotal": 13}


def test_a_stage_of_two_jobs_counts_once(scope):
    scope.jobs = {"op-1": {1: job(1), 2: job(1)}}
    scope.stages = {1: stage(1, 0, 2)}
    assert operations.measure(scope, "op-1")["tasksTotal"] == 2


def test_jobs_that_have_ended_do_not_count(scope):
    scope.jobs = {"op-1": {1: job(1, status="SUCCEEDED"), 2: job(2)}}
    scope.stages = {1: stage(0, 9, 9), 2: stage(1, 0, 2)}
    assert operations.measure(scope, "op-1")["tasksTotal"] == 2


def test_jobs_of_others_do_not_count(scope):
    scope.jobs = {"op-2": {1: job(1)}}
    scope.stages = {1: stage(1, 0, 2)}
    assert operations.measure(scope, "op-1") == {}


def test_what_spark_has_forgotten_does_not_count(scope):
    scope.jobs = {"op-1": {1: None, 2: job(1, 2)}}
    scope.stages = {2: stage(1, 0, 2)}
    assert operations.measure(scope, "op-1")["tasksTotal"] == 2


def test_rows_that_were_read_are_counted(scope, monkeypatch):
    monkeypatch.setattr(operations, "rows_read", lambda scope, stage_id: 100 * stage_id)
    scope.jobs = {"op-1": {1: job(1, 2)}}
    scope.stages = {1: stage(1, 0, 1), 2: stage(1, 0, 1)}
    assert operations.measure(scope, "op-1")["rowsRead"] == 300


def test_without_sparks_own_store_no_rows_are_counted():
    assert operations.rows_read(Spark().sparkContext, 1) == 0
