"""Why an executor went: its exit code, and the exception that nothing caught, from its own log."""

import re
import urllib.request
from urllib.parse import urlsplit

LOST = re.compile(r"ExecutorLostFailure \(executor (\S+) exited[^)\n]*\) Reason: (?:Command exited with code (\d+))?")
# As Spark's handler logs it, the class on the line below.
UNCAUGHT = re.compile(r"^\S+ \S+ ERROR SparkUncaughtExceptionHandler: (?:\[[^\n]*\] )?Uncaught exception in thread "
                      r"[^\n]*\n([\w.$]+)", re.MULTILINE)
MEMORY = ("137", "143", "52")  # killed by the system; 52: Spark's own for OutOfMemoryError
LOG_BYTES = 400000
SECONDS = 5


def advise(failure, context):
    found = LOST.match(failure.task)
    executor, code = found.groups() if found else ("", None)
    cause = cause_in(read_log(context, executor)) if executor else ""
    name = cause.rsplit(".", 1)[-1]
    if name == "StackOverflowError":
        return "Executor %s ended by a StackOverflowError: %s" % (executor, STACK)
    if name == "OutOfMemoryError" or (not cause and code in MEMORY):
        said = "an OutOfMemoryError" if cause else "exit code %s, which means memory" % code
        return "Executor %s ended by %s: raise SPARK_EXECUTOR_MEMORY." % (executor, said)
    logs = "monitor-cluster with metric_type 'logs' shows the executor's stderr"
    if cause:
        return "Executor %s ended by %s, which nothing caught; %s." % (executor, cause, logs)
    return logs + ("; an exit code of 137 or 52 means memory: raise SPARK_EXECUTOR_MEMORY; 50 an exception that "
                   "nothing caught.")


STACK = ("the plan or the lineage is too deep for a thread's stack. Save what many steps have made and go on "
         "from there, or give threads more: -Xss16m in spark.executor.extraJavaOptions (and "
         "spark.driver.extraJavaOptions) in SPARK_CONF.")


def cause_in(log):
    """The class of the last exception that nothing caught; empty without one."""
    found = UNCAUGHT.findall(log)
    return found[-1] if found else ""


def read_log(context, executor):
    """The end of the executor's stderr, from its worker; empty when it does not come."""
    try:
        executors = context.spark.sparkContext._jsc.sc().statusStore().executorList(False)
        logs = [executors.apply(index).executorLogs().get("stderr") for index in range(executors.size())
                if executors.apply(index).id() == executor]
        url = urlsplit(logs[0].get())
        if url.scheme not in ("http", "https") or url.path != "/logPage/":
            return ""
        url = "%s://%s/log/?%s&byteLength=%d" % (url.scheme, url.netloc, url.query, LOG_BYTES)
        ask = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
        with ask(url, timeout=SECONDS) as answer:
            return answer.read(2 * LOG_BYTES).decode("utf-8", "replace")
    except Exception:  # no such log, no worker, a page that asks for a password
        return ""
