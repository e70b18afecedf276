"""Errors as data: Spark's class, SQLSTATE, message and position, the cause at the bottom of the
stack, and what to do next; never a stack. explain() itself never fails."""

import re

from pyspark.errors import ParseException

from .. import protocol, read_only, statements
from ..context import Cancelled, Failed, Refused
from ..identifiers import parts_of
from . import advice, since
from .failure import Failure, call, is_lost, of_the_task

LONGEST = 2000  # characters of a message
ROUTINES = ("UNRESOLVED_ROUTINE", "ROUTINE_NOT_FOUND")


def explain(error, context):
    """{"class", "sqlState", "message", "position", "cause", "next"}, without what is unknown.

    Refused adds "problems", a failed statement after others "done": what took effect before it.
    """
    try:
        return _explain(error, context)
    except BaseException as second:
        if is_lost(second):
            return _lost()
        return {"class": type(error).__name__, "message": _short(str(error))}


def _explain(error, context):
    if isinstance(error, statements.StatementFailed):
        return _explain_statement(error, context)
    if isinstance(error, Failed):
        return _explain_code(error, context)
    if isinstance(error, Refused):
        told = {"class": protocol.CLASS_REFUSED, "message": error.message, "next": error.next_step,
                "problems": error.problems}
        return {key: value for key, value in told.items() if value}
    if isinstance(error, Cancelled):
        return {"class": protocol.CLASS_CANCELLED, "message": "the operation was cancelled"}
    if is_lost(error):
        return _lost()
    throwable = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    if throwable is None:
        return _explain_python(error)
    if _has_stopped(context):
        return _lost()
    return _explain_java(throwable, context)


def _explain_python(error):
    """An exception of PySpark's own, or a mistake of ours."""
    name = statements.condition_of(error) or type(error).__name__
    return {"class": name, "message": clean(str(error)) or name}


def _explain_code(error, context):
    told = _explain_python(error.error) if error.is_python else _explain(error.error, context)
    if error.position:
        told["position"] = error.position
    if error.is_python and is_lost(error.error):  # one call into the JVM was, the session goes on
        told["next"] = BROKEN_OFF
    if error.way:
        told["message"] += "\n" + error.way
    cause = error.error.__cause__ or (None if error.error.__suppress_context__ else error.error.__context__)
    if cause is not None and error.is_python:
        told["cause"] = _short(("%s: %s" % (type(cause).__name__, cause)).rstrip(": "))
    return told


BROKEN_OFF = ("The driver's JVM broke off its answer, as when its memory is full: raise spark.driver.memory in SPARK_CONF, or "
              "bring less to the driver; monitor-cluster with metric_type 'logs' shows what it wrote.")


def _explain_statement(error, context):
    told = _explain(error.error, context)
    position = told.get("position")
    statement = error.statement
    if isinstance(error.error, ParseException) and "next" not in told:
        newer = since.syntax(context.spark, statement.text)
        told.update({"next": newer} if newer else {})
    if position and "line" in position:
        if "PARSE" in told.get("class", "") or told.get("sqlState") in ("42601", "42604"):
            line, caret = statements.excerpt(statement.text, position["line"], position["column"])
            told["message"] += "\n%s\n%s" % (line, caret)
        if position["line"] == 1:
            position["column"] += statement.column - 1
        position["line"] += statement.line - 1
    if error.count > 1:
        told["message"] = "statement %d of %d (%s): %s" % (
            error.index, error.count, statements.first_characters(statement.text, 60), told["message"])
        if error.earlier:
            told["done"] = error.earlier
            told["next"] = "%sThe statement%s before it took effect." % (
                told["next"] + " " if told.get("next") else "", "s" if len(error.earlier) > 1 else "")
    return told


def _has_stopped(context):
    """A context that is being stopped under its jobs makes them fail in any way."""
    try:
        return context.spark.sparkContext._jsc.sc().isStopped()
    except Exception as error:
        return is_lost(error)


def _lost():
    return {"class": protocol.CLASS_SESSION_LOST,
            "message": "the Spark session ended while it worked on this",
            "next": "monitor-cluster with metric_type 'logs' shows the reason, often memory; the next call starts a "
                    "new session."}


# Java's exceptions.

def _explain_java(throwable, context):
    failure = Failure(throwable)
    if failure.is_cancelled_job:
        return {"class": protocol.CLASS_CANCELLED, "message": "the operation was cancelled"}
    refusal = _refusal(failure, context)
    if refusal:
        return refusal
    main, bottom = failure.main, failure.bottom
    told = {"class": "EXECUTOR_LOST" if failure.is_lost_executor else failure.name,
            "sqlState": call(main.throwable, "getSqlState"),
            "message": clean(main.message) or main.java_class,
            "position": _position(main)}
    if bottom is not main:
        told["cause"] = ("%s: %s" % (bottom.java_class, clean(bottom.message))).rstrip(": ")
    told["next"] = advice.find(failure, context)
    return {key: value for key, value in told.items() if value}


def _refusal(failure, context):
    """A function that is not there because this server only reads."""
    name = parts_of(failure.parameters.get("routineName", "")) if failure.condition in ROUTINES else []
    message = read_only.java_function(context.spark, name[-1]) if name else ""
    return {"class": protocol.CLASS_REFUSED, "message": message, "next": read_only.REFUSED} if message else None


def _position(link):
    """Where in the statement: line and column from 1, and the text there."""
    position = {}
    line, column = call(link.throwable, "line"), call(link.throwable, "startPosition")
    fragment = _fragment(link.throwable)
    try:
        position = {"line": line.get(), "column": column.get() + 1}
    except Exception:
        # What has a context says at its end where that is.
        found = re.findall(r"(?m)^== SQL[^\n]*\(line (\d+), position (\d+)\) ==$", link.message) if fragment else []
        if found:
            position = {"line": int(found[-1][0]), "column": int(found[-1][1])}
    if fragment:
        position["fragment"] = statements.first_characters(fragment)
    return position or None


def _fragment(throwable):
    try:
        contexts = throwable.getQueryContext()
        return contexts[0].fragment() if len(contexts) else ""
    except Exception as error:
        if is_lost(error):
            raise
        return ""


def clean(message):
    """Spark's message without its class and SQLSTATE, the plan, the excerpt and the stack."""
    text = of_the_task(message) or message
    text = re.split(r"\n+\s+at |\n== SQL|\nDriver stacktrace|\nJVM stacktrace", text)[0]
    text = re.split(r";?\s*line \d+ pos \d+(?:;|$)|\s*\(line \d+, pos \d+\)", text)[0]
    text = re.sub(r"^\s*\[[A-Z][A-Z0-9_.]+\] ", "", text)
    text = re.sub(r"\s*SQLSTATE: \w{5}", "", text)
    text = re.split(r";\n'?[A-Z]|\.? Verify the spelling|\.? Please, fix `args`|\.? If necessary set ", text)[0]
    return _short(text.strip())


def _short(text):
    return text if len(text) <= LONGEST else text[:LONGEST] + "... (cut)"
