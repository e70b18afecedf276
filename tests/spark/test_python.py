"""run-python: names, printing, errors and the end of code in a real session; code as a job of its own."""

import time

import pytest

import client
import processes
from client import START


def test_calls_share_names_with_each_other_and_views_with_sql(server):
    first = server.call("run-python", code="df = spark.range(5)\ndf.createOrReplaceTempView('five')\nprint('made')",
                        wait_seconds=START)
    assert first.data["output"] == "made\n" and first.text == "made\n"
    assert server.sql("SELECT sum(id) FROM five").data["rows"] == [[10]]
    told = server.call("run-python", code="df.selectExpr('id', 'CAST(id AS decimal(3,1)) d')", limit=2)
    assert told.data["rows"] == [[0, "0.0"], [1, "1.0"]] and told.data["truncated"]


def test_what_is_printed_comes_as_it_is_printed(server):
    told = server.call("run-python", code="import time\nfor i in range(3):\n    print('step', i)\n    time.sleep(1)")
    assert [message for message in told.messages if message.startswith("step")] == ["step 0", "step 1", "step 2"]


def test_functions_run_on_executors_and_their_errors_name_a_line(server):
    told = server.call("run-python", code="def f(x):\n    return 6 // x\nsc.parallelize([1, 2], 2).map(f).collect()")
    assert told.data["value"] == "[6, 3]"
    told = server.call("run-python", code="sc.parallelize([1, 0], 2).map(f).collect()")
    assert told.is_error and "At line 1" in told.text and "ZeroDivisionError" in told.text, told.text


@pytest.mark.parametrize("code", ["while True: pass", "import time; time.sleep(1000)"])
def test_killing_python_that_does_not_end_leaves_the_session(server, cluster, code):
    server.call("run-python", code="kept = 7", wait_seconds=START)
    drivers = cluster.active_drivers()
    begun = server.call("run-python", code=code, wait_seconds=1).data
    killed = server.call("kill-spark-job", operation_id=begun["operationId"])
    assert killed.data["killed"] and killed.data["state"] == "CANCELLED"
    assert server.call("run-python", code="kept").data["value"] == "7"
    assert cluster.active_drivers() == drivers


def test_a_session_whose_code_never_ends_is_gone_with_its_server(cluster):
    before = cluster.active_drivers()
    with client.Server(cluster.environment()) as own:
        begun = own.call("run-python", code="print('x')\nwhile True:\n    try:\n        while True: pass\n"
                                            "    except BaseException: pass", wait_seconds=1)
        assert begun.data["state"] == "RUNNING"
        time.sleep(1)
    assert processes.wait_until(lambda: cluster.active_drivers() == before, 60)


def test_tables_are_told_in_one_call(server):
    server.sql("CREATE TABLE told_test (id INT COMMENT 'its number', day DATE) USING parquet PARTITIONED BY (day)",
               wait_seconds=START)
    server.sql("INSERT INTO told_test VALUES (1, DATE'2024-01-31')")
    told = server.monitor("tables", pattern="told_*", sample=True)
    assert told.data["total"] == 1
    assert told.data["tables"][0] == {**told.data["tables"][0], "table": "default.told_test", "format": "parquet",
                                      "columns": "id int 'its number', day date", "partitionedBy": ["day"],
                                      "sample": [[1, "2024-01-31"]]}
    assert told.text.startswith("default.told_test (MANAGED, parquet)\n  id int 'its number', day date\n"
                                "  partitioned by day\n")
    server.sql("DROP TABLE told_test")


def test_without_a_session_it_runs_as_a_driver_of_its_own(cluster):
    with client.Server(cluster.environment(SPARK_SESSION="off")) as own:
        told = own.call("run-python", code="a = 1\nprint('here')\nspark.range(3)", wait_seconds=START)
        assert told.data["rows"] == [[0], [1], [2]] and told.data["output"] == "here\n"
        assert any("Names are gone with this call" in warning for warning in told.data["warnings"])


def test_code_is_a_job_of_its_own(server):
    told = server.call("submit-spark-job", code="import sys\nprint(6 * 7, sys.argv[1:], __name__)", args=["a"],
                       wait_seconds=START)
    assert told.data["state"] == "FINISHED" and "42 ['a'] __main__" in told.data["output"]
