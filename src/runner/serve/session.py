"""The session: a SparkSession that stays warm behind a small HTTP server on the driver's host.

Who knows the token may use it: one server, or those that share the session. Whoever else asks gets 401 and nothing else.

POST /operations              {"id", "operation", "arguments", "waitMs"}: start (or find) an operation
GET  /operations/ID?waitMs=N  its kind, state, progress and, once it is done, its outcome
                              &printed=M: it comes when more than M characters were printed
GET  /operations/ID/piece     &from=N: what comes after N bytes of its result, as text
POST /operations/ID/cancel    stop its Spark jobs; the session goes on
GET  /status                  {"state", "applicationId", "running", "idleSeconds"}; also the sign of life

It ends by itself when it has been idle for long, when its server has not been heard of, and
(launch.py) when its JVM has gone.
"""

import hmac
import json
import os
import socket
import sys
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from .. import foreign_types, read_only
from ..context import Context
from ..protocol import HEADER_TOKEN, WORD_RELAY, WORD_SESSION, WORD_SESSION_ENDS, mark_line
from ..storage import catalog
from . import main_thread, place, relay, starting
from .operations import Operations

LOOK_SECONDS = 0.5
SILENT_SECONDS = 7  # more than a server lets pass between its signs of life
TIDY_AFTER = (5, 6, 7)  # seconds of rest; again, as what is collected lets go of more
BODY_MAX = 32 * 1024 * 1024
HEAD_SECONDS = 5  # in which a connection shows the token
PROVEN_SECONDS = 120  # on a connection that has shown it, without anything coming
UNPROVEN_MAX = 32  # connections that have shown no token yet; the server uses up to 8
WAIT_MAX_MS = 30000


class Session:
    def __init__(self, settings):
        self.token = settings["token"].encode("ascii")
        self.challenge = settings.get("challenge")  # None: the token has been shown, no proof is needed
        self.response = settings.get("response")
        self.idle_seconds = settings.get("idleSeconds", 900)
        self.gone_seconds = settings.get("goneSeconds", 30)
        self.grace_seconds = settings.get("graceSeconds", self.gone_seconds)
        self.operations = Operations(settings)
        self.heard = time.monotonic()
        self.tidied = 0  # times since the last operation
        self.ending = threading.Event()
        self.why = ""

    def end(self, why):
        self.why = self.why or why
        self.ending.set()

    def is_known(self, header):
        given = (header or "").encode("utf-8", "replace")
        return hmac.compare_digest(given, b"Bearer " + self.token)

    def is_challenged(self, header):
        """By the server that looks for this session, and shows its token to no other."""
        given = (header or "").encode("utf-8", "replace")
        return self.challenge is not None and hmac.compare_digest(given, b"Bearer " + self.challenge.encode("ascii"))

    def status(self):
        running = self.operations.running()
        status = {"state": "ready" if self.operations.is_ready.is_set() else "starting", "running": len(running)}
        if self.operations.spark is not None:
            context = self.operations.spark.sparkContext
            status["applicationId"] = context.applicationId
            if context.master.startswith("local["):
                status["application"] = describe(context)
        if not running:
            status["idleSeconds"] = int(time.monotonic() - self.operations.last_end)
        return status

    def watch(self):
        """Until something ends the session. Before Python 3.11 a wait with a time limit goes by the wall clock: one
        that is set back by an hour would stop this for an hour."""
        while not self.ending.is_set():
            time.sleep(LOOK_SECONDS)
            now = time.monotonic()
            if now - self.heard > SILENT_SECONDS:
                self.operations.keep_delivered()
            self.operations.look_after()
            if now - self.heard > self.patience():
                self.end("unheard")
            elif not self.operations.running():
                self.rest(now - self.operations.last_end)

    def patience(self):
        """Seconds in which the server has to be heard of; more while there is work it will want to know of."""
        if self.operations.are_awaited():
            return max(self.grace_seconds, self.gone_seconds)
        return self.gone_seconds

    def rest(self, seconds):
        """What is done after so long without an operation."""
        if seconds > self.idle_seconds:
            if self.operations.close(unless_running=True):
                self.end("idle")
        elif seconds < TIDY_AFTER[0]:
            self.tidied = 0
        elif self.tidied < len(TIDY_AFTER) and seconds > TIDY_AFTER[self.tidied]:
            self.tidied += 1
            self.operations.tidy()


