"""An HTTP server in the place of Spark that writes down what it was sent, for the faults that no real one has."""

import http.server
import json
import threading

STATE = {"url": "spark://127.0.0.1:1", "status": "ALIVE", "workers": [], "aliveworkers": 0, "cores": 0, "coresused": 0,
         "memory": 0, "memoryused": 0, "activeapps": [], "completedapps": [], "activedrivers": [],
         "completeddrivers": []}
STATUS = {"action": "SubmissionStatusResponse", "success": False, "serverSparkVersion": "3.5.9"}


class Recorder:
    """Keeps (method, path, Authorization, body) of every request; may redirect, name workers, speak TLS, and have nothing.

    A driver "driver-1" runs on the first of the workers, which are addresses of web UIs."""

    def __init__(self, redirect=None, status=302, methods=("GET", "POST"), workers=(), page=None, tls=None, missing=False):
        self.requests = []
        self.workers = workers
        self.page = page  # of applications, in HTML
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.requests.append((self.command, self.path, self.headers.get("Authorization"), body))
                if redirect is not None and self.command in methods:
                    self.send_response(status)
                    self.send_header("Location", redirect + self.path)
                    self.end_headers()
                    return
                kind, text = ("text/html", "<html><title>404 Not Found</title></html>") if missing else \
                    outer.answer(self.path)
                self.send_response(404 if missing else 200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            do_POST = do_GET

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = "%s://127.0.0.1:%d" % ("https" if tls else "http", self.port)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, path):
        """Content type and text: of a master, of one of its workers, of a history server that knows nothing."""
        status, state = STATUS, STATE
        if path.startswith("/log/"):
            return "text/plain", "==== Bytes 0-6 of 6 of /work/driver-1/stdout ====\nhello\n"
        if path.startswith("/app/"):
            return "text/html", self.page
        if self.workers:
            status = {**STATUS, "success": True, "driverState": "RUNNING", "workerId": "worker-0",
                      "workerHostPort": "127.0.0.1:1"}
            state = {**STATE, "workers": [{"id": "worker-%d" % i, "state": "ALIVE", "webuiaddress": url}
                                          for i, url in enumerate(self.workers)]}
        if self.page:
            state = {**state, "activeapps": [{"id": "app-1", "state": "RUNNING"}]}
        return "application/json", json.dumps(status if "/submissions/" in path else
                                              [] if "/api/" in path else state)

    @property
    def authorizations(self):
        return [authorization for _, _, authorization, _ in self.requests]

    @property
    def methods(self):
        return [method for method, _, _, _ in self.requests]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def settings(rest, ui, history, **changes):
    return {"SPARK_MASTER": "spark://127.0.0.1:9", "SPARK_REST_URL": rest.url, "SPARK_MASTER_UI_URL": ui.url,
            "SPARK_HISTORY_URL": history.url, **changes}
