"""The built server, driven as hosts drive it: by the official Python client, or by hand where a
test needs the pipe itself (signals, end of input, a cancellation at a chosen moment)."""

import json
import os
import queue
import subprocess
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import jsonschema
from anyio.from_thread import start_blocking_portal
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

import processes

BINARY = os.environ.get("MCP_SPARK_SERVER", "")
SANITIZERS = ("AddressSanitizer", "LeakSanitizer", "runtime error:")
START = 150  # seconds that a first statement may take on a busy machine
SLEEPS = "reflect('java.lang.Thread', 'sleep', %dL) = 'null'"  # true, after so many ms
FOREVER = "SELECT max(id % 1000) FROM range(0, 100000000000000, 1, 1)"  # one task that does not end
TOOLS = Path(__file__).resolve().parents[2] / "src" / "tools"
SCHEMAS = {tool["name"]: tool["outputSchema"] for tool in
           (json.loads(file.read_text(encoding="utf-8")) for file in TOOLS.glob("*.json"))}
reports = []


@dataclass
class Answer:
    structured: dict | None
    text: str
    is_error: bool
    seconds: float
    progress: list = field(default_factory=list)  # (progress, message)

    @property
    def data(self):
        assert self.structured is not None, "want structuredContent, got only: %s" % self.text
        return self.structured

    @property
    def messages(self):
        return [message for _, message in self.progress]

    def everything(self):
        return json.dumps(self.structured, ensure_ascii=False) + self.text + "\n".join(map(str, self.messages))


def rows(answer):
    """The rows of an answer of execute-sql, which must be no error."""
    assert not answer.is_error, answer.text
    return answer.data["rows"]


def check_schema(schema, value):
    for error in jsonschema.Draft202012Validator(schema).iter_errors(value):
        raise AssertionError("at %s: %s" % (error.json_path.replace("$", "$.structuredContent", 1), error.message))


def check_stderr(text):
    """Keeps a sanitizer's report for conftest, which fails the test that has just run."""
    if any(word in text for word in SANITIZERS):
        reports.append(text)


class Server:
    """The server behind the SDK's stdio client, for code that is not asynchronous."""

    def __init__(self, environment, arguments=(), mode="auto"):
        self.token = uuid.uuid4().hex
        self.log = tempfile.TemporaryFile("w+")
        passed = {key: value for key, value in os.environ.items() if key.endswith("SAN_OPTIONS")}
        parameters = StdioServerParameters(
            command=BINARY, args=list(arguments), env={**passed, **environment, "TEST_TOKEN": self.token})
        self.client = Client(stdio_client(parameters, errlog=self.log), mode=mode)

    def __enter__(self):
        self.portal_context = start_blocking_portal()
        self.portal = self.portal_context.__enter__()
        self.client_context = self.portal.wrap_async_context_manager(self.client)
        try:
            self.client_context.__enter__()
        except BaseException as error:
            self.portal_context.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def __exit__(self, *error):
        self.client_context.__exit__(None, None, None)
        self.portal_context.__exit__(None, None, None)
        check_stderr(self.stderr())

    def stderr(self):
        self.log.seek(0)
        return self.log.read()

    @property
    def pid(self):
        own = os.getpid()
        table = processes.parents()
        for pid in processes.with_text("TEST_TOKEN=" + self.token, "environ"):
            if table.get(pid) == own:
                return pid
        return None

    def start(self, tool, **arguments):
        """Begin a call; gives a future of its answer."""
        return self.portal.start_task_soon(self._call, tool, arguments)

    def call(self, tool, **arguments):
        return self.start(tool, **arguments).result()

    def ask(self, method, *arguments):
        """What another method of the official client gives."""
        return self.portal.call(getattr(self.client, method), *arguments)

    def follow(self, uri):
        """Subscribe to a resource; gives a future of the address that the first change names."""
        return self.portal.start_task_soon(self._follow, uri)

    async def _follow(self, uri):
        async with self.client.listen(resource_subscriptions=[uri]) as changes:
            async for change in changes:
                return change.uri

    async def _call(self, tool, arguments):
        progress = []

        async def note(value, total, message):
            progress.append((value, message or ""))

        begun = time.monotonic()
        result = await self.client.call_tool(
            tool, arguments, read_timeout_seconds=arguments.get("wait_seconds", 45) + 60,
            progress_callback=note)
        answer = Answer(
            structured=result.structured_content,
            text="\n".join(block.text for block in result.content if block.type == "text"),
            is_error=bool(result.is_error),
            seconds=time.monotonic() - begun,
            progress=progress)
        assert answer.text.strip(), "want text beside structuredContent, got none"
        if not answer.is_error:
            assert answer.structured is not None, "want structuredContent, got only: %s" % answer.text
        if answer.structured is not None:
            check_schema(SCHEMAS[tool], answer.structured)
        numbers = [value for value, _ in progress]
        assert numbers == sorted(set(numbers)), "want rising progress, got %s" % numbers
        return answer

    # The tools, for short. What begins a driver or a session is waited for as long as that may take on a busy machine.
    def sql(self, sql, wait_seconds=START, **arguments):
        return self.call("execute-sql", sql=sql, wait_seconds=wait_seconds, **arguments)

    def data(self, operation, source_path, wait_seconds=START, **arguments):
        return self.call("manage-data", operation=operation, source_path=str(source_path), wait_seconds=wait_seconds,
                         **arguments)

    def train(self, pipeline_config, data_path, wait_seconds=START, **arguments):
        return self.call("run-ml-pipeline", pipeline_config=pipeline_config, data_path=str(data_path),
                         wait_seconds=wait_seconds, **arguments)

    def submit(self, application_file, wait_seconds=START, **arguments):
        return self.call("submit-spark-job", application_file=str(application_file), wait_seconds=wait_seconds,
                         **arguments)

    def kill(self, submission_id):
        return self.call("kill-spark-job", submission_id=submission_id)

    def monitor(self, metric_type=None, **arguments):
        if metric_type is not None:
            arguments["metric_type"] = metric_type
        return self.call("monitor-cluster", **arguments)


