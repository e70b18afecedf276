"""run-python: the caller's Python, with `spark`. What it prints is told while it runs; the value of its last
expression is the answer: rows of a DataFrame, anything else as text. Names last from call to call. Calls
come one after the other, in the main thread, where they can be interrupted (interruption.py)."""

import contextlib
import threading
import time

from py4j.protocol import Py4JNetworkError
from pyspark import SparkContext
from pyspark.sql import DataFrame, SparkSession

from .. import held, interruption, rows
from ..context import Failed
from ..numbers import as_whole
from ..storage import catalog
from .notebook import Notebook
from .output import Output, captured, clean

LIMIT = 100
MAX_BYTES = 24000
CONNECTIONS_MAX = 5
CUT = "\n... (cut: max_bytes)"

_notebook = Notebook()


def run(context, arguments):
    limit, max_bytes = as_whole(arguments.get("limit", LIMIT)), as_whole(arguments.get("max_bytes", MAX_BYTES))
    context.output = Output(max_bytes, context.tell)
    try:
        with interruption.running(context), captured(context.output), _going_on(context):
            result = _attempt(context, arguments["code"], limit, max_bytes)
    finally:
        if context.is_cancelled:
            _connect_again(context)
        catalog.save(context)
        held.python_names = _notebook.names() if context.is_session else []
    printed = context.output.text()
    if printed:
        result["output"] = printed
    if not context.is_session and _notebook.names():
        context.warn("Names are gone with this call: it ran in a driver of its own.")
    result["_kept"] = held.kept(context)
    return result


def _connect_again(context):
    """py4j has closed the connection whose answer nobody reads any more. Java may close the first new one
    unanswered, too; nothing was asked with it yet."""
    for _ in range(CONNECTIONS_MAX):
        try:
            context.spark.sparkContext._jvm.java.lang.System.nanoTime()
            return
        except Py4JNetworkError:
            time.sleep(0.1)


def _attempt(context, code, limit, max_bytes):
    try:
        return _describe(context, _notebook.run(context.spark, code), limit, max_bytes)
    except interruption.Interrupted:
        raise
    except SystemExit as error:
        if error.code in (None, 0):
            return {}
        raise _failed(error, context) from error
    except BaseException as error:
        if context.is_cancelled:
            raise
        raise _failed(error, context) from error


def _describe(context, value, limit, max_bytes):
    if value is None:
        return {}
    if isinstance(value, DataFrame) and not value.isStreaming:
        found = rows.read(context, value, limit, max_bytes, as_text=True)
        if found.get("truncated"):
            found["next"] = ("There are more rows: a larger limit or max_bytes gives them, or .offset(%d); "
                             ".write keeps all of them." % found["rowCount"])
        return found
    text = clean(value if isinstance(value, str) else repr(value))
    return {"value": text if len(text) <= max_bytes else text[:max_bytes] + CUT}


def _failed(error, context):
    line, way = _notebook.place(error)
    position = {"line": line, "fragment": _notebook.line(_notebook.files[-1], line)} if line else None
    return Failed(error, position, way, _is_of_python(error, context))


def _is_of_python(error, context):
    """Whether it has nothing to do with Spark. A connection that broke may be one of the code's own."""
    if hasattr(error, "java_exception") or hasattr(error, "_origin"):
        return False
    try:
        context.spark.sparkContext._jvm.java.lang.System.nanoTime()
        return True
    except Exception:
        return False


@contextlib.contextmanager
def _going_on(context):
    """A script that ends with spark.stop() would end the session for everybody."""
    stops = [(where, where.stop) for where in (SparkSession, SparkContext)]

    def leave(stop):
        def stopped(self):
            if threading.current_thread() is not threading.main_thread():
                stop(self)
            elif context.is_session:
                context.warn("stop() was left out: other calls use this session, too.")
        return stopped

    for where, stop in stops:
        where.stop = leave(stop)
    try:
        yield
    finally:
        for where, stop in stops:
            where.stop = stop
