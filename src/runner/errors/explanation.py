"""Errors as data: Spark's class, SQLSTATE, message and position, the cause at the bottom of the
stack, and what to do next; never a stack. explain() itself never fails."""

import re

from .. import protocol, statements
from ..context import Cancelled, Refused
from . import advice

LONGEST = 2000  # characters of a message

LOST = re.compile(r"Answer from Java side is empty|stopped SparkContext|SparkContext was shut down"
                  r"|An error occurred while trying to connect to the Java server|Error while sending"
                  # What py4j says when it got no answer; a Java error would follow as ". Trace:".
                  r"|\AAn error occurred while calling \S+\Z")
CANCELLED = re.compile(r"(?i)job \d+ cancelled|cancelled job group|cancelled as part of|OPERATION_CANCELED")
WRAPPERS = re.compile(r"Job aborted|Exception thrown in awaitResult|Task failed while writing rows"
                      r"|Writing job aborted|Failed to create plan for direct query"
                      r"|Unsupported data source type for direct query")


def explain(error, context):
    """{"class", "sqlState", "message", "position", "cause", "next"}, without what is unknown.

    Refused adds "problems", a failed statement after others "done": what took effect before it.
    """
    try:
        return _explain(error, context)
    except BaseException as second:
        if _is_lost(second):
            return _lost()
        return {"class": type(error).__name__, "message": _short(str(error))}


def _explain(error, context):
    if isinstance(error, statements.StatementFailed):
        return _explain_statement(error, context)
    if isinstance(error, Refused):
        told = {"class": protocol.CLASS_REFUSED, "message": error.message, "next": error.next_step,
                "problems": error.problems}
        return {key: value for key, value in told.items() if value}
    if isinstance(error, Cancelled):
        return {"class": protocol.CLASS_CANCELLED, "message": "the operation was cancelled"}
    if _is_lost(error):
        return _lost()
    throwable = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    if throwable is None:
        return _explain_python(error)
    if _has_stopped(context):
        return _lost()
    return _explain_java(throwable, context)


def _explain_python(error):
    """An exception of PySpark's own, or a mistake of ours."""
    name = _call(error, "getCondition") or _call(error, "getErrorClass") or type(error).__name__
    return {"class": name, "message": clean(str(error)) or name}


def _explain_statement(error, context):
    told = _explain(error.error, context)
    position = told.get("position")
    statement = error.statement
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


def _is_lost(error):
    if isinstance(error, (ConnectionError, EOFError)) or type(error).__name__ == "Py4JNetworkError":
        return True
    return bool(LOST.search(str(error)[:4000]))


def _has_stopped(context):
    """A context that is being stopped under its jobs makes them fail in any way."""
    try:
        return context.spark.sparkContext._jsc.sc().isStopped()
    except Exception as error:
        return _is_lost(error)


def _lost():
    return {"class": protocol.CLASS_SESSION_LOST,
            "message": "the Spark session ended while it worked on this",
            "next": "monitor-cluster with metric_type 'logs' shows the reason, often memory; the next call starts a "
                    "new session."}


# Java's exceptions.

class Failure:
    """What one Java exception and its causes say."""

    def __init__(self, throwable):
        self.chain = _chain(throwable)
        main = self._choose()
        self.throwable = main["throwable"]
        self.java_class = main["class"]
        self.condition = main["condition"]
        self.raw = main["message"]
        self.message = clean(self.raw) or main["class"]
        self.parameters = _parameters(self.throwable)
        self.bottom = self.chain[-1]
        self.text = "\n".join(link["message"] for link in self.chain)  # to look for signs in

    def _choose(self):
        """The outermost that names a condition; else the one inside Spark's wrappers."""
        for link in self.chain:
            if link["condition"] and not WRAPPERS.search(link["message"][:300]):
                return link
        for link in self.chain:
            if not WRAPPERS.match(link["message"]):
                return link
        return self.chain[0]

    @property
    def name(self):
        return self.condition or self.java_class.rsplit(".", 1)[-1].rsplit("$", 1)[-1]


