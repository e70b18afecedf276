"""Errors as data, with a next step."""

import json
from types import SimpleNamespace

import pytest
from py4j.protocol import Py4JError

from runner.context import Cancelled, Context, Failed, Refused
from runner.errors import explanation, lost_executor
from runner.sql import run as sql


@pytest.fixture
def fail(spark):
    """fail(sql) gives the error as data."""
    spark.range(10).selectExpr("id AS order_id", "id * 2 AS amount", "'x' AS customer_name") \
        .createOrReplaceTempView("orders")
    was = spark.conf.get("spark.sql.ansi.enabled")
    spark.conf.set("spark.sql.ansi.enabled", "true")

    def fail(text, **arguments):
        context = Context(spark, "op-errors")
        with pytest.raises(Exception) as caught:
            sql.run(context, dict(arguments, sql=text))
        told = explanation.explain(caught.value, context)
        assert json.loads(json.dumps(told)) == told
        assert not any(sign in json.dumps(told) for sign in ("\\tat ", "at org.apache", "'Project", "+- "))
        return told

    yield fail
    spark.conf.set("spark.sql.ansi.enabled", was)
    spark.catalog.dropTempView("orders")


def test_a_syntax_error_shows_the_line_and_the_place(fail):
    told = fail("SELECT 1,\n  2 FRM\n  orders x y")
    assert told["class"] == "PARSE_SYNTAX_ERROR" and told["sqlState"] == "42601"
    lines = told["message"].split("\n")
    assert lines[1] == "  orders x y" or lines[1] == "  2 FRM"
    position = told["position"]
    assert lines[2] == " " * (position["column"] - 1) + "^"
    assert position["line"] in (2, 3)


def test_a_place_in_a_later_statement_is_a_place_in_the_whole_text(fail):
    told = fail("SELECT 1;\n\n   SELEC 2")
    assert told["position"] == {"line": 3, "column": 4}


def test_a_missing_table_brings_the_nearest_and_all_there_are(fail):
    told = fail("SELECT * FROM ordrs")
    assert told["class"] == "TABLE_OR_VIEW_NOT_FOUND" and told["sqlState"] == "42P01"
    assert told["message"] == "The table or view `ordrs` cannot be found"
    assert told["position"] == {"line": 1, "column": 15, "fragment": "ordrs"}
    assert told["next"].startswith("Did you mean 'orders'? The tables and views are: ")


def test_a_missing_column_brings_the_nearest(fail):
    told = fail("SELECT custmer_name FROM orders")
    assert told["class"].startswith("UNRESOLVED_COLUMN")
    assert told["position"]["column"] == 8
    assert told["next"].startswith("Did you mean 'customer_name'? The columns are: ")


def test_names_are_told_whatever_is_in_them(fail):
    told = fail("SELECT `ab``cd` FROM (SELECT 1 AS `ab``cc`)")
    assert told["next"] == "Did you mean 'ab`cc'? The columns are: ab`cc."


@pytest.mark.parametrize("text, says", [
    ("SELECT abss(1)", "Did you mean 'abs'?"),
    ("SELECT * FROM nodb.t", "The databases are: default"),
    ("USE nodb", "The databases are: default"),
    ("SELECT * FROM parquet.`/no/such/folder`", "on every worker"),
    ("SELECT * FROM avro.`/tmp`", "spark.jars.packages=org.apache.spark:spark-avro_"),
    ("CREATE TABLE x (a INT) USING nosuchformat", "nosuchformat"),
    ("SELECT 1 / (id - id) FROM range(3)", "try_divide"),
    ("SELECT CAST(customer_name AS INT) FROM orders", "try_cast"),
    ("SELECT 9223372036854775807 + order_id FROM orders", "try_add"),
    ("SELECT array(1, 2)[order_id] FROM orders", "get("),
    ("SELECT order_id, count(*) FROM orders", "GROUP BY"),
    ("SELECT :missing", "parameters"),
    ("SET spark.driver.memory = 3g", "SPARK_CONF"),
    ("SELECT * FROM csv.`s3a://bucket/x`", "org.apache.hadoop:hadoop-aws:"),
    ("SELECT * FROM csv.`hdfs://no-such-host.invalid:9000/x`", "resolve the name"),
    ("INSERT OVERWRITE DIRECTORY '/proc/nope' USING csv SELECT 1", "needs the right"),
])
def test_a_known_mistake_brings_its_next_step(fail, text, says):
    assert says in fail(text)["next"]


def test_the_error_of_a_task_is_told_as_it_was(fail):
    told = fail("SELECT raise_error('boom ' || id) FROM range(3)")
    assert told["message"].startswith("boom ")
    assert "Job aborted" not in json.dumps(told)


def test_the_cause_at_the_bottom_is_told(fail, tmp_path):
    (tmp_path / "bad.parquet").write_text("nonsense")
    told = fail("SELECT * FROM parquet.`%s`" % (tmp_path / "bad.parquet"))
    assert "CANNOT_READ_FILE_FOOTER" in told["class"]
    assert told["cause"].startswith("java.lang.RuntimeException: ") and "not a Parquet file" in told["cause"]


