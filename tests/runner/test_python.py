"""run-python: names, printing, values, errors, the end of code that does not end by itself."""

import json
import threading
import time
from types import SimpleNamespace

import pytest
from py4j.protocol import Py4JNetworkError

from runner import held, interruption
from runner.context import Context
from runner.python import run as python
from runner.python.notebook import Notebook
from runner.python.output import NEWS, Output
from runner.serve import main_thread
from runner.serve.operations import Operations, perform

PATIENCE = 20


@pytest.fixture(autouse=True)
def notebook(monkeypatch):
    """Each test begins without names."""
    monkeypatch.setattr(python, "_notebook", Notebook())
    monkeypatch.setattr(held, "python_names", [])


@pytest.fixture
def run(spark):
    def run(code, **arguments):
        spark.sparkContext.setJobGroup("op-python", "run-python")
        return json.loads(perform(Context(spark, "op-python", {}), "python", dict(arguments, code=code)))
    return run


@pytest.fixture
def result(run):
    def result(code, **arguments):
        answer = run(code, **arguments)
        assert answer["ok"], answer
        return answer["result"]
    return result


@pytest.fixture
def error(run):
    def error(code, **arguments):
        answer = run(code, **arguments)
        assert not answer["ok"], answer
        return answer["error"]
    return error


# Names, printing, values

def test_spark_is_there(result):
    assert result("spark.range(3).count() + sc.parallelize([1]).count()") == {"value": "4"}


def test_names_last_from_call_to_call(run, result):
    answer = run("import math\ndef twice(x):\n    return 2 * x\na = 4\n_hidden = 1")
    assert answer["ok"] and answer["result"] == {} and answer["kept"]["pythonNames"] == ["a", "twice"]
    assert result("twice(a) + math.floor(0.5)") == {"value": "8"}


def test_views_are_shared_with_sql(spark, result):
    result("spark.range(5).createOrReplaceTempView('from_python')")
    assert spark.sql("SELECT sum(id) FROM from_python").collect()[0][0] == 10
    spark.catalog.dropTempView("from_python")


def test_a_script_takes_itself_for_the_main_module(result):
    script = ("from pyspark.sql import SparkSession\n"
              "def main():\n"
              "    own = SparkSession.builder.appName('mine').getOrCreate()\n"
              "    print(own is spark, SparkSession.getActiveSession() is not None)\n"
              "    own.stop()\n"
              "    own.sparkContext.stop()\n"
              "if __name__ == '__main__':\n"
              "    main()\n")
    told = result(script)
    assert told["output"] == "True True\n"
    assert told["warnings"] == ["stop() was left out: other calls use this session, too."]
    assert result("spark.range(2).count()") == {"value": "2"}


def test_functions_of_a_call_run_on_executors(result):
    result("def triple(x):\n    return 3 * x")
    assert result("sc.parallelize([1, 2], 2).map(triple).collect()") == {"value": "[3, 6]"}


def test_a_frame_comes_as_typed_rows_within_the_caps(result):
    told = result("spark.sql('SELECT id, CAST(id AS DECIMAL(5,2)) d FROM range(1000)')", limit=2)
    assert told["columns"] == [{"name": "id", "type": "bigint"}, {"name": "d", "type": "decimal(5,2)"}]
    assert told["rows"] == [[0, "0.00"], [1, "1.00"]]
    assert told["truncatedBy"] == "limit" and ".offset(2)" in told["next"]
    told = result("spark.range(1000)", limit=1000.0, max_bytes=100)
    assert told["truncatedBy"] == "bytes" and told["rowCount"] < 100


def test_next_of_a_frame_is_followed(result):
    rest, found = "spark.range(10)", []
    while rest:
        told = result(rest, limit=4)
        found += told["rows"]
        rest = "next" in told and "spark.range(10).offset(%d)" % len(found)
        assert not rest or ".offset(%d)" % len(told["rows"]) in told["next"]
    assert found == [[n] for n in range(10)]


@pytest.mark.parametrize("code, value", [
    ("'text'", "text"), ("[1, 'a']", "[1, 'a']"), ("None", None), ("x = 5", None), ("", None), ("# no code", None),
    ("spark.readStream.format('rate').load()", "DataFrame[timestamp: timestamp, value: bigint]"),
    ("'a\\0\\ud800'", "a\ufffd?")])
def test_other_values_come_as_text(result, code, value):
    assert result(code).get("value") == value


def test_a_long_value_is_cut(result):
    assert result("'x' * 1000", max_bytes=100)["value"] == "x" * 100 + "\n... (cut: max_bytes)"


