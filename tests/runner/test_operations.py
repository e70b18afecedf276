"""Operations: envelopes, job groups, turns, cancellations, what is kept. No Spark runs here."""

import json
import threading
from types import SimpleNamespace

import pytest
from py4j.protocol import Py4JNetworkError

from runner.context import Context, Refused
from runner.serve import operations
from runner.serve.operations import Operations, perform

from fakes import PATIENCE, Clock, Spark, bring, gated


@pytest.fixture
def context():
    return Context(Spark(), "op-1")


@pytest.fixture
def service():
    service = Operations({})
    service.open(Spark())
    yield service
    service.pool.shutdown(wait=False)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(operations, "time", clock)
    return clock


@pytest.fixture
def gate(monkeypatch):
    with gated(monkeypatch) as gate:
        yield gate


def performed(monkeypatch, context, run, **arguments):
    bring(monkeypatch, "fake", run)
    return json.loads(perform(context, "fake", arguments))


def failing(error):
    def run(context, arguments):
        raise error
    return run


def outcome(operation):
    operation.wait(PATIENCE)
    return json.loads(operation.describe())["outcome"]


# Envelopes

def test_a_result_is_put_into_an_envelope(monkeypatch, context):
    assert performed(monkeypatch, context, lambda context, arguments: {"rows": arguments["rows"]}, rows=[1]) == \
        {"ok": True, "result": {"rows": [1]}}


def test_an_error_is_put_into_an_envelope(monkeypatch, context):
    told = performed(monkeypatch, context, failing(ValueError("no such thing")))
    assert told["ok"] is False
    assert told["error"]["class"] == "ValueError"
    assert told["error"]["message"] == "no such thing"


def test_a_refusal_brings_its_problems_and_what_to_do(monkeypatch, context):
    told = performed(monkeypatch, context, failing(Refused("two things", "Do it.", ["a", "b"])))
    assert told == {"ok": False, "error": {"class": "REFUSED", "message": "two things", "next": "Do it.",
                                           "problems": ["a", "b"]}}


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), MemoryError()])
def test_no_error_of_an_operation_ends_the_session(monkeypatch, context, error):
    assert performed(monkeypatch, context, failing(error))["ok"] is False


def test_an_unknown_operation_is_refused_with_those_there_are(context):
    told = json.loads(perform(context, "sqll", {}))
    assert told["error"]["message"] == "no such operation: 'sqll'"
    assert "data, ml, python, sql, tables" in told["error"]["next"]


def test_what_is_kept_stands_beside_the_result(monkeypatch, context):
    told = performed(monkeypatch, context, lambda *_: {"rows": [], "_kept": {"views": ["a"]}})
    assert told == {"ok": True, "result": {"rows": []}, "kept": {"views": ["a"]}}


def test_warnings_are_added_to_those_of_the_result(monkeypatch, context):
    def run(context, arguments):
        context.warn("second")
        context.warn("second")
        return {"warnings": ["first"]}

    assert performed(monkeypatch, context, run)["result"] == {"warnings": ["first", "second"]}


def test_an_envelope_is_ascii(monkeypatch, context):
    bring(monkeypatch, "fake", lambda *_: {"text": "\u00fc \u2028 \U0001f600"})
    text = perform(context, "fake", {})
    assert text.isascii() and "\n" not in text
    assert json.loads(text)["result"]["text"] == "\u00fc \u2028 \U0001f600"


def test_the_envelope_of_an_error_is_ascii(monkeypatch, context):
    bring(monkeypatch, "fake", failing(ValueError("\u00fc\nx")))
    text = perform(context, "fake", {})
    assert text.isascii() and "\n" not in text


def test_what_json_cannot_hold_is_an_error(monkeypatch, context):
    assert performed(monkeypatch, context, lambda *_: {"value": float("nan")})["ok"] is False
    assert performed(monkeypatch, context, lambda *_: {"rows": [[float("nan")]] * 2000})["ok"] is False


def test_the_kept_tables_are_looked_at_first(monkeypatch):
    seen = []
    monkeypatch.setattr(operations, "catalog", SimpleNamespace(refresh=lambda context: seen.append("refreshed")))
    context = Context(Spark(), "op-1", {"catalogFolder": "/tables"})
    performed(monkeypatch, context, lambda *_: seen.append("run") or {})
    assert seen == ["refreshed", "run"]


# Cancelled, too late

def test_a_cancelled_operation_is_told_as_such(monkeypatch, context):
    def run(context, arguments):
        context.is_cancelled = True
        context.enter("the next step")

    assert performed(monkeypatch, context, run)["error"] == \
        {"class": "CANCELLED", "message": "the operation was cancelled"}