def test_a_refusal_is_data_too(context):
    told = explanation.explain(Refused("the fact", "Do this.", ["a", "b"]), context)
    assert told == {"class": "REFUSED", "message": "the fact", "next": "Do this.", "problems": ["a", "b"]}


def test_a_cancelled_job_is_cancelled(spark, context):
    import threading

    spark.sparkContext.setJobGroup("op-slow", "slow", True)
    timer = threading.Timer(1.5, spark.sparkContext.cancelJobGroup, ("op-slow",))
    timer.start()
    try:
        with pytest.raises(Exception) as caught:
            spark.sql("SELECT count_if(sha2(cast(id AS STRING), 512) LIKE '%0a%')"
                      " FROM range(0, 3000000000, 1, 8)").collect()
    finally:
        timer.join()
        spark.sparkContext._jsc.clearJobGroup()
    assert explanation.explain(caught.value, context)["class"] == "CANCELLED"
    assert explanation.explain(Cancelled(), context)["class"] == "CANCELLED"


def test_a_dead_session_is_said_to_be_lost(context):
    from py4j.protocol import Py4JError, Py4JNetworkError

    for error in (Py4JNetworkError("Answer from Java side is empty"), ConnectionRefusedError(111, "refused"),
                  Py4JError("An error occurred while calling o1.sql")):
        assert explanation.explain(error, context)["class"] == "SESSION_LOST"
    living = Py4JError("An error occurred while calling o1.sql. Trace:\npy4j.Py4JException: Method sql([]) does not exist")
    assert explanation.explain(living, context)["class"] == "Py4JError"


# What is quoted in a message decides nothing.

@pytest.mark.parametrize("quoted", [
    "the stopped SparkContext", "SparkContext was shut down", "Answer from Java side is empty", "Job 12 cancelled",
    "[SPARK_JOB_CANCELLED] Job 12 cancelled because of x", "cancelled job group op-1", "OPERATION_CANCELED",
    "most recent failure: Lost task 0.0 in stage 0.0 (TID 1) (host executor 1): ExecutorLostFailure (executor 1 x",
    "java.lang.OutOfMemoryError: Java heap space", "maxResultSize", "Permission denied",
    "Failed to find data source: avro", "java.lang.ClassNotFoundException: kafka.X", "ConnectException",
    "Job aborted due to stage failure: x"])
@pytest.mark.parametrize("text", ["SELECT raise_error('%s')", "SELECT raise_error('%s') FROM range(3)",
                                  "SELECT CAST('%s' AS INT)"])
def test_a_value_is_not_taken_for_what_it_says(fail, text, quoted):
    told = fail(text % quoted)
    assert told["class"] in ("RuntimeException", "USER_RAISED_EXCEPTION", "CAST_INVALID_INPUT")
    assert quoted.split("] ")[-1] in told["message"] or "most recent" in quoted
    assert told.get("next", "").startswith("Use try_cast") or "next" not in told


@pytest.mark.parametrize("text", ["SELECT 'the stopped SparkContext' FRM x y", "SELECT 'Job 12 cancelled', nothing"])
def test_a_typo_beside_such_a_value_is_a_typo(fail, text):
    assert fail(text)["class"].startswith(("PARSE_SYNTAX_ERROR", "UNRESOLVED_COLUMN"))


def test_a_value_is_not_taken_for_a_place(fail):
    assert "line" not in fail("SELECT raise_error('x; line 7 pos 9 (line 7, position 9)')").get("position", {})


@pytest.mark.parametrize("is_stopped", [True, False])
def test_a_session_is_lost_when_its_context_has_stopped(is_stopped):
    class Stopped:
        def __getattr__(self, name):
            return (lambda: is_stopped) if name == "isStopped" else (lambda: self) if name == "sc" else self

    told = explain_java(Context(Stopped(), "op"), (
        "java.lang.IllegalStateException", "Cannot call methods on a stopped SparkContext."))
    assert told["class"] == ("SESSION_LOST" if is_stopped else "IllegalStateException")


def test_explaining_survives_a_session_that_dies_meanwhile(context):
    class Dying:
        def __getattr__(self, name):
            raise ConnectionResetError(104, "reset")

    error = Exception("x")
    error.java_exception = Dying()
    assert explanation.explain(error, context)["class"] == "SESSION_LOST"


def test_an_answer_that_the_jvm_broke_off_names_the_setting_of_its_memory():
    error = Failed(Py4JError("An error occurred while calling None.None"), None, "", True)
    told = explanation.explain(error, SimpleNamespace())
    assert told["class"] == "Py4JError" and "spark.driver.memory" in told["next"]


def test_a_mistake_of_ours_is_told_by_its_class(context):
    assert explanation.explain(KeyError("where"), context) == {"class": "KeyError", "message": "'where'"}


# Failures that a test can't make: as Spark words them.

