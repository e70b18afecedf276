"""The tools from a shell: `tools`, `call`, `sql`."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

import client
import processes
from test_check import run

JOBS = Path(__file__).parent / "jobs"


@pytest.fixture(scope="module")
def settings(cluster):
    return cluster.environment(SPARK_EXECUTOR_MEMORY="1g")


def test_a_statement_is_answered_as_a_table_on_standard_output(settings):
    done = run("sql", "select id, id * 2 as twice from range(3)", **settings)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["id", "twice"] and lines[3].split() == ["2", "4"]
    assert "session" in done.stderr  # progress


def test_json_is_the_structured_content(settings):
    done = run("call", "execute-sql", "sql=select 1 as a", "limit=1", "--json", SPARK_SESSION="off", **settings)
    assert json.loads(done.stdout)["rows"] == [[1]]


def test_an_error_goes_to_standard_error_and_ends_with_1(settings):
    done = run("sql", "select nothing", SPARK_SESSION="off", **settings)
    assert done.returncode == 1 and done.stdout == "" and "UNRESOLVED_COLUMN" in done.stderr


def test_a_job_that_fails_ends_with_1(settings, write_script):
    script = write_script("fails.py", "raise SystemExit(3)\n")
    done = run("call", "submit-spark-job", "application_file=%s" % script, **settings)
    assert done.returncode == 1 and "FAILED" in done.stdout


def test_arguments_may_be_one_json_object(settings):
    done = run("call", "monitor-cluster", '{"metric_type": "applications", "limit": 1}', **settings)
    assert done.returncode == 0 and done.stdout


@pytest.mark.parametrize("arguments,words", [
    (["call", "execute_sql"], "unknown tool"), (["call", "monitor-cluster", "limit"], "key=value"),
    (["call", "monitor-cluster", "limit=many"], "limit"), (["sql"], "a statement"), (["fly"], "no such command")])
def test_what_is_not_understood_ends_with_2(arguments, words):
    done = run(*arguments)
    assert done.returncode == 2 and words in done.stderr and done.stdout == ""


def test_tools_are_listed():
    done = run("tools")
    assert done.returncode == 0 and "execute-sql" in done.stdout


def test_an_interrupted_job_leaves_no_driver(settings, cluster):
    before = cluster.active_drivers()
    child = subprocess.Popen(
        [client.BINARY, "call", "submit-spark-job", "application_file=%s" % (JOBS / "sleeper.py"), 'args=["60"]'],
        env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert processes.wait_until(lambda: len(cluster.active_drivers()) > len(before), 60)
    child.send_signal(signal.SIGINT)
    assert child.wait(30) == 130
    assert processes.wait_until(lambda: len(cluster.active_drivers()) == len(before), 60)
