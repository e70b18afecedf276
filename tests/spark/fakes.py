"""HTTP servers that answer as no Spark should."""

import http.server
import json
import threading
import time
import urllib.request

CUT = b'{\n  "url" : "spark://127.0.0.1:7077",\n  "workers" : [ {\n    "id" : "worker-2026'
PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>"
NOT_ALIVE = "Current state is not alive: STANDBY."


class Fake:
    """with Fake("html") as url: every request to url is answered with a page of HTML."""

    def __init__(self, behaviour):
        self.asked = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.asked.append(self.path)
                getattr(outer, behaviour)(self)

            do_POST = do_GET

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.server.shutdown()
        self.server.server_close()

    def send(self, handler, body, kind, length=None):
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(length or len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def html(self, handler):
        self.send(handler, PAGE, "text/html;charset=utf-8")

    def cut(self, handler):
        self.send(handler, CUT, "application/json", len(CUT) + 500)
        handler.close_connection = True

    def half(self, handler):
        """Well sent, but no whole JSON."""
        self.send(handler, CUT, "application/json")

    def silent(self, handler):
        time.sleep(12)
        handler.close_connection = True

    def standby(self, handler):
        """As a standby master: its page, and its submission API (both from a real one's source)."""
        if handler.path.startswith("/json"):
            body = {"url": "spark://127.0.0.1:1", "workers": [], "aliveworkers": 0, "cores": 0, "coresused": 0,
                    "memory": 0, "memoryused": 0, "activeapps": [], "completedapps": [], "activedrivers": [],
                    "completeddrivers": [], "status": "STANDBY"}
        elif "/create" in handler.path:
            body = {"action": "CreateSubmissionResponse", "success": False, "serverSparkVersion": "3.5.9",
                    "message": NOT_ALIVE + " Can only accept driver submissions in ALIVE state."}
        elif "/kill" in handler.path:
            body = {"action": "KillSubmissionResponse", "success": False, "serverSparkVersion": "3.5.9",
                    "message": NOT_ALIVE + " Can only kill drivers in ALIVE state."}
        else:
            body = {"action": "SubmissionStatusResponse", "success": False, "serverSparkVersion": "3.5.9",
                    "message": "Exception from the cluster:\njava.lang.Exception: " + NOT_ALIVE
                               + " Can only request driver status in ALIVE state."}
        self.send(handler, json.dumps(body).encode(), "application/json;charset=utf-8")


class Lossy(Fake):
    """Passes requests on to the url and back, but the first answer to a submission is lost; the submission itself
    is too unless it `arrives`."""

    def __init__(self, url, arrives):
        super().__init__("relay")
        self.target, self.arrives, self.has_lost = url, arrives, False

    def relay(self, handler):
        body = handler.body if handler.command == "POST" else None
        is_lost = handler.path.endswith("/create") and not self.has_lost
        self.has_lost = self.has_lost or is_lost
        if is_lost and not self.arrives:
            handler.close_connection = True
            return
        request = urllib.request.Request(self.target + handler.path, body, method=handler.command)
        with urllib.request.urlopen(request, timeout=20) as answer:
            content = answer.read()
        if is_lost:
            handler.close_connection = True
        else:
            self.send(handler, content, "application/json")
