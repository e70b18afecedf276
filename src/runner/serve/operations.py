"""The operations of a session: several at once, each in a Spark job group of its own."""

import contextlib
import gc
import importlib
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Tuple

from py4j.protocol import Py4JError

from .. import interruption, protocol, read_only
from ..context import Cancelled, Context, Refused
from ..errors.explanation import explain
from ..pieces import Pieces
from ..storage import catalog, endpoint
from . import main_thread


class Kind(NamedTuple):
    """An operation is run(context, arguments) in run.py of the folder of its name."""

    writes: Tuple[str, ...]  # arguments that make it write ("a.b": b in a), for read_only.admit
    unless: str = ""  # an argument with which it writes nothing all the same
    in_main: bool = False  # it runs in the main thread, after others that do


OPERATIONS = {
    "sql": Kind(writes=("save_path", "cache_table")),
    "data": Kind(writes=("target_path",), unless="transformation_config.dry_run"),
    "python": Kind(writes=("code",), in_main=True),
    "tables": Kind(writes=()),
    "ml": Kind(writes=("model_output_path", "pipeline_config.predictions_path")),
}

AT_ONCE = 16  # more wait for their turn
KEPT_SECONDS = 900  # an outcome that nobody has fetched
PRINTED = 600  # characters of what was printed that an error brings
DELIVERED_SECONDS = 60  # one that was sent, in case the answer got lost
LARGE = 1 << 20  # bytes of an outcome that is not kept as long
LARGE_DELIVERED_SECONDS = 15
LOOKS_LOST_MAX = 20  # some 10 s
IDLE_SECONDS = 10  # without a task, after each of which it is asked what an operation may be waiting for

# Looking for circles would take as long as the rest.
encode = json.JSONEncoder(allow_nan=False, check_circular=False, separators=(",", ":")).encode


def perform(context, kind, arguments):
    """Run an operation; gives its envelope as JSON text (protocol.py)."""
    seconds = arguments.pop("timeout_seconds", None)
    is_late = threading.Event()
    timer = threading.Timer(seconds or 0, stop, (context, is_late)) if seconds else None
    try:
        if timer:
            timer.daemon = True
            timer.start()
        return attempt(context, kind, arguments)
    except BaseException as error:  # also SystemExit: a session must not end by an operation
        if not context.is_cancelled and not isinstance(error, Cancelled):
            told = explain(error, context)
        elif is_late.is_set():
            told = {"class": protocol.CLASS_TIMEOUT, "message": "it was stopped after %d seconds" % seconds,
                    "next": "Raise timeout_seconds, or ask for less."}
        else:
            told = {"class": protocol.CLASS_CANCELLED, "message": "the operation was cancelled"}
        if context.output is not None and context.output.count:
            told["printed"] = context.output.end(PRINTED)
        return encode({protocol.OK: False, protocol.ERROR: told})
    finally:
        if timer:
            timer.cancel()


def stop(context, is_late):
    is_late.set()  # first: the operation may end while its jobs are still being cancelled
    context.is_cancelled = True
    context.spark.sparkContext.cancelJobGroup(context.operation_id)
    interruption.interrupt(context)


def attempt(context, kind, arguments):
    if kind not in OPERATIONS:
        raise Refused("no such operation: '%s'" % kind, "Use one of %s." % ", ".join(sorted(OPERATIONS)))
    context.check()
    operation = OPERATIONS[kind]
    read_only.admit(context, arguments, operation.writes, operation.unless)
    # Imported now: a driver of its own is sent one operation (payload.c).
    module = importlib.import_module("..%s.run" % kind, __package__)
    if context.catalog_folder:
        catalog.refresh(context)
    result = module.run(context, arguments)  # done, even if a cancellation has come since
    envelope = {protocol.OK: True, protocol.RESULT: result}
    if "_kept" in result:
        envelope[protocol.KEPT] = result.pop("_kept")
    if context.warnings:
        result["warnings"] = result.get("warnings", []) + context.warnings
    return encode(envelope)


ENDS = encode({protocol.OK: False, protocol.BEGUN: False, protocol.ERROR: {
    "class": protocol.CLASS_SESSION_LOST, "message": "the session ends"}})
