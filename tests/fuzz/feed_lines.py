#!/usr/bin/env python3
"""Lines of the corpus, spoilt by chance, fed to one server whose input stays open.

Every line that comes back must be JSON, the server must live to the end, and a ping after every thousand lines
must be answered. The same seed feeds the same lines.

usage: feed_lines.py SERVER_BINARY [LINES [SEED]]
"""

import json
import queue
import random
import subprocess
import sys
import threading
from pathlib import Path

NOTHING = "http://127.0.0.1:9"
ENVIRONMENT = {"SPARK_MASTER": "spark://127.0.0.1:9", "SPARK_REST_URL": NOTHING, "SPARK_MASTER_UI_URL": NOTHING,
               "SPARK_HISTORY_URL": NOTHING, "MCP_SPARK_LOG_LEVEL": "off"}
PATIENCE = 120  # seconds for the answer to a ping
PIECES = [b'"', b"{", b"}", b"[", b"]", b":", b",", b"null", b"1e999", b"-0", b"99999999999999999999", b"\\u0000", b"\\ud800",
          b"\x00", b"\xff", b"\xe2\x80\xa8", b"\r", b'"id":1', b'"method":"tools/call"', b'"params":{}', b"2026-07-28",
          b'"_meta":{"progressToken":1}', b'"name":"execute-sql"', b'"arguments":{"sql":"select 1"}', b"[" * 300]


def corpus():
    for path in sorted((Path(__file__).parent / "corpus").iterdir()):
        yield from (line for line in path.read_bytes().split(b"\n") if len(line) < 20000)


def spoilt(line, chance):
    line = bytearray(line)
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(line) + 1)
        way = chance.randrange(4)
        if way == 0:
            line[at:at] = chance.choice(PIECES)
        elif way == 1:
            del line[at:at + chance.randrange(1, 9)]
        elif way == 2 and at < len(line):
            line[at] = chance.randrange(256)
        else:
            line = line[:at] + line[at // 2:]
    return bytes(line).replace(b"\n", b" ")


class Fed:
    """The server, and what it says."""

    def __init__(self, binary):
        self.child = subprocess.Popen([binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT)
        self.pongs = queue.Queue()
        self.lines, self.broken = 0, []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.child.stdout:
            self.lines += 1
            try:
                message = json.loads(line)
            except ValueError:
                self.broken.append(line[:200])
                continue
            if isinstance(message, dict) and str(message.get("id", "")).startswith("alive-"):
                self.pongs.put(message["id"])

    def check(self, name):
        self.child.stdin.write(json.dumps({"jsonrpc": "2.0", "id": name, "method": "ping"}).encode() + b"\n")
        self.child.stdin.flush()
        while self.pongs.get(timeout=PATIENCE) != name:
            pass


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 20000
    chance = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    lines = list(corpus())
    fed = Fed(sys.argv[1])
    problem = ""
    try:
        for number in range(count):
            fed.child.stdin.write(spoilt(chance.choice(lines), chance) + b"\n")
            if number % 1000 == 999:
                fed.check("alive-%d" % number)
        fed.check("alive-at-the-end")
        fed.child.stdin.close()
        if fed.child.wait(PATIENCE) != 0:
            problem = "the server ended with %d" % fed.child.returncode
    except (OSError, queue.Empty) as error:
        problem = "after %d lines: %r, exit code %s" % (number, error, fed.child.poll())
        fed.child.kill()
    problem = problem or ("not JSON: %r" % fed.broken[0] if fed.broken else "")
    print(problem or "%d lines fed, %d came back" % (count, fed.lines))
    print("%d passed, %d failed" % (not problem, bool(problem)))
    sys.exit(bool(problem))


main()
