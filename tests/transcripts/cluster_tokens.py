"""Each cluster is given its own token and never another's, nor one of the plain variables; none is shown. A transcript
cannot see what arrives.

usage: cluster_tokens.py SERVER_BINARY
"""

import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "spark"))

from pages import NOTHING, call  # noqa: E402
from recorder import Recorder  # noqa: E402

TOKENS = {"one": "horsebattery", "two": "staplecorrect", "none": None}
PLAIN = "plainplainplain"


def settings(name, master):
    own = {"SPARK_MASTER": "spark://m:7077,n:7077", "SPARK_REST_URL": NOTHING + "," + NOTHING,
           "SPARK_HISTORY_URL": NOTHING, "SPARK_MASTER_UI_URL": master.url + "," + (
               "http://localhost:9" if name == "two" else NOTHING)}
    return {**own, **({"SPARK_UI_AUTH": "bearer:" + TOKENS[name]} if TOKENS[name] else {})}


masters = {name: Recorder() for name in TOKENS}
sent_on = masters["two"]  # to a host that is this cluster's alone: hosts count, not ports
masters["two"] = Recorder(redirect="http://localhost:%d" % sent_on.port)
environment = {"PATH": os.environ["PATH"], "SPARK_UI_AUTH": "bearer:" + PLAIN, "SPARK_HTTP_TIMEOUT": "5",
               "MCP_SPARK_LOG_LEVEL": "debug",
               "SPARK_CLUSTERS": json.dumps({name: settings(name, masters[name]) for name in TOKENS})}
requests = [{"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-11-25"}}]
requests += [call(name, "monitor-cluster", cluster=name) for name in TOKENS]
requests += [call("wrong", "monitor-cluster", cluster=TOKENS["one"]), call("id", "monitor-cluster", application_id="app-1")]
lines = "".join(json.dumps(request) + "\n" for request in requests).encode()
served = subprocess.run([sys.argv[1]], input=lines, capture_output=True, env=environment, timeout=60)
checked = subprocess.run([sys.argv[1], "--check"], capture_output=True, env=environment, timeout=60)

failed = ["%s: %s" % (answer["id"], answer["result"]["content"]) for answer in map(json.loads, served.stdout.splitlines())
          if answer["id"] in TOKENS and answer["result"].get("isError")]
for name, master in (*masters.items(), ("two", sent_on)):
    wanted = {"Bearer " + TOKENS[name] if TOKENS[name] else None}
    if set(master.authorizations) != wanted:
        failed.append("%s: want %s, got %s" % (name, wanted, master.authorizations))
shown = served.stdout + served.stderr + checked.stdout + checked.stderr
failed += ["'%s' was shown" % token for token in (*TOKENS.values(), PLAIN) if token and token.encode() in shown]
failed += ["want all clusters in --check"] if not all(b"%s:\n" % name.encode() in checked.stdout for name in TOKENS) else []
print("\n".join(failed) or "%d clusters passed" % len(TOKENS))
sys.exit(len(failed) > 0)
