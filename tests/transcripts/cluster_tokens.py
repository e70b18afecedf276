"""Each cluster is given its own token and never another's, nor one of the plain variables; none is shown. A transcript
cannot see what arrives.

usage: cluster_tokens.py SERVER_BINARY
"""

import http.server
import json
import os
import subprocess
import sys
import threading

NOTHING = "http://127.0.0.1:9"
MASTER = json.dumps({"url": "spark://m:7077", "status": "ALIVE", "aliveworkers": 0, "cores": 0, "memory": 0, "workers": [],
                     "activeapps": [], "completedapps": [], "activedrivers": [], "completeddrivers": []}).encode()
TOKENS = {"one": "horsebattery", "two": "staplecorrect", "none": None}
PLAIN = "plainplainplain"


class Master(http.server.ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.daemon_threads = True
        self.tokens = []
        self.sends_on = False
        self.url = "http://127.0.0.1:%d" % self.server_port
        self.other_url = "http://localhost:%d" % self.server_port
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.server.tokens.append(self.headers.get("Authorization"))
        if self.server.sends_on and self.headers["Host"].startswith("127."):
            self.send_response(302)
            self.send_header("Location", self.server.other_url + self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(MASTER)))
        self.end_headers()
        self.wfile.write(MASTER)


def settings(name, master):
    own = {"SPARK_MASTER": "spark://m:7077,n:7077", "SPARK_REST_URL": NOTHING + "," + NOTHING,
           "SPARK_HISTORY_URL": NOTHING, "SPARK_MASTER_UI_URL": master.url + "," + (
               "http://localhost:9" if master.sends_on else NOTHING)}
    return {**own, **({"SPARK_UI_AUTH": "bearer:" + TOKENS[name]} if TOKENS[name] else {})}


def call(id, tool, **arguments):
    return {"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


masters = {name: Master() for name in TOKENS}
masters["two"].sends_on = True  # to a host that is this cluster's alone: hosts count, not ports
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
for name, token in TOKENS.items():
    wanted = {"Bearer " + token if token else None}
    if set(masters[name].tokens) != wanted:
        failed.append("%s: want %s, got %s" % (name, wanted, masters[name].tokens))
shown = served.stdout + served.stderr + checked.stdout + checked.stderr
failed += ["'%s' was shown" % token for token in (*TOKENS.values(), PLAIN) if token and token.encode() in shown]
failed += ["want all clusters in --check"] if not all(b"%s:\n" % name.encode() in checked.stdout for name in TOKENS) else []
print("\n".join(failed) or "%d clusters passed" % len(TOKENS))
sys.exit(len(failed) > 0)
