"""A creation that a master may have acted upon is not sent again, nor to another one: two drivers would run. The first
master here answers until a job is submitted; then it says nothing, or closes the connection. A transcript cannot do it.

usage: silent_master.py SERVER_BINARY
"""

import http.server
import json
import subprocess
import sys
import threading

NOTHING = "http://127.0.0.1:9"
FOR_NOBODY = b'{"success":false,"serverSparkVersion":"3.5.9"}'
ARGUMENTS = {"application_file": "hdfs://n/job.py", "wait_seconds": 0}
REQUESTS = [{"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-11-25"}},
            {"jsonrpc": "2.0", "id": 1, "method": "tools/call",
             "params": {"name": "submit-spark-job", "arguments": ARGUMENTS}}]


class Master(http.server.ThreadingHTTPServer):
    def __init__(self, closes):
        super().__init__(("127.0.0.1", 0), Handler)
        self.daemon_threads = True
        self.closes = closes
        self.asked = []
        self.ending = threading.Event()
        self.url = "http://127.0.0.1:%d" % self.server_port
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(FOR_NOBODY)))
        self.end_headers()
        self.wfile.write(FOR_NOBODY)

    def do_POST(self):
        self.server.asked.append(self.path)
        if not self.server.closes:
            self.server.ending.wait()
        self.close_connection = True


def submit(server, masters):
    environment = {"SPARK_MASTER": "spark://a:7077,b:7077", "SPARK_HTTP_TIMEOUT": "1", "SPARK_HISTORY_URL": NOTHING,
                   "SPARK_REST_URL": ",".join(master.url for master in masters),
                   "SPARK_MASTER_UI_URL": NOTHING + "," + NOTHING}
    lines = "".join(json.dumps(request) + "\n" for request in REQUESTS).encode()
    came = subprocess.run([server], input=lines, stdout=subprocess.PIPE, env=environment, check=True, timeout=60)
    return json.loads(came.stdout.splitlines()[1])["result"]["content"][0]["text"]


failed = 0
for closes, wanted in (False, "accepted the connection but did not answer"), (True, "broke off its answer"):
    masters = [Master(closes), Master(closes)]
    text = submit(sys.argv[1], masters)
    for master in masters:
        master.ending.set()
    asked = [master.asked for master in masters]
    if sum("create" in path for paths in asked for path in paths) != 1 or wanted not in text:
        failed += 1
        print("FAILED: want one creation and '%s', got %s and %s" % (wanted, asked, text))
print("%d passed, %d failed" % (2 - failed, failed))
sys.exit(failed > 0)
