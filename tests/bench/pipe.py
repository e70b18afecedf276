"""A process at the end of two pipes, spoken to in lines of JSON; what it costs is kept."""

import json
import os
import select
import shutil
import signal
import time
from pathlib import Path

MODERN = {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
          "io.modelcontextprotocol/clientCapabilities": {}}
PIECE = 65536


def line(message):
    return json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":")).encode() + b"\n"


INITIALIZE = line({"id": "initialize", "method": "initialize", "params": {
    "protocolVersion": "2025-11-25", "capabilities": {},
    "clientInfo": {"name": "bench", "version": "1"}}})


class Pipe:
    """Starts the command and asks it to initialize: `start_seconds` is from spawn to answer."""

    def __init__(self, command, environment=None, log=os.devnull):
        stdin, self.stdin = os.pipe()
        self.stdout, stdout = os.pipe()
        self.rest = b""
        self.kept = []  # answers that came before that of a ping
        self.ids = 0
        self.cpu_seconds = None  # of its whole life, known when it has ended
        base = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
        # The request lies in the pipe before the start, so that only the server is waited for.
        os.write(self.stdin, INITIALIZE)
        begun = time.perf_counter()
        self.pid = os.posix_spawn(
            shutil.which(command[0]), command, {**base, **(environment or {})},
            file_actions=[(os.POSIX_SPAWN_DUP2, stdin, 0), (os.POSIX_SPAWN_DUP2, stdout, 1),
                          (os.POSIX_SPAWN_OPEN, 2, str(log), os.O_WRONLY | os.O_CREAT, 0o600)])
        os.close(stdin)
        os.close(stdout)
        try:
            self.initialized = self.receive(30)
        except Exception:
            self.close()
            raise
        self.start_seconds = time.perf_counter() - begun
        self.send(method="notifications/initialized")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def send(self, **message):
        os.write(self.stdin, line(message))

    def receive_line(self, seconds):
        end = time.monotonic() + seconds
        while b"\n" not in self.rest:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.stdout], [], [], left)[0]:
                raise TimeoutError("no answer within %g s" % seconds)
            piece = os.read(self.stdout, PIECE)
            if not piece:
                raise EOFError("the server has gone")
            self.rest += piece
        answer, self.rest = self.rest.split(b"\n", 1)
        return answer

    def receive(self, seconds):
        return json.loads(self.receive_line(seconds))

    def request(self, method, seconds=30, **params):
        """Sends a request and waits for its answer."""
        self.ids += 1
        self.send(id=self.ids, method=method, params=params)
        answer = self.receive(seconds)
        while answer.get("id") != self.ids:
            answer = self.receive(seconds)
        return answer

    def ping_seconds(self):
        """One round trip; answers of other requests that come first are kept."""
        self.ids += 1
        wanted = b'"id":%d' % self.ids
        request = line({"id": self.ids, "method": "ping"})
        begun = time.perf_counter()
        os.write(self.stdin, request)
        answer = self.receive_line(30)
        while wanted not in answer[:200]:
            self.kept.append(answer)
            answer = self.receive_line(30)
        return time.perf_counter() - begun

    def stream_seconds(self, requests, count, seconds=50):
        """Sends all of the requests while it reads `count` answers, all of them results."""
        end = time.monotonic() + seconds
        left, pieces, lines = memoryview(requests), [], 0
        os.set_blocking(self.stdin, False)
        begun = time.perf_counter()
        while lines < count:
            wants_write = [self.stdin] if left else []
            readable, writable, _ = select.select([self.stdout], wants_write, [], 5)
            if readable:
                pieces.append(os.read(self.stdout, PIECE))
                lines += pieces[-1].count(b"\n")
            if writable:
                left = left[os.write(self.stdin, left[:PIECE]):]
            if time.monotonic() > end or (readable and not pieces[-1]):
                raise TimeoutError("only %d of %d answers came" % (lines, count))
        took = time.perf_counter() - begun
        os.set_blocking(self.stdin, True)
        results = b"".join(pieces).count(b'"result":')
        if results != count:
            raise ValueError("%d of %d answers are results" % (results, count))
        return took

    def memory(self, kind):
        """MiB, of kind "VmHWM" (the peak) or "VmRSS" (now)."""
        for row in Path("/proc/%d/status" % self.pid).read_text().splitlines():
            if row.startswith(kind + ":"):
                return int(row.split()[1]) / 1024
        raise LookupError(kind)

    def close(self):
        """Ends its input, and the process itself if it does not end by that."""
        if self.cpu_seconds is not None:
            return
        os.close(self.stdin)
        for end_by in (None, signal.SIGTERM, signal.SIGKILL):
            if end_by is not None:
                os.kill(self.pid, end_by)
            if self._wait(2):
                break
        os.close(self.stdout)

    def _wait(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pid, _, usage = os.wait4(self.pid, os.WNOHANG)
            if pid == self.pid:
                self.cpu_seconds = usage.ru_utime + usage.ru_stime
                return True
            time.sleep(0.001)
        return False