def _chain(throwable):
    links = []
    while throwable is not None and len(links) < 12:
        condition = _call(throwable, "getCondition") or _call(throwable, "getErrorClass") or ""
        links.append({"throwable": throwable,
                      "class": throwable.getClass().getName(),
                      "message": str(throwable.getMessage() or ""),
                      "condition": "" if condition.startswith("_LEGACY") else condition})
        throwable = throwable.getCause()
    return links


def _call(target, method):
    """The method's value, None where there is no such method."""
    try:
        return getattr(target, method)()
    except Exception as error:
        if _is_lost(error):
            raise
        return None


def _parameters(throwable):
    found = _call(throwable, "getMessageParameters")
    try:
        return {str(key): str(found[key]) for key in found} if found is not None else {}
    except Exception:
        return {}


def _explain_java(throwable, context):
    failure = Failure(throwable)
    if CANCELLED.search(failure.text):
        return {"class": protocol.CLASS_CANCELLED, "message": "the operation was cancelled"}
    told = {"class": failure.name,
            "sqlState": _call(failure.throwable, "getSqlState"),
            "message": failure.message,
            "position": _position(failure)}
    bottom = failure.bottom
    if bottom["throwable"] is not failure.throwable:
        told["cause"] = ("%s: %s" % (bottom["class"], clean(bottom["message"]))).rstrip(": ")
    told["next"] = advice.find(failure, context)
    if failure.name == "SparkException" and "ExecutorLostFailure" in failure.text:
        told["class"] = "EXECUTOR_LOST"
    return {key: value for key, value in told.items() if value}


def _position(failure):
    """Where in the statement: line and column from 1, and the text there."""
    position = {}
    found = re.search(r"\(?line (\d+),? pos(?:ition)? (\d+)", failure.raw)
    line, column = _call(failure.throwable, "line"), _call(failure.throwable, "startPosition")
    try:
        position = {"line": line.get(), "column": column.get() + 1}
    except Exception:
        if found:
            # == SQL (line 1, position 8) counts from 1, "line 1 pos 7" from 0.
            from_one = "position" in found.group()
            position = {"line": int(found.group(1)),
                        "column": int(found.group(2)) + (0 if from_one else 1)}
    fragment = _fragment(failure.throwable)
    if fragment:
        position["fragment"] = statements.first_characters(fragment)
    return position or None


def _fragment(throwable):
    try:
        contexts = throwable.getQueryContext()
        return contexts[0].fragment() if len(contexts) else ""
    except Exception as error:
        if _is_lost(error):
            raise
        return ""


def clean(message):
    """Spark's message without its class and SQLSTATE, the plan, the excerpt and the stack."""
    text = _of_the_task(message)
    text = re.split(r"\n+\s+at |\n== SQL|\nDriver stacktrace|\nJVM stacktrace", text)[0]
    text = re.split(r";?\s*line \d+ pos \d+(?:;|$)|\s*\(line \d+, pos \d+\)", text)[0]
    text = re.sub(r"^\s*\[[A-Z][A-Z0-9_.]+\] ", "", text)
    text = re.sub(r"\s*SQLSTATE: \w{5}", "", text)
    text = re.split(r";\n'?[A-Z]|\.? Verify the spelling|\.? Please, fix `args`|\.? If necessary set ", text)[0]
    return _short(text.strip())


def _of_the_task(message):
    """Job aborted ... most recent failure: Lost task ... (TID 4) (host executor 1): WHAT IT WAS"""
    found = re.search(r"most recent failure: Lost task [^\n]*?\(TID \d+\) \([^)\n]*\): (.*)", message, re.DOTALL)
    return found.group(1) if found else message


def _short(text):
    return text if len(text) <= LONGEST else text[:LONGEST] + "... (cut)"
