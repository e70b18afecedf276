"""Each signal by which a host ends a server ends this one: soon, in order, with a call in flight. On a terminal it says
what it waits for.

usage: signals.py SERVER_BINARY
"""

import json
import os
import signal
import socket
import subprocess
import sys

REQUESTS = [{"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-11-25"}},
            {"jsonrpc": "2.0", "id": 1, "method": "tools/call",
             "params": {"name": "monitor-cluster", "arguments": {"metric_type": "cluster"}}}]


def check(binary, number, silent):
    master = "http://127.0.0.1:%d" % silent.getsockname()[1]
    process = subprocess.Popen(
        [binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={"SPARK_MASTER": "spark://127.0.0.1:9", "SPARK_MASTER_UI_URL": master, "SPARK_HISTORY_URL": master})
    process.stdin.write(b"".join(json.dumps(request).encode() + b"\n" for request in REQUESTS))
    process.stdin.flush()
    asked, _ = silent.accept()  # the call has asked the master, which says nothing
    process.send_signal(number)
    try:
        code = process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        code = "none in 5 s"
    asked.close()
    told = process.stderr.read().decode()
    if code != 0 or told:
        return "%s: exit code %s, stderr '%s'" % (number.name, code, told[:300])
    return ""


def check_terminal(binary):
    mine, its = os.openpty()
    process = subprocess.Popen([binary], stdin=its, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={})
    os.close(its)
    told = process.stderr.readline().decode()
    os.close(mine)
    process.communicate(timeout=10)
    return "" if "waits for MCP requests" in told else "a terminal is told '%s'" % told


def main():
    silent = socket.create_server(("127.0.0.1", 0))
    silent.settimeout(10)
    signals = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    problems = [problem for problem in (check(sys.argv[1], number, silent) for number in signals) if problem]
    problems += filter(None, [check_terminal(sys.argv[1])])
    print("\n".join(problems) or "%d signals" % len(signals))
    sys.exit(1 if problems else 0)


main()
