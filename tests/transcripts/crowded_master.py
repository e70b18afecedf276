"""Spark's web UIs let one connection wait to be accepted: many at once are dropped by the kernel, and each costs 0.2 s and
more. So few connections are opened at once; and a few more after 0.1 s when answers are slow, so that none holds up another.

usage: crowded_master.py SERVER_BINARY
"""

import http.server
import json
import subprocess
import sys
import threading
import time

CALLS = 12
STATE = json.dumps({"status": "ALIVE", "url": "spark://m:7077", "workers": [], "activeapps": [], "completedapps": []}).encode()


class Master(http.server.ThreadingHTTPServer):
    request_queue_size = 64

    def __init__(self, seconds):
        super().__init__(("127.0.0.1", 0), Handler)
        self.daemon_threads = True
        self.seconds = seconds
        self.lock = threading.Lock()
        self.waiting = self.new = self.most = self.most_new = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def setup(self):
        super().setup()
        self.is_new = 1

    def count(self, change):
        master = self.server
        with master.lock:
            master.waiting += change
            master.new += change * self.is_new
            master.most = max(master.most, master.waiting)
            master.most_new = max(master.most_new, master.new)

    def do_GET(self):
        self.count(1)
        time.sleep(self.server.seconds)
        self.count(-1)
        self.is_new = 0
        self.send_response(200)
        self.send_header("Content-Length", str(len(STATE)))
        self.end_headers()
        self.wfile.write(STATE)


def most_at_once(server, seconds):
    master = Master(seconds)
    environment = {"SPARK_MASTER": "spark://m:7077", "SPARK_MASTER_UI_URL": "http://127.0.0.1:%d" % master.server_port}
    requests = [{"jsonrpc": "2.0", "id": "begin", "method": "initialize", "params": {"protocolVersion": "2025-11-25"}}]
    requests += [{"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {
        "name": "monitor-cluster", "arguments": {"metric_type": "cluster"}}} for number in range(CALLS)]
    lines = "".join(json.dumps(request) + "\n" for request in requests).encode()
    came = subprocess.run([server], input=lines, stdout=subprocess.PIPE, env=environment, check=True, timeout=60)
    answers = [json.loads(line)["result"] for line in came.stdout.splitlines()][1:]
    assert len(answers) == CALLS and not any(answer.get("isError") for answer in answers), answers
    return master


quick, slow = most_at_once(sys.argv[1], 0.04), most_at_once(sys.argv[1], 1)
print("new at once: %d of a quick master; at once: %d of a slow one" % (quick.most_new, slow.most))
sys.exit(not (quick.most_new <= 4 and slow.most >= 6))  # 3, and one more by the clock where the machine is busy