class Java:
    """A Java exception with a message, a condition and a cause."""

    def __init__(self, name, message, cause=None):
        self.name, self.message, self.cause = name, message, cause

    def getClass(self):
        return self

    def getName(self):
        return self.name

    def getMessage(self):
        return self.message

    def getCause(self):
        return self.cause


def explain_java(context, *chain):
    error = Exception("Java")
    cause = None
    for name, message in reversed(chain):
        cause = Java(name, message, cause)
    error.java_exception = cause
    return explanation.explain(error, context)


def test_a_lost_executor_is_told_in_one_message(context):
    told = explain_java(context, (
        "org.apache.spark.SparkException",
        "Job aborted due to stage failure: Task 0 in stage 5.0 failed 4 times, most recent failure: Lost task "
        "0.3 in stage 5.0 (TID 20) (10.0.0.5 executor 3): ExecutorLostFailure (executor 3 exited caused by one "
        "of the running tasks) Reason: Command exited with code 137\nDriver stacktrace:\n\tat x.y(Z.scala:1)"))
    assert told["class"] == "EXECUTOR_LOST"
    assert told["message"].startswith("ExecutorLostFailure") and "Driver stacktrace" not in told["message"]
    assert "SPARK_EXECUTOR_MEMORY" in told["next"]


@pytest.mark.parametrize("said, folder", [
    ("java.io.IOException: No space left on device", "SPARK_LOCAL_DIRS of its worker"),
    ("java.io.FileNotFoundException: /d/blockmgr-1/0c/temp_shuffle (No space left on device)", "(/d/blockmgr-1/0c)")])
def test_a_full_disk_is_told_with_its_host_and_folder(context, said, folder):
    told = explain_java(context, (
        "org.apache.spark.SparkException",
        "Job aborted due to stage failure: Task 0 in stage 5.0 failed 4 times, most recent failure: Lost task "
        "0.3 in stage 5.0 (TID 20) (10.0.0.5 executor 3): %s\n\tat x.y(Z.scala:1)" % said))
    assert "The disk of 10.0.0.5 is full" in told["next"] and folder in told["next"]


def test_too_little_memory_names_the_setting(context):
    told = explain_java(context, (
        "org.apache.spark.SparkException", "Job aborted due to stage failure: Task 1 in stage 0.0 failed 4 times"),
        ("java.lang.OutOfMemoryError", "Java heap space"))
    assert told["class"] == "OutOfMemoryError" and "memory" in told["next"]


def test_what_a_task_threw_is_known_by_its_class_though_it_came_as_text(context):
    told = explain_java(context, (
        "org.apache.spark.SparkException", "Job aborted due to stage failure: Task 0 in stage 5.0 failed 4 times, most "
        "recent failure: Lost task 0.3 in stage 5.0 (TID 20) (10.0.0.5 executor 3): java.net.UnknownHostException: "
        "store\n\tat x.y(Z.scala:1)"))
    assert "resolve the name" in told["next"]


def test_too_large_a_result_says_what_to_do(context):
    told = explain_java(context, (
        "org.apache.spark.SparkException", "Job aborted due to stage failure: Total size of serialized results of 9 "
        "tasks (1100.0 MiB) is bigger than spark.driver.maxResultSize (1024.0 MiB)"))
    assert "save_path" in told["next"]


STDERR = """==== Bytes 0-350 of 350 of /spark/work/app-20261126195801-0000/5/stderr ====
26/11/26 19:59:52 INFO Executor: Running task 1.2 in stage 77.0 (TID 599)
26/11/26 19:59:53 ERROR SparkUncaughtExceptionHandler: Uncaught exception in thread Thread[Executor task launch worker for task 1.2 in stage 77.0 (TID 599),5,main]
java.lang.%s
	at java.base/java.io.ObjectInputStream.readObject0(ObjectInputStream.java:1733)
"""


@pytest.mark.parametrize("code, log, says, not_says", [
    (50, STDERR % "StackOverflowError", "-Xss", "MEMORY"),
    (50, STDERR % "OutOfMemoryError: Java heap space", "SPARK_EXECUTOR_MEMORY", "stack"),
    (50, STDERR % "IllegalStateException: x", "IllegalStateException, which nothing caught", "MEMORY"),
    (50, "", "50 an exception that nothing caught", "Executor 3"), (137, "", "exit code 137", "50")])
def test_why_an_executor_was_lost_is_read_from_its_log(context, monkeypatch, code, log, says, not_says):
    monkeypatch.setattr(lost_executor, "read_log", lambda context, executor: log if executor == "3" else "")
    told = explain_java(context, (
        "org.apache.spark.SparkException",
        "Job aborted due to stage failure: Task 0 in stage 5.0 failed 4 times, most recent failure: Lost task "
        "0.3 in stage 5.0 (TID 20) (10.0.0.5 executor 3): ExecutorLostFailure (executor 3 exited caused by one "
        "of the running tasks) Reason: Command exited with code %d\nDriver stacktrace:" % code))
    assert told["class"] == "EXECUTOR_LOST" and says in told["next"] and not_says not in told["next"]
