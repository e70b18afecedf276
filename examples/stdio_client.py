"""A small MCP client over stdio, for demo.py and smoke_test.py. Standard library only."""

import json
import queue
import subprocess
import tempfile
import threading
import time


class ServerFailed(Exception):
    pass


class Server:
    """The server as a child process: one JSON-RPC message a line in, one a line out."""

    def __init__(self, command, environment):
        self.log = tempfile.TemporaryFile("w+", errors="replace")
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)
        self.lines = queue.Queue()
        self.last_id = 0
        threading.Thread(target=self._read_lines, daemon=True).start()

    def _read_lines(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def _send(self, message):
        try:
            self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            pass  # it has ended: reading its answer says so

    def notify(self, method):
        self._send({"method": method})

    def request(self, method, params=None, seconds=30, on_progress=None):
        """Ask, and wait for the result; messages of progress go to on_progress meanwhile."""
        self.last_id += 1
        params = dict(params or {})
        if on_progress is not None:
            params["_meta"] = {"progressToken": self.last_id}
        self._send({"id": self.last_id, "method": method, "params": params})
        end = time.monotonic() + seconds
        while True:
            message = self._receive(end, method, seconds)
            if message.get("method") == "notifications/progress":
                if on_progress is not None:
                    on_progress(message["params"].get("message", ""))
            elif message.get("id") == self.last_id:
                if "error" in message:
                    raise ServerFailed("%s: %s" % (method, message["error"]["message"]))
                return message["result"]

    def _receive(self, end, method, seconds):
        try:
            line = self.lines.get(timeout=max(0.01, end - time.monotonic()))
        except queue.Empty:
            raise ServerFailed("%s: no answer within %d s\n%s" % (method, seconds, self.stderr()))
        if line is None:
            self.lines.put(None)
            raise ServerFailed("%s: the server has ended\n%s" % (method, self.stderr()))
        try:
            return json.loads(line)
        except ValueError:
            raise ServerFailed("%s: not a line of JSON: %r" % (method, line[:200]))

    def initialize(self, name):
        result = self.request("initialize", {
            "protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": {"name": name, "version": "1"}})
        self.notify("notifications/initialized")
        return result

    def call(self, tool, arguments, seconds=300, on_progress=None):
        """Call a tool; gives (structured content, text). A tool's error is an exception."""
        result = self.request("tools/call", {"name": tool, "arguments": arguments}, seconds, on_progress)
        text = "\n".join(block["text"] for block in result["content"] if block["type"] == "text")
        if result.get("isError"):
            raise ServerFailed("%s: %s" % (tool, text))
        return result["structuredContent"], text

    def close(self, seconds=30):
        """Close its input, wait for its end; gives the exit code."""
        try:
            self.process.stdin.close()
        except OSError:
            pass
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise ServerFailed("the server has not ended within %d s after its input\n%s"
                               % (seconds, self.stderr()))

    def stderr(self):
        self.log.seek(0)
        return self.log.read()[-4000:].rstrip()