def describe(context):
    """As a master would, which knows nothing of an application without executors. The server gives memory in MiB."""
    memory = context.getConf().get("spark.driver.memory", "0m")
    return {"id": context.applicationId, "name": context.appName, "state": "RUNNING", "user": context.sparkUser(),
            "cores": context.defaultParallelism, "memoryperexecutor": int(memory[:-1]), "starttime": context.startTime,
            "duration": int(time.time() * 1000) - context.startTime, "ui": context.uiWebUrl or ""}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = HEAD_SECONDS
    session = None

    def log_message(self, *args):
        pass  # the driver's output is for results

    def do_GET(self):
        self.handle_request("GET")

    def do_POST(self):
        self.handle_request("POST")

    def is_known(self):
        return self.session.is_known(self.shown())

    def shown(self):
        """What is shown as the token. On the way through Spark's pages Authorization belongs to who stands before them."""
        headers = getattr(self, "headers", None) or {}  # not there when even the first line was none
        return headers.get(HEADER_TOKEN) or headers.get("Authorization")

    def handle_expect_100(self):
        return super().handle_expect_100() if self.is_known() else True

    def send_error(self, code, message=None, explain=None):
        """What http.server refuses by itself, with a page that tells who it is."""
        self.close_connection = True
        self.send(code if self.is_known() else 401, b"")

    def handle_request(self, method):
        if not self.is_known():
            self.close_connection = True
            if self.path == "/proof" and self.session.is_challenged(self.shown()):
                self.send(200, json.dumps({"response": self.session.response}).encode("ascii"))
            else:
                self.send(401, b"")
            return
        self.session.challenge = None
        self.session.heard = time.monotonic()
        self.server.prove(self.connection)
        length = self.headers.get("Content-Length") or "0"
        is_number = length.isascii() and length.isdigit()
        if not is_number or len(length) > 18 or int(length) > BODY_MAX:
            self.close_connection = True
            self.send(413 if is_number else 400, b"")
            return
        body = self.rfile.read(int(length))
        address = urlsplit(self.path)
        parts = address.path.strip("/").split("/")
        answer = self.route(method, parts, parse_qs(address.query), body)
        if answer is None:
            self.send(404, b'{"message":"no such operation"}')
        else:
            self.send(200, answer if isinstance(answer, bytes) else answer.encode("utf-8"))
        self.session.heard = time.monotonic()

    def route(self, method, parts, query, body):
        operations = self.session.operations
        if method == "GET" and parts == ["status"]:
            return json.dumps(self.session.status())
        if method == "POST" and parts == ["operations"]:
            request = json.loads(body.decode("utf-8"))
            operation = operations.start(request["id"], request["operation"], request.get("arguments", {}))
            operation.wait(wait_seconds(request.get("waitMs", 0)))
            return operation.describe()
        if method == "POST" and parts[:1] == ["operations"] and parts[2:] == ["cancel"]:
            return operations.cancel(parts[1]).describe()
        operation = operations.find(parts[1]) if len(parts) > 1 and parts[0] == "operations" else None
        if operation is None:
            return None
        if parts[2:] == ["piece"]:
            pieces = operation.context.pieces
            return pieces and pieces.take(int(query["from"][0]), wait_seconds(query.get("waitMs", ["0"])[0]))
        printed = int(query.get("printed", ["0"])[0])
        operation.wait(wait_seconds(query.get("waitMs", ["0"])[0]), printed)
        return operation.describe(printed)

    def send(self, status, body):
        """Head and body in one piece: two would wait for each other's acknowledgement."""
        self.send_response_only(status)
        if body:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self._headers_buffer.append(b"\r\n" + body)
        self.flush_headers()


def wait_seconds(wait_ms):
    return min(max(int(wait_ms), 0), WAIT_MAX_MS) / 1000


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address, *args):
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.unproven = {}  # connection -> when it came; the oldest first
        self.lock = threading.Lock()
        super().__init__(address, *args)

    def server_bind(self):
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)  # everywhere is IPv4, too
        super().server_bind()

    def process_request(self, request, client_address):
        """Each connection has a thread: whoever has no token can hold only a few, and not for long. The
        one that waits longest gives way, so that the server, which asks at once, finds room."""
        with self.lock:
            self.unproven[request] = time.monotonic()
            self.drop(len(self.unproven) - UNPROVEN_MAX)
        super().process_request(request, client_address)

    def service_actions(self):
        with self.lock:
            late = time.monotonic() - HEAD_SECONDS
            self.drop(sum(came < late for came in self.unproven.values()))

    def drop(self, count):
        for request in list(self.unproven)[:max(count, 0)]:
            del self.unproven[request]
            try:
                request.shutdown(socket.SHUT_RDWR)  # its thread then ends
            except OSError:  # it has ended by itself
                pass

    def prove(self, request):
        with self.lock:
            self.unproven.pop(request, None)
        request.settimeout(PROVEN_SECONDS)

    def shutdown_request(self, request):
        with self.lock:
            self.unproven.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request, client_address):
        pass  # a connection that broke off


def listen(host, port):
    for address in place.addresses_to_bind(host):
        try:
            return Server((address, port), Handler)
        except OSError as error:
            problem = error
    raise SystemExit("the session cannot listen on port %d of '%s': %s" % (port, host, problem))


def run(settings):
    """Serve until the end; called in the driver's main thread, which is left to main_thread.py."""
    thread = threading.Thread(target=serve_and_exit, args=(settings,), name="session", daemon=True)
    thread.start()
    main_thread.work_while(thread.is_alive)


def serve_and_exit(settings):
    """Threads may still wait for something at the end, so the process ends by force, also when Spark did not
    start."""
    code = 1
    try:
        serve(settings)
        code = 0
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def serve(settings):
    session = Session(settings)
    Handler.session = session
    server = listen(settings.get("host") or "", settings.get("port", 0))
    threading.Thread(target=server.serve_forever, name="http", daemon=True).start()
    host, port = server.server_address[:2]
    say(mark_line(settings["nonce"], WORD_SESSION, ",".join([str(port)] + place.names(host))))
    foreign_types.refuse()
    spark = starting.begin()
    if settings.get("readOnly"):
        read_only.guard(spark)
    if settings.get("catalogFolder"):
        catalog.restore(Context(spark, "restore", settings))
    session.operations.open(spark)
    if settings.get("relay"):
        # Who has come with the token needs none, and it costs a driver that starts 0.25 s on two cores.
        is_reached = session.challenge is None
        say(mark_line(settings["nonce"], WORD_RELAY, relay.NONE if is_reached else relay.attach(
            spark.sparkContext, relay.own_address(host, port))))
        session.heard = time.monotonic()  # whom only this leads here could not be heard of before
    starting.log_as_a_shell(spark)
    session.watch()
    session.operations.close()
    say(mark_line(settings["nonce"], WORD_SESSION_ENDS, session.why))
    spark.stop()


def say(text):
    sys.stdout.write(text)
    sys.stdout.flush()