def test_what_is_printed_comes_as_it_was_written(result):
    told = result("import sys, threading\n"
                  "print('one')\n"
                  "sys.stderr.write('two\\n')\n"
                  "sys.stdout.buffer.write('dr\\u00fc'.encode())\n"
                  "thread = threading.Thread(target=print, args=('ben',))\n"
                  "thread.start(); thread.join()\n"
                  "spark.range(1).show()\n")
    assert told["output"] == "one\ntwo\ndr\u00fcben\n+---+\n| id|\n+---+\n|  0|\n+---+\n\n"


def test_nothing_printed_reaches_the_drivers_output(result, capfd):
    result("import sys\nprint('mcp-spark-server#n0: session 1')\nsys.stderr.write('x')\nsys.__stdout__.flush()")
    assert capfd.readouterr() == ("", "")


def test_a_logger_of_an_earlier_call_prints_into_the_next(result):
    result("import logging, sys\nlogger = logging.getLogger('mine')\nlogger.addHandler(logging.StreamHandler(sys.stderr))")
    assert result("logger.warning('hello')")["output"] == "hello\n"


def test_much_output_keeps_its_beginning_and_its_end(result):
    told = result("for i in range(100000):\n    print(i)", max_bytes=3000)["output"]
    assert told.startswith("0\n1\n2\n") and told.endswith("\n99998\n99999\n") and "characters left out" in told
    assert len(told) < 3100


def test_a_progress_bar_leaves_its_last_state(result):
    assert result("print('10%\\r20%\\r100%\\r\\ndone')")["output"] == "100%\ndone\n"


def test_there_is_nothing_to_read(error):
    assert error("input('name? ')")["class"] == "EOFError"


def test_news_are_what_came_since_and_short():
    output = Output(24000, lambda: None)
    output.write("one\n")
    seen = output.count
    output.write("two\n")
    assert output.since(seen) == "two" and output.since(output.count) == ""
    output.write("\u20ac" * 5000)
    assert len(output.since(seen).encode()) <= NEWS and set(output.since(seen)) == {"\u20ac"}


# Errors

def test_an_error_names_the_line_of_the_code(error):
    told = error("x = 0\nprint('before')\ny = 1 / x")
    assert told == {"class": "ZeroDivisionError", "message": "division by zero", "printed": "before",
                    "position": {"line": 3, "fragment": "y = 1 / x"}}


def test_an_error_in_a_function_of_an_earlier_call_names_both_lines(result, error):
    result("def half(x):\n    return x / 0")
    told = error("\nhalf(3)")
    assert told["position"] == {"line": 2, "fragment": "half(3)"}
    assert told["message"] == "division by zero\nin half, line 2 of an earlier call: return x / 0"


def test_a_syntax_error_runs_nothing(run, error):
    told = error("a = 1\nprint(a")
    assert told["class"] == "SyntaxError" and told["position"] == {"line": 2, "fragment": "print(a"}
    assert error("a")["class"] == "NameError"


def test_an_error_of_spark_brings_its_class_and_what_to_do(error):
    told = error("df = spark.range(3).toDF('number')\ndf.select('numbr')")
    assert told["class"] == "UNRESOLVED_COLUMN.WITH_SUGGESTION" and told["position"]["line"] == 2
    assert "Did you mean 'number'?" in told["next"]


def test_an_error_in_a_function_on_an_executor_brings_its_words(error):
    told = error("from pyspark.sql.functions import udf\n"
                 "bad = udf(lambda x: 1 // (x - 1), 'int')\n"
                 "spark.range(3).select(bad('id')).collect()")
    assert told["position"]["line"] in (2, 3)  # PySpark 4.3 knows the line on the executor
    assert "ZeroDivisionError: integer division or modulo by zero" in told["message"]


@pytest.mark.parametrize("code", ["raise ConnectionError('x')", "raise EOFError('x')", "raise BrokenPipeError(32, 'x')"])
def test_a_connection_of_the_code_that_breaks_is_no_lost_session(error, code):
    assert error(code)["class"] == code[len("raise "):].split("(")[0]


def test_the_cause_of_an_error_is_told(error):
    told = error("try:\n    {}['k']\nexcept KeyError as e:\n    raise ValueError('no key') from e")
    assert told["class"] == "ValueError" and told["cause"] == "KeyError: 'k'"


def test_exit_ends_a_call_and_not_the_session(result, error):
    assert result("print('done')\nimport sys\nsys.exit(0)\nprint('never')")["output"] == "done\n"
    assert error("raise SystemExit('no input')")["message"] == "no input"


def test_read_only_refuses_it(spark):
    told = json.loads(perform(Context(spark, "op-1", {"readOnly": True}), "python", {"code": "1"}))
    assert told["error"]["class"] == "REFUSED" and told["error"]["message"].startswith("read-only: ")


# Its end

ENDLESS = ["while True: pass",
           "import time\ntime.sleep(1000)",
           "import threading\nthreading.Event().wait()",
           "while True:\n    try:\n        1 / 0\n    except Exception:\n        pass",
           "while True: print('x')",
           "spark.range(10**15).selectExpr('max(id % 1000)').collect()",
           "sc._jvm.java.lang.Thread.sleep(1000000)",
           "import subprocess\nsubprocess.run(['sleep', '1000'])"]