class Pipe:
    """The server at the end of a bare pipe, spoken to in lines of JSON."""

    def __init__(self, environment, arguments=(), command=(BINARY,)):
        passed = {key: value for key, value in os.environ.items() if key.endswith("SAN_OPTIONS")}
        self.token = uuid.uuid4().hex
        self.log = tempfile.TemporaryFile("w+")
        base = {"HOME": os.environ["HOME"], "PATH": os.environ["PATH"], "TEST_TOKEN": self.token}
        self.process = subprocess.Popen(
            [*command, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
            env={**base, **passed, **environment}, start_new_session=True)
        self.lines = queue.Queue()
        self.kept = []
        self.ids = 0
        threading.Thread(target=self._read, daemon=True).start()
        self.request("initialize", protocolVersion="2025-11-25", capabilities={},
                     clientInfo={"name": "pipe", "version": "1"})
        self.receive(self.ids, 10)
        self.send(method="notifications/initialized")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.process.poll() is None:
            self.close_input()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
        check_stderr(self.stderr())

    def _read(self):
        try:
            for line in self.process.stdout:
                self.lines.put(line)
        except ValueError:  # closed below our hands
            pass
        self.lines.put(None)

    def stderr(self):
        self.log.seek(0)
        return self.log.read()

    @property
    def pid(self):
        return self.process.pid

    def send(self, **message):
        self.process.stdin.write((json.dumps({"jsonrpc": "2.0", **message}) + "\n").encode())
        self.process.stdin.flush()

    def request(self, method, **params):
        self.ids += 1
        self.send(id=self.ids, method=method, params=params)
        return self.ids

    def call(self, tool, **arguments):
        """Begin a call; gives the id of the request."""
        return self.request("tools/call", name=tool, arguments=arguments)

    def receive(self, id, seconds):
        """The message that answers a request, or None when the time is over or the pipe has ended."""
        end = time.monotonic() + seconds
        while True:
            for message in self.kept:
                if message.get("id") == id:
                    self.kept.remove(message)
                    return message
            try:
                line = self.lines.get(timeout=max(0, end - time.monotonic()))
            except queue.Empty:
                return None
            if line is None:
                self.lines.put(None)
                return None
            self.kept.append(json.loads(line))

    def close_input(self):
        if not self.process.stdin.closed:
            self.process.stdin.close()

    def wait(self, seconds):
        """The exit code, or None when it still runs."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