def test_the_error_of_cancelled_jobs_is_told_as_a_cancellation(monkeypatch, context):
    def run(context, arguments):
        context.is_cancelled = True
        raise RuntimeError("Job 3 cancelled part of cancelled job group op-1")

    assert performed(monkeypatch, context, run)["error"]["class"] == "CANCELLED"


def test_what_was_done_before_it_could_be_cancelled_is_told(monkeypatch, context):
    def run(context, arguments):
        context.is_cancelled = True
        return {"written": 1}

    assert performed(monkeypatch, context, run) == {"ok": True, "result": {"written": 1}}


def test_what_was_cancelled_before_it_began_does_nothing(monkeypatch, context):
    done = []
    context.is_cancelled = True
    told = performed(monkeypatch, context, lambda *_: done.append(1) or {})
    assert told["error"]["class"] == "CANCELLED" and not done


def wait_for_cancellation(context, arguments):
    for _ in range(PATIENCE * 100):
        context.check()
        threading.Event().wait(0.01)


def test_an_operation_that_takes_too_long_is_stopped(monkeypatch, context):
    told = performed(monkeypatch, context, wait_for_cancellation, timeout_seconds=0.05)
    assert told["error"]["class"] == "TIMEOUT" and "timeout_seconds" in told["error"]["next"]
    assert context.spark.sparkContext.cancelled == ["op-1"]


def test_a_time_out_is_told_as_such_while_the_jobs_still_end(monkeypatch, context):
    """Spark takes a moment to cancel jobs; the operation may end meanwhile."""
    ended = threading.Event()
    monkeypatch.setattr(context.spark.sparkContext, "cancelJobGroup", lambda group: ended.wait(PATIENCE))
    told = performed(monkeypatch, context, wait_for_cancellation, timeout_seconds=0.05)
    ended.set()
    assert told["error"]["class"] == "TIMEOUT"


def test_the_time_allowed_is_no_argument_of_an_operation(monkeypatch, context):
    told = performed(monkeypatch, context, lambda context, arguments: arguments, sql="x", timeout_seconds=60)
    assert told["result"] == {"sql": "x"}


def test_an_operation_in_time_is_not_stopped_later(monkeypatch, context):
    performed(monkeypatch, context, lambda *_: {}, timeout_seconds=0.05)
    threading.Event().wait(0.2)
    assert not context.is_cancelled and not context.spark.sparkContext.cancelled


# Starting

def test_an_operation_runs_in_a_job_group_of_its_own(service, gate):
    gate.set()
    outcome(service.start("op-1", "gate", {}))
    assert service.spark.sparkContext.groups == [("op-1", "gate op-1")]


def test_the_same_id_twice_runs_once(monkeypatch, service):
    runs = []
    bring(monkeypatch, "fake", lambda context, arguments: {"run": runs.append(1) or len(runs)})
    first = service.start("op-1", "fake", {})
    second = service.start("op-1", "fake", {})
    assert first is second
    assert outcome(first) == outcome(second) and runs == [1]


def test_the_same_id_after_the_end_gives_the_same_outcome(monkeypatch, service):
    runs = []
    bring(monkeypatch, "fake", lambda context, arguments: {"run": runs.append(1) or len(runs)})
    first = outcome(service.start("op-1", "fake", {}))
    assert outcome(service.start("op-1", "fake", {})) == first and runs == [1]


def test_operations_run_at_the_same_time(monkeypatch, service):
    barrier = threading.Barrier(3)
    bring(monkeypatch, "fake", lambda context, arguments: {"place": barrier.wait(PATIENCE)})
    started = [service.start("op-%d" % number, "fake", {}) for number in range(3)]
    assert sorted(outcome(operation)["result"]["place"] for operation in started) == [0, 1, 2]


def test_operations_at_the_same_time_share_by_pools_of_their_own(monkeypatch, service):
    barrier = threading.Barrier(3)
    bring(monkeypatch, "fake", lambda context, arguments: {"place": barrier.wait(PATIENCE)})
    for operation in [service.start("op-%d" % number, "fake", {}) for number in range(3)]:
        outcome(operation)
    assert len(set(service.spark.sparkContext.pools)) == 3


def test_more_than_a_few_wait_for_their_turn(service, gate):
    started = [service.start("op-%d" % number, "gate", {}) for number in range(operations.AT_ONCE + 1)]
    last = json.loads(started[-1].describe())
    assert (last["state"], last["progress"]["phase"]) == ("queued", "waiting for its turn")
    gate.set()
    assert outcome(started[-1])["result"]["by"] == started[-1].id