CANCELLED_BEFORE = encode({protocol.OK: False, protocol.BEGUN: False, protocol.ERROR: {
    "class": protocol.CLASS_CANCELLED, "message": "the operation was cancelled"}})


class Operation:
    def __init__(self, context, kind, arguments):
        self.id = context.operation_id
        self.context = context
        self.kind = kind
        self.is_in_main = kind in OPERATIONS and OPERATIONS[kind].in_main
        self.arguments = arguments
        self.state = "queued"  # then running, done
        self.outcome = None  # the envelope's text
        self.progress = {}
        self.ended = self.delivered = self.idle_since = None  # time.monotonic()
        self.obstacle = ""  # what it may be waiting for while it has no task
        self.news = threading.Condition()
        context.tell = self.tell
        context.pieces = Pieces() if arguments.get("download") else None

    def tell(self):
        with self.news:
            self.news.notify_all()

    def wait(self, seconds, printed=0):
        """Until it is done, it has printed more than so many characters, or the time is over."""
        with self.news:
            self.news.wait_for(lambda: self.state == "done" or self.printed() > printed, seconds)

    def printed(self):
        return self.context.output.count if self.context.output is not None else 0

    def end(self, outcome):
        with self.news:
            self.outcome = outcome
            self.arguments = None
            self.ended = time.monotonic()
            self.state = "done"
            if self.context.pieces:
                self.context.pieces.end()
            self.news.notify_all()

    def kept_until(self):
        if self.delivered is None:
            return self.ended + KEPT_SECONDS
        is_large = len(self.outcome) > LARGE
        return self.delivered + (LARGE_DELIVERED_SECONDS if is_large else DELIVERED_SECONDS)

    def describe(self, printed=0):
        """The JSON text that answers a question for it; with what it printed since then."""
        progress = dict(self.progress)
        if self.printed() > printed:
            progress.update(printedTo=self.printed(), printed=self.context.output.since(printed))
        phase = [self.context.phase, self.obstacle]
        if any(phase):
            progress["phase"] = "; ".join(filter(None, phase))
        if self.context.unfinished:
            progress["unfinished"] = self.context.unfinished
        head = json.dumps({"id": self.id, "operation": self.kind, "state": self.state, "progress": progress})
        if self.state != "done":
            return head
        self.delivered = time.monotonic()
        return head[:-1] + ',"outcome":' + self.outcome + "}"


