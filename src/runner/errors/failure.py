"""What one of Java's exceptions and its causes say, told by their classes and Spark's error conditions.

A message quotes names and values, in which anything may stand: it is looked at only behind the words
with which Spark begins it, and only of the class that has such messages.
"""

import re
from typing import Any, NamedTuple

from py4j.protocol import Py4JError, Py4JNetworkError

SPARK_EXCEPTION = "org.apache.spark.SparkException"
# What py4j says when it got no answer; a Java error would follow as ". Trace:".
NO_ANSWER = re.compile(r"\AAn error occurred while calling \S+\Z")
BEGIN = r"\A(?:\[[A-Z][A-Z0-9_.]+\] )?"
WRAPPER = re.compile(BEGIN + r"(?:Job aborted|Exception thrown in awaitResult|Task failed while writing rows"
                     r"|Writing job aborted|Failed to create plan for direct query"
                     r"|Unsupported data source type for direct query)")
WRAPPING = ("SparkException", "AnalysisException", "ExtendedAnalysisException")
TASK = re.compile(BEGIN + r"Job aborted due to stage failure: Task \S+ in stage \S+ failed \d+ times?, most recent "
                  r"failure: Lost task \S+ in stage \S+ \(TID \d+\) \((?P<host>[^ )\n]*)[^)\n]*\): (?P<said>.*)", re.DOTALL)
CLASS_AND_MESSAGE = re.compile(r"((?:[a-z]\w*\.)+[A-Z][\w$]*)(?:: |\s|\Z)(.*)", re.DOTALL)
CANCELLED = re.compile(BEGIN + r"Job \d+ cancelled\b")
MOST = 12  # causes that are looked at


class Link(NamedTuple):
    java_class: str
    message: str
    condition: str = ""
    throwable: Any = None

    @property
    def name(self):
        return self.java_class.rsplit(".", 1)[-1].rsplit("$", 1)[-1]


class Failure:
    def __init__(self, throwable):
        self.chain = _chain(throwable)
        self.main = self._choose()
        self.bottom = self.chain[-1]
        self.condition = self.main.condition
        self.parameters = _parameters(self.main.throwable)
        self.host = next((found.group("host") for found in map(_task, self.chain) if found), "")  # of the task
        self.task = next((of_the_task(link.message) for link in self.chain if link.java_class == SPARK_EXCEPTION), "")
        found = CLASS_AND_MESSAGE.match(self.task)
        # What failed in an executor may have come as text only.
        self.links = self.chain + ([Link(found.group(1), found.group(2))] if found else [])

    def _choose(self):
        """The outermost that names a condition; else the one inside Spark's wrappers."""
        unwrapped = [link for link in self.chain
                     if not (link.name in WRAPPING and WRAPPER.match(link.message))]
        return next((link for link in unwrapped if link.condition), (unwrapped or self.chain)[0])

    @property
    def name(self):
        return self.condition or self.main.name

    @property
    def is_cancelled_job(self):
        return any(link.java_class == SPARK_EXCEPTION and (
            link.condition == "SPARK_JOB_CANCELLED" or CANCELLED.match(link.message)) for link in self.chain)

    @property
    def is_lost_executor(self):
        return self.task.startswith("ExecutorLostFailure (executor ")

    def find(self, classes, pattern=""):
        """The match of a pattern, at the beginning of the message, in a link of one of the classes."""
        for link in self.links:
            found = link.name in classes and re.match(BEGIN + "(?:%s)" % pattern, link.message, re.DOTALL)
            if found:
                return found
        return None


def _chain(throwable):
    links = []
    while throwable is not None and len(links) < MOST:
        condition = call(throwable, "getCondition") or call(throwable, "getErrorClass") or ""
        links.append(Link(throwable.getClass().getName(), str(throwable.getMessage() or ""),
                          "" if condition.startswith("_LEGACY") else condition, throwable))
        throwable = throwable.getCause()
    return links


def call(target, method):
    """The method's value, None where there is no such method."""
    try:
        return getattr(target, method)()
    except Exception as error:
        if is_lost(error):
            raise
        return None


def is_lost(error):
    """Whether the JVM has gone."""
    return isinstance(error, (ConnectionError, EOFError, Py4JNetworkError)) or (
        type(error) is Py4JError and bool(NO_ANSWER.match(str(error))))


def _parameters(throwable):
    found = call(throwable, "getMessageParameters")
    try:
        return {str(key): str(found[key]) for key in found} if found is not None else {}
    except Exception:
        return {}


def _task(link):
    return TASK.match(link.message) if link.java_class == SPARK_EXCEPTION else None


def of_the_task(message):
    """What a task said, out of the message about its job; empty for other messages."""
    found = TASK.match(message)
    return found.group("said") if found else ""