def test_operations_may_come_while_spark_starts(gate):
    gate.set()
    service = Operations({})
    operation = service.start("op-1", "gate", {})
    told = json.loads(operation.describe())
    assert (told["state"], told["progress"]["phase"]) == ("queued", "SparkContext starts")
    service.open(Spark())
    assert outcome(operation)["ok"] is True


def test_a_jvm_that_is_gone_before_an_operation_begins_is_told_so(monkeypatch, service):
    def refuse(*_):
        raise ConnectionRefusedError(111, "refused")

    monkeypatch.setattr(service.spark.sparkContext, "setJobGroup", refuse)
    told = outcome(service.start("op-1", "sql", {}))
    assert (told["begun"], told["error"]["class"]) == (False, "SESSION_LOST")


def test_a_jvm_that_is_lost_in_an_operation_has_begun_it(monkeypatch, service):
    bring(monkeypatch, "fake", failing(ConnectionResetError(104, "reset")))
    told = outcome(service.start("op-1", "fake", {}))
    assert told["error"]["class"] == "SESSION_LOST" and told.get("begun") is not False


# Asking

def test_an_operation_that_goes_on_has_no_outcome(service, gate):
    operation = service.start("op-1", "gate", {})
    told = json.loads(operation.describe())
    assert told["id"] == "op-1" and "outcome" not in told


def test_what_is_done_now_is_progress(monkeypatch, service):
    entered, gate = threading.Event(), threading.Event()

    def run(context, arguments):
        context.enter("writing")
        entered.set()
        gate.wait(PATIENCE)
        return {}

    bring(monkeypatch, "fake", run)
    operation = service.start("op-1", "fake", {})
    assert entered.wait(PATIENCE)
    told = json.loads(operation.describe())
    gate.set()
    assert told == {"id": "op-1", "operation": "fake", "state": "running", "progress": {"phase": "writing"}}


def test_waiting_ends_with_the_operation(service, gate):
    operation = service.start("op-1", "gate", {})
    threading.Timer(0.05, gate.set).start()
    operation.wait(PATIENCE)
    assert operation.state == "done"


def test_waiting_ends_with_the_time(service, gate):
    operation = service.start("op-1", "gate", {})
    operation.wait(0.01)
    assert operation.state != "done"


def test_an_outcome_can_be_fetched_again(service, gate):
    gate.set()
    operation = service.start("op-1", "gate", {})
    assert outcome(operation) == outcome(service.find("op-1"))


def test_an_unknown_operation_is_not_found(service):
    assert service.find("op-9") is None


# Keeping

def finish(service):
    operation = service.start("op-1", "gate", {})
    operation.wait(PATIENCE)
    return operation


def kept_for(service, clock, seconds):
    clock.now += seconds
    service.look_after()
    return service.find("op-1") is not None


def test_an_outcome_that_was_sent_is_kept_a_minute_in_case_it_got_lost(service, gate, clock):
    gate.set()
    finish(service).describe()
    assert kept_for(service, clock, 60)
    assert not kept_for(service, clock, 1)


def test_a_large_outcome_that_was_sent_is_kept_fifteen_seconds(service, gate, clock):
    gate.set()
    operation = finish(service)
    operation.outcome = "x" * 2000000
    operation.describe()
    assert kept_for(service, clock, 15)
    assert not kept_for(service, clock, 1)


def test_a_large_outcome_that_nobody_fetched_is_kept_as_others(service, gate, clock):
    gate.set()
    finish(service).outcome = "x" * 2000000
    assert kept_for(service, clock, 900)


def test_an_outcome_that_nobody_fetched_is_kept_a_quarter_of_an_hour(service, gate, clock):
    gate.set()
    finish(service)
    assert kept_for(service, clock, 900)
    assert not kept_for(service, clock, 1)


def test_an_operation_that_goes_on_is_kept(service, gate, clock):
    service.start("op-1", "gate", {})
    assert kept_for(service, clock, 100000)


def test_what_goes_on_is_running(service, gate):
    operation = service.start("op-1", "gate", {})
    assert service.running() == [operation]
    gate.set()
    operation.wait(PATIENCE)
    assert service.running() == []


def test_the_last_end_is_remembered(service, gate, clock):
    operation = service.start("op-1", "gate", {})
    clock.now += 50
    gate.set()
    operation.wait(PATIENCE)
    assert service.last_end == clock.now


# Cancelling

def test_cancelling_stops_the_jobs_of_that_operation_alone(monkeypatch, service, gate):
    bring(monkeypatch, "fake", wait_for_cancellation)
    other = service.start("op-2", "gate", {})
    operation = service.start("op-1", "fake", {})
    service.cancel(operation.id)
    assert outcome(operation)["error"]["class"] == "CANCELLED"
    assert set(service.spark.sparkContext.cancelled) == {"op-1"}
    gate.set()
    assert outcome(other)["ok"] is True