class Operations:
    """Starts, finds, cancels and measures operations. Spark may still be starting when they come."""

    def __init__(self, settings):
        self.settings = settings
        self.spark = None
        self.is_ready = threading.Event()
        self.by_id = {}
        self.is_closed = False
        self.looks_lost = 0  # in a row
        self.lock = threading.Lock()
        self.pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="operation")
        self.last_end = time.monotonic()

    def open(self, spark):
        self.spark = spark
        self.is_ready.set()

    def close(self, unless_running=False):
        """Nothing is begun any more; false when something runs that is to go on."""
        with self.lock:
            self.is_closed = not (unless_running and self.running())
            return self.is_closed

    def _add(self, id, kind, arguments):
        operation = self.by_id[id] = Operation(Context(None, id, self.settings), kind, arguments)
        return operation

    def start(self, id, kind, arguments):
        """An id that is known already names the operation that runs: nothing is run twice."""
        with self.lock:
            operation = self.by_id.get(id)
            if operation is None:
                operation = self._add(id, kind, arguments)
                if self.is_closed:
                    operation.end(ENDS)
                    return operation
                is_ready = self.is_ready.is_set()
                operation.context.phase = "waiting for its turn" if is_ready else "SparkContext starts"
                submit = main_thread.submit if operation.is_in_main else self.pool.submit
                submit(self._run, operation)
        return operation

    def find(self, id):
        return self.by_id.get(id)

    def running(self):
        return [operation for operation in list(self.by_id.values()) if operation.state != "done"]

    def are_awaited(self):
        """Whether there is one whose outcome nobody knows yet."""
        return any(operation.delivered is None for operation in list(self.by_id.values()))

    def cancel(self, id):
        """One that is not known yet may be on its way: it is not begun then."""
        with self.lock:
            operation = self.by_id.get(id)
            if operation is None:
                operation = self._add(id, "", {})
                operation.end(CANCELLED_BEFORE)
                return operation
        operation.context.is_cancelled = True
        with operation.news:
            if operation.is_in_main and operation.state == "queued":  # it may be long until its turn
                operation.end(CANCELLED_BEFORE)
        self._cancel_jobs(operation)
        return operation

    def _cancel_jobs(self, operation):
        if self.spark is not None:
            self.spark.sparkContext.cancelJobGroup(operation.id)
        interruption.interrupt(operation.context)

    def _run(self, operation):
        context = operation.context
        try:
            self.is_ready.wait()
            context.spark = self.spark
            scope = self.spark.sparkContext
            scope.setJobGroup(operation.id, "%s %s" % (operation.kind, operation.id), True)
            # Jobs of one pool run one after the other: a pool for each thread makes them share.
            scope.setLocalProperty("spark.scheduler.pool", threading.current_thread().name)
            context.phase = ""
            with operation.news:
                if operation.state == "done":
                    return
                operation.idle_since = time.monotonic()
                operation.state = "running"
            outcome = perform(context, operation.kind, operation.arguments)
        except BaseException as error:
            outcome = encode({protocol.OK: False, protocol.BEGUN: False, protocol.ERROR: explain(error, context)})
        operation.end(outcome)
        self.last_end = operation.ended

    def keep_delivered(self):
        """While the server is silent: what was sent to it may not have come."""
        for operation in list(self.by_id.values()):
            if operation.delivered is not None:
                operation.delivered = time.monotonic()

    def _look_for_obstacle(self, operation):
        """Again and again while it has no task; beside the looks, which must not wait."""
        now = time.monotonic()
        if operation.progress:
            operation.obstacle, operation.idle_since = "", now
        elif now >= operation.idle_since + IDLE_SECONDS:
            operation.idle_since = now
            threading.Thread(target=self._ask_for_obstacle, args=(operation,), daemon=True).start()

    def _ask_for_obstacle(self, operation):
        with contextlib.suppress(Py4JError):
            found = endpoint.obstacle(self.spark)
            operation.obstacle = "" if operation.progress else found

    def tidy(self):
        """Let go of the shuffle files of what has ended: Spark finds them when Python's and then
        Java's objects are collected, and keeps every executor that holds one until it does."""
        gc.collect()
        if self.spark is not None:
            self.spark._jvm.System.gc()

    def look_after(self):
        """Once or twice a second: progress from Spark's own status, cancellations, what is old."""
        now = time.monotonic()
        for operation in list(self.by_id.values()):
            if operation.state == "running":
                self._look_at(operation)
            elif operation.state == "done":
                if now > operation.kept_until():
                    self.by_id.pop(operation.id, None)

    def _look_at(self, operation):
        """A full heap loses single calls, a JVM that has gone all of them."""
        try:
            if operation.context.is_cancelled:
                self._cancel_jobs(operation)  # also jobs begun since the last time
            operation.progress = measure(self.spark.sparkContext, operation.id)
            self.looks_lost = 0
            self._look_for_obstacle(operation)
        except Py4JError:
            self.looks_lost += 1
            if self.looks_lost > LOOKS_LOST_MAX:
                raise


def measure(scope, group):
    """Tasks and stages of a job group's active jobs, and the rows they have read."""
    tracker = scope.statusTracker()
    progress = {"stages": 0, "tasksActive": 0, "tasksDone": 0, "tasksTotal": 0, "rowsRead": 0}
    seen = set()
    for job_id in tracker.getJobIdsForGroup(group):
        job = tracker.getJobInfo(job_id)
        if job is None or job.status != "RUNNING":
            continue
        for stage_id in job.stageIds:
            stage = tracker.getStageInfo(stage_id)
            if stage is None or stage_id in seen:
                continue
            seen.add(stage_id)
            progress["stages"] += stage.numActiveTasks > 0
            progress["tasksActive"] += stage.numActiveTasks
            progress["tasksDone"] += stage.numCompletedTasks
            progress["tasksTotal"] += stage.numTasks
            progress["rowsRead"] += rows_read(scope, stage_id)
    if not seen:
        return {}
    if not progress["rowsRead"]:
        del progress["rowsRead"]
    return progress


def rows_read(scope, stage_id):
    try:
        return scope._jsc.sc().statusStore().lastStageAttempt(stage_id).inputRecords()
    except Exception:  # not a public interface of Spark's: do without
        return 0
