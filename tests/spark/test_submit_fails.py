"""submit-spark-job: how the end of a job that fails is told."""

import re
from pathlib import Path

import pytest

JOBS = Path(__file__).parent / "jobs"

# Jobs that fail: none needs a context, so they are quick, and several run at once.

FAILURES = {
    "value": "def clean(row):\n    raise ValueError(\"no price in row 7: 'ü'\")\n\nclean(7)\n",
    "chain": "try:\n    {}['x']\nexcept KeyError as error:\n    raise RuntimeError('config is incomplete') from error\n",
    "exit": "import sys\nprint('before')\nsys.exit(3)\n",
    "syntax": "print('never')\nfor x in [1, 2\n    pass\n",
}


@pytest.fixture(scope="module")
def failed(server, jar, write_script):
    calls = {name: {"application_file": str(write_script(name + ".py", text))} for name, text in FAILURES.items()}
    calls["missing"] = {"application_file": "/nowhere/missing.py"}
    calls["java"] = {"application_file": str(jar), "class": "example.CountWords", "args": ["fail"]}
    calls["no class"] = {"application_file": str(jar), "class": "example.CountWord"}
    names, answers = list(calls), {}
    for some in (names[:4], names[4:]):  # as many as the worker has cores
        futures = [server.start("submit-spark-job", driver_memory="300m", wait_seconds=60, **calls[name])
                   for name in some]
        answers.update((name, future.result()) for name, future in zip(some, futures))
    return answers


@pytest.mark.core
def test_failing_python_job_is_answered_with_the_end_of_its_traceback(failed):
    data = failed["value"].data
    assert (data["state"], data["finished"]) == ("FAILED", True)
    assert "ValueError: no price in row 7" in data["exitCause"]


def test_exit_cause_is_in_the_text_too(failed):
    assert "ValueError: no price in row 7" in failed["value"].text


def test_traceback_shows_no_frame_of_the_launcher(failed):
    output = failed["value"].data["output"]
    assert "in clean" in output
    assert "exec(code" not in output and "<string>" not in output


def test_last_exception_of_a_chain_is_the_cause(failed):
    assert "RuntimeError: config is incomplete" in failed["chain"].data["exitCause"]


@pytest.mark.core
def test_failing_java_job_is_answered_with_its_exception(failed):
    assert failed["java"].data["state"] == "FAILED"
    assert "IllegalStateException: no words were given" in failed["java"].data["exitCause"]


def test_missing_main_class_is_told(failed):
    assert failed["no class"].data["state"] in ("FAILED", "ERROR")
    assert re.search(r"ClassNotFoundException.*example.CountWord", failed["no class"].data["exitCause"])


def test_exit_code_is_told(failed):
    assert failed["exit"].data["state"] == "FAILED"
    assert re.search(r"\b3\b", failed["exit"].data["exitCause"])


def test_syntax_error_is_told(failed):
    assert failed["syntax"].data["state"] == "FAILED"
    assert "SyntaxError" in failed["syntax"].data["exitCause"]


def test_missing_script_is_told_with_its_path(failed):
    assert failed["missing"].data["state"] in ("FAILED", "ERROR")
    assert "/nowhere/missing.py" in failed["missing"].data["exitCause"]
    assert "no such file" in failed["missing"].data["exitCause"].lower()


def test_exception_on_an_executor_is_the_cause(server):
    answer = server.submit(JOBS / "bad_row.py", num_executors=1, wait_seconds=90)
    assert answer.data["state"] == "FAILED"
    assert "ValueError: no price in row 3" in answer.data["exitCause"]
