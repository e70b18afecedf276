"""What every client must be able to do with the built server, which works a Spark that only answers.

A client's test makes the tools in the way of its users and hands `converse` a function that calls one."""

import json
import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "spark"))

from recorder import Recorder, settings  # noqa: E402

BINARY = os.environ.get("MCP_SPARK_SERVER") or str(ROOT / "build" / "dev" / "mcp-spark-server")
DEFINITIONS = {tool["name"]: tool for tool in
               (json.loads(file.read_text()) for file in sorted((ROOT / "src" / "tools").glob("*.json")))}
SHORT = 5  # seconds after which some hosts give a call up

JOB = {"application_file": "hdfs://name/job.jar", "class": "a.Job", "args": ["a b", "7"],
       "conf": {"spark.ui.enabled": "false"}, "environment": {"MODE": "test"}}


class Spark(Recorder):
    """Takes any job as driver-1, which then runs for ever."""

    def __init__(self):
        super().__init__()
        self.workers = (self.url,)

    def answer(self, path):
        if path.endswith("/create"):
            return "application/json", json.dumps({
                "action": "CreateSubmissionResponse", "success": True, "submissionId": "driver-1",
                "serverSparkVersion": "3.5.9"})
        return super().answer(path)

    def submitted(self):
        """The submissions since this was last asked."""
        found = [json.loads(body) for _, path, _, body in self.requests if path.endswith("/create")]
        self.requests.clear()
        return found


@contextmanager
def spark(**changes):
    """A Spark, and the environment of a server that works it."""
    fake = Spark()
    try:
        yield fake, {**settings(fake, fake, fake), "SPARK_WAIT_SECONDS": "3", "PATH": os.environ["PATH"], **changes}
    finally:
        fake.close()


def with_nulls(name, arguments):
    """As strict modes send it: a value for every argument."""
    return {**dict.fromkeys(DEFINITIONS[name]["inputSchema"]["properties"]), **arguments}


def with_texts(name, arguments):
    """As models fill in what a conversion made a string: objects as JSON."""
    return {key: json.dumps(value) if isinstance(value, dict) else value for key, value in arguments.items()}


def expect(text, wanted):
    assert wanted in str(text), "want '%s' in: %s" % (wanted, text)


def check_job(submissions):
    [submission] = submissions
    assert submission["appArgs"][-2:] == JOB["args"], submission["appArgs"]
    assert submission["sparkProperties"]["spark.ui.enabled"] == "false", submission["sparkProperties"]
    assert submission["environmentVariables"]["MODE"] == "test", submission["environmentVariables"]


async def converse(call, fake, fills=(lambda name, arguments: arguments, with_nulls)):
    """`call(name, arguments)` gives what a model would read, of an answer or of an error."""
    async def ask(name, arguments, wanted):
        begun = time.monotonic()
        expect(await call(name, fill(name, arguments)), wanted)
        assert time.monotonic() - begun < SHORT, "%s: SPARK_WAIT_SECONDS=3 was no limit" % name

    for fill in fills:
        await ask("monitor-cluster", {}, "ALIVE")
        await ask("submit-spark-job", JOB, "driver-1")
        check_job(fake.submitted())
        await ask("kill-spark-job", {"submission_id": "driver-1"}, "driver-1")
        await ask("kill-spark-job", {}, "submission_id")


def check_names(names):
    assert sorted(names) == sorted(DEFINITIONS), sorted(names)


def lost(schema, made, path="$"):
    """What a conversion of a schema left out, by path: types, choices, descriptions, members."""
    for option in made.get("anyOf") or made.get("any_of") or []:  # nullable
        if kind(option) != "null":
            made = {**made, **option}
    if kind(made) != schema["type"]:
        yield "%s: %s, not %s" % (path, kind(made), schema["type"])
    if not set(schema.get("enum", [])) <= set(made.get("enum") or []):
        yield path + ": enum"
    if schema.get("description", "") not in (made.get("description") or ""):
        yield path + ": description"
    for name, member in schema.get("properties", {}).items():
        if name in (made.get("properties") or {}):
            yield from lost(member, made["properties"][name], path + "." + name)
        else:
            yield path + "." + name
    if "items" in schema:
        yield from lost(schema["items"], made["items"], path + "[]")
    for name in schema.get("required", []):
        if name not in (made.get("required") or []):
            yield "%s.%s: required" % (path, name)


def kind(schema):
    """Gemini's types are in capitals; nullable ones are lists."""
    types = schema.get("type")
    types = [types] if not isinstance(types, list) else [one for one in types if one != "null"]
    return str(getattr(types[0], "value", types[0])).lower()


def check_conversion(name, made, but=""):
    """`but` is what may be lost."""
    found = [one for one in lost(DEFINITIONS[name]["inputSchema"], made) if not but or but not in one]
    assert not found, "%s: a conversion lost %s" % (name, found)


def content_text(result):
    return "\n".join(block.text for block in result.content)
