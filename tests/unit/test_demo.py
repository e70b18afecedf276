#!/usr/bin/env python3
"""Check what the demo ends with: a command for a shell and a host's configuration, as they are pasted.

usage: test_demo.py ROOT SERVER_BINARY
"""

import json
import os
import shlex
import subprocess
import sys

ROOT, BINARY = map(os.path.abspath, sys.argv[1:])
sys.path.insert(0, os.path.join(ROOT, "examples"))

import demo  # noqa: E402

os.environ["SPARK_MASTER"] = "spark://127.0.0.1:9"
os.environ.update(dict.fromkeys(["SPARK_REST_URL", "SPARK_MASTER_UI_URL", "SPARK_HISTORY_URL"], "http://127.0.0.1:9"))
command = shlex.split(demo.next_command(BINARY))
views = json.loads(command[-1].partition("=")[2])
assert all(os.path.isabs(view["path"]) and os.path.exists(view["path"]) for view in views.values()), views
told = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20)
assert told.returncode == 1 and b"127.0.0.1:9" in told.stderr, told  # it was understood, and looks for Spark

server = json.loads(demo.host_configuration(BINARY))["mcpServers"]["spark"]
assert server["env"] == {"SPARK_MASTER": "spark://127.0.0.1:9", "PYSPARK_PYTHON": sys.executable,
                         **({"JAVA_HOME": os.environ["JAVA_HOME"]} if os.environ.get("JAVA_HOME") else {})}, server
assert os.path.isabs(server["command"]) and os.access(server["command"], os.X_OK), server
print("the demo's end can be pasted")