def test_what_waits_for_its_turn_can_be_cancelled(monkeypatch, service, gate):
    done = []
    bring(monkeypatch, "fake", lambda *_: done.append(1) or {})
    for number in range(operations.AT_ONCE):
        service.start("op-%d" % number, "gate", {})
    operation = service.start("op-late", "fake", {})
    service.cancel(operation.id)
    gate.set()
    assert outcome(operation)["error"]["class"] == "CANCELLED" and not done


def test_what_waits_for_spark_can_be_cancelled(monkeypatch):
    done = []
    bring(monkeypatch, "fake", lambda *_: done.append(1) or {})
    service = Operations({})
    operation = service.start("op-1", "fake", {})
    service.cancel(operation.id)
    service.open(Spark())
    assert outcome(operation)["error"]["class"] == "CANCELLED" and not done


def test_what_is_cancelled_before_it_comes_is_not_begun(monkeypatch, service):
    done = []
    bring(monkeypatch, "fake", lambda *_: done.append(1) or {})
    assert outcome(service.cancel("op-1"))["begun"] is False
    assert outcome(service.start("op-1", "fake", {}))["error"]["class"] == "CANCELLED" and not done


def test_jobs_begun_after_a_cancellation_are_stopped_too(service, gate):
    operation = service.start("op-1", "gate", {})
    while operation.state != "running":
        operation.wait(0.01)
    operation.context.is_cancelled = True
    service.look_after()
    service.look_after()
    assert service.spark.sparkContext.cancelled == ["op-1", "op-1"]


def test_what_comes_to_a_closed_session_is_not_begun(monkeypatch, service):
    bring(monkeypatch, "fake", lambda context, arguments: {})
    assert service.close()
    told = outcome(service.start("op-1", "fake", {}))
    assert (told["begun"], told["error"]["class"]) == (False, "SESSION_LOST")


def test_a_session_is_not_closed_over_what_runs(service, gate):
    operation = service.start("op-1", "gate", {})
    assert not service.close(unless_running=True)
    gate.set()
    assert outcome(operation)["ok"]
    assert service.close(unless_running=True)


# Measuring (test_progress.py)

def test_a_look_that_is_lost_ends_nothing_and_many_in_a_row_do(service, gate, monkeypatch):
    def lose(scope, group):
        raise Py4JNetworkError("Answer from Java side is empty")

    operation = service.start("op-1", "gate", {})
    while operation.state != "running":
        operation.wait(0.01)
    monkeypatch.setattr(operations, "measure", lose)
    for _ in range(operations.LOOKS_LOST_MAX):
        service.look_after()
    monkeypatch.setattr(operations, "measure", lambda scope, group: {})
    service.look_after()
    monkeypatch.setattr(operations, "measure", lose)
    for _ in range(operations.LOOKS_LOST_MAX):
        service.look_after()
    with pytest.raises(Py4JNetworkError):
        service.look_after()


def test_what_an_operation_without_a_task_may_wait_for_is_told_until_it_has_one(service, gate, clock, monkeypatch):
    monkeypatch.setattr(operations, "measure", lambda scope, group: {})
    monkeypatch.setattr(operations.endpoint, "obstacle", lambda spark: "no connection")
    operation = service.start("op-1", "gate", {})
    while operation.state != "running":
        operation.wait(0.01)
    service.look_after()
    assert not operation.obstacle
    clock.now += operations.IDLE_SECONDS
    service.look_after()
    while not operation.obstacle:
        operation.wait(0.01)
    assert json.loads(operation.describe())["progress"] == {"phase": "no connection"}
    operation.context.phase = "writing"
    assert json.loads(operation.describe())["progress"] == {"phase": "writing; no connection"}
    monkeypatch.setattr(operations, "measure", lambda scope, group: {"tasksTotal": 3})
    service.look_after()
    assert json.loads(operation.describe())["progress"] == {"tasksTotal": 3, "phase": "writing"}
    monkeypatch.setattr(operations, "measure", lambda scope, group: {})
    service.look_after()
    assert json.loads(operation.describe())["progress"] == {"phase": "writing"}


def test_progress_is_measured_while_an_operation_runs(service, gate, monkeypatch):
    monkeypatch.setattr(operations, "measure", lambda scope, group: {"tasksTotal": 3, "group": group})
    operation = service.start("op-1", "gate", {})
    while operation.state != "running":
        operation.wait(0.01)
    service.look_after()
    assert json.loads(operation.describe())["progress"] == {"tasksTotal": 3, "group": "op-1"}
