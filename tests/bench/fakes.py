"""Servers on loopback that play Spark at its worst."""

import http.server
import json
import socket
import threading
import urllib.parse
import zlib

GIGABYTE = 1 << 30
PIECE = 1 << 16
DRIVER = "driver-20261101000000-0000"
WORKER = "worker-20261101000000-127.0.0.1-1"


class Silent:
    """Accepts every connection and never answers."""

    def __enter__(self):
        self.accepted = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def _accept(self):
        while True:
            try:
                self.accepted.append(self.listener.accept()[0])
            except OSError:  # closed
                return

    def __exit__(self, *error):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.accepted:
            connection.close()


class Spark:
    """Master, REST, worker and history server at one address. A page of `pages` is given by the
    start of its path, as (content type, length, pieces of it); others are small and good."""

    def __init__(self, pages=None, headers=()):
        self.pages = pages or {}
        self.headers = headers
        self.sent = 0
        self.url = None

    def __enter__(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.answer(self)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *error: None  # who reads enough breaks off
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        self.environment = {
            "SPARK_MASTER": "spark://127.0.0.1:9", "SPARK_REST_URL": self.url,
            "SPARK_MASTER_UI_URL": self.url, "SPARK_HISTORY_URL": self.url,
            "SPARK_HTTP_TIMEOUT": "60"}
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler):
        for start, page in self.pages.items():
            if handler.path.startswith(start):
                kind, length, pieces = page(handler.path)
                self.send(handler, kind, length, pieces, self.headers)
                return
        body = json.dumps(self.small(handler.path)).encode()
        self.send(handler, "application/json", len(body), [body])

    def send(self, handler, kind, length, pieces, headers=()):
        handler.send_response(200)
        for name, value in (("Content-Type", kind), ("Content-Length", str(length)), *headers):
            handler.send_header(name, value)
        handler.end_headers()
        try:
            for piece in pieces:
                handler.wfile.write(piece)
                self.sent += len(piece)
        except OSError:  # enough was read
            handler.close_connection = True

    def small(self, path):
        if path.startswith("/json"):
            return {"url": "spark://127.0.0.1:9", "status": "ALIVE", "aliveworkers": 1, "cores": 4,
                    "coresused": 0, "memory": 4096, "memoryused": 0, "activeapps": [],
                    "completedapps": [], "activedrivers": [], "completeddrivers": [],
                    "workers": [{"id": WORKER, "host": "127.0.0.1", "port": 1, "state": "ALIVE",
                                 "webuiaddress": self.url, "cores": 4, "coresused": 0,
                                 "coresfree": 4, "memory": 4096, "memoryused": 0,
                                 "memoryfree": 4096}]}
        if path.startswith("/v1/submissions/status"):
            return {"action": "SubmissionStatusResponse", "success": True, "submissionId": DRIVER,
                    "driverState": "RUNNING", "workerId": WORKER, "workerHostPort": "127.0.0.1:1",
                    "serverSparkVersion": "3.5.9"}
        return []


def repeated(before, element, after, length):
    """`length` bytes or a little less, all in order: before, many times the element, after."""
    times = (length - len(before) - len(after)) // len(element)
    many = max(1, PIECE // len(element))

    def pieces():
        yield before
        for _ in range(times // many):
            yield element * many
        yield element * (times % many) + after

    return len(before) + times * len(element) + len(after), pieces


def application(number):
    """One of the history server's, as it writes them."""
    return {"id": "app-20261101000000-%06d" % number, "name": "nightly-load", "attempts": [{
        "startTime": "2026-11-01T00:00:00.000GMT", "endTime": "2026-11-01T00:10:00.000GMT",
        "lastUpdated": "2026-11-01T00:10:00.000GMT", "duration": 600000, "sparkUser": "spark",
        "completed": True, "appSparkVersion": "3.5.9", "startTimeEpoch": 1793491200000,
        "endTimeEpoch": 1793491800000, "lastUpdatedEpoch": 1793491800000}]}


def applications(length):
    element = b"," + json.dumps(application(1), indent=2).encode()
    total, pieces = repeated(b"[" + element[1:], element, b"]", length)
    return lambda path: ("application/json", total, pieces())


def applications_packed(length):
    """The same as gzip: little on the wire, all of it in memory if nothing stops it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = [packer.compress(piece) for piece in applications(length)("")[2]]
    packed = [piece for piece in [*packed, packer.flush()] if piece]
    return lambda path: ("application/json", sum(map(len, packed)), packed)


def empty_arrays(length):
    """The JSON that grows most when it is parsed."""
    total, pieces = repeated(b"[[]", b",[]", b"]", length)
    return lambda path: ("application/json", total, pieces())


def states(length):
    """A master with very many ended applications."""
    element = b',{"id":"app-20261101000000-0001","name":"x","state":"FINISHED","cores":1}'
    total, pieces = repeated(b'{"status":"ALIVE","workers":[],"completedapps":[' + element[1:],
                             element, b"]}", length)
    return lambda path: ("application/json", total, pieces())


def ended_applications(count):
    """A master that was told to remember many (spark.deploy.retainedApplications)."""
    state = Spark().small("/json")
    state["completedapps"] = [
        {"id": "app-20261101000000-%06d" % number, "name": "nightly-load", "state": "FINISHED",
         "starttime": 1793491200000, "duration": 600000, "cores": 1, "user": "spark",
         "memoryperexecutor": 1024} for number in range(count)]
    body = json.dumps(state, indent=2).encode()
    return lambda path: ("application/json", len(body), [body])


def whole_log(path):
    """A worker that sends its whole log, however little was asked for."""
    head = b"==== Bytes 0-%d of %d of /opt/spark/work/driver/stdout ====\n" % (GIGABYTE, GIGABYTE)
    total, pieces = repeated(head, b"a line of a log that nobody will ever read to its end\n", b"",
                             GIGABYTE)
    return "text/plain;charset=utf-8", total, pieces()


def log_page(path):
    """A page of a log of 1 GiB, as a worker cuts it."""
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query))
    length = min(int(query["byteLength"]), 1 << 20)
    start = min(int(query.get("offset", GIGABYTE - length)), GIGABYTE)
    end = min(start + length, GIGABYTE)
    body = b"==== Bytes %d-%d of %d of /opt/spark/work/driver/stdout ====\n" % (start, end, GIGABYTE)
    body += (b"a line of a log\n" * (length // 16 + 1))[:end - start]
    return "text/plain;charset=utf-8", len(body), [body]