@pytest.mark.parametrize("code", ENDLESS)
def test_code_that_does_not_end_is_interrupted_and_the_session_goes_on(run, result, code):
    begun = time.monotonic()
    told = run("a = 1\n" + code, timeout_seconds=1)["error"]
    assert told["class"] == "TIMEOUT" and time.monotonic() - begun < 6
    assert result("a + spark.range(3).count()") == {"value": "4"}


def test_a_new_connection_that_java_closes_is_made_again(spark, monkeypatch):
    context, asked = Context(spark, "op-python", {}), []
    context.is_cancelled = True

    def time_of_java():
        asked.append(1)
        if len(asked) < 3:
            raise Py4JNetworkError("Answer from Java side is empty")

    system = SimpleNamespace(nanoTime=time_of_java)
    monkeypatch.setattr(spark.sparkContext, "_jvm", SimpleNamespace(
        java=SimpleNamespace(lang=SimpleNamespace(System=system))))
    python._connect_again(context)
    assert len(asked) == 3


def test_what_was_printed_before_a_timeout_is_told(run):
    assert run("print('at work')\nwhile True: pass", timeout_seconds=1)["error"]["printed"] == "at work"


@pytest.fixture
def service(spark):
    service = Operations({})
    service.open(spark)
    yield service
    service.pool.shutdown(wait=False)


def work(service, *operations, after=()):
    """The main thread's work until the operations are done; the rest happens meanwhile."""
    for seconds, do in after:
        threading.Timer(seconds, do).start()
    end = time.monotonic() + PATIENCE
    main_thread.work_while(lambda: any(one.state != "done" for one in operations) and time.monotonic() < end)
    return [json.loads(one.outcome) for one in operations]


def test_two_calls_at_once_run_one_after_the_other(service):
    first = service.start("op-1", "python", {"code": "import time\ntime.sleep(0.5)\na = 1\nprint('first')"})
    second = service.start("op-2", "python", {"code": "print('second')\na"})
    outcomes = work(service, first, second)
    assert [one["result"].get("output") for one in outcomes] == ["first\n", "second\n"]
    assert outcomes[1]["result"]["value"] == "1"


def test_a_statement_runs_beside_it(service, spark):
    looping = service.start("op-1", "python", {"code": "while not done: pass"})
    python._notebook.module.done = False
    sql = service.start("op-2", "sql", {"sql": "SELECT 1"})
    threading.Thread(target=lambda: (sql.wait(PATIENCE), setattr(python._notebook.module, "done", True))).start()
    assert [one["ok"] for one in work(service, looping, sql)] == [True, True]


def test_cancelling_one_that_waits_for_its_turn_ends_it_at_once(service):
    first = service.start("op-1", "python", {"code": "import time\ntime.sleep(1)"})
    second = service.start("op-2", "python", {"code": "print('never')"})
    service.cancel(second.id)
    assert json.loads(second.describe())["outcome"]["error"]["class"] == "CANCELLED"
    assert work(service, first)[0]["ok"]


def test_cancelling_interrupts_the_one_that_runs_and_no_other(service):
    first = service.start("op-1", "python", {"code": "import time\ntime.sleep(1000)"})
    second = service.start("op-2", "python", {"code": "import time\ntime.sleep(0.5)\n'whole'"})
    outcomes = work(service, first, second, after=[(0.3, lambda: service.cancel(first.id)),
                                                   (0.5, lambda: interruption.interrupt(first.context))])
    assert outcomes[0]["error"]["class"] == "CANCELLED" and outcomes[1]["result"]["value"] == "whole"


def test_code_that_catches_its_interruption_is_interrupted_again(service):
    code = ("import time\ntimes = 0\nwhile times < 2:\n    try:\n        time.sleep(1000)\n"
            "    except BaseException:\n        times += 1\ntimes")
    stubborn = service.start("op-1", "python", {"code": code})
    after = [(0.3, lambda: service.cancel(stubborn.id)), (0.8, service.look_after)]
    assert work(service, stubborn, after=after)[0]["result"]["value"] == "2"  # it came to its end


def test_news_of_what_is_printed_come_at_once(service):
    operation = service.start("op-1", "python", {"code": "print('one')\nimport time\ntime.sleep(1)\nprint('two')"})
    seen = []

    def follow():
        printed = 0
        while operation.state != "done":
            operation.wait(PATIENCE, printed)
            progress = json.loads(operation.describe(printed))["progress"]
            printed = progress.get("printedTo", printed)
            seen.append(progress.get("printed"))

    follower = threading.Thread(target=follow)
    follower.start()
    work(service, operation)
    follower.join(PATIENCE)
    assert seen[0] == "one" and len(seen) <= 3
