"""The session's HTTP server: who may use it, what it answers, how it ends. No Spark runs here."""

import errno
import hmac
import http.client
import json
import socket
import threading
from types import SimpleNamespace

import pytest

from runner import operations, session
from runner.session import Handler, Server, Session

from fakes import Clock, Spark, bring

TOKEN = "0123456789abcdef" * 4
PATIENCE = 20  # seconds for what takes none
REFUSED = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def settings(**more):
    return dict({"token": TOKEN, "idleSeconds": 900, "goneSeconds": 30}, **more)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(session, "time", clock)
    monkeypatch.setattr(operations, "time", clock)
    return clock


@pytest.fixture
def service(monkeypatch):
    """A session that listens, with a Spark that is ready."""
    service = Session(settings())
    service.operations.open(Spark())
    monkeypatch.setattr(Handler, "session", service)
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    service.port = server.server_port
    yield service
    server.shutdown()
    server.server_close()


@pytest.fixture
def gate(monkeypatch):
    """Operations of the kind "gate" go on until it is set."""
    gate = threading.Event()

    def run(context, arguments):
        while not gate.wait(0.01):
            context.check()
        return {"arguments": arguments}

    bring(monkeypatch, "gate", run)
    yield gate
    gate.set()


def talk(service, data):
    """Everything that comes back for these bytes, until the other side closes."""
    with socket.create_connection(("127.0.0.1", service.port), PATIENCE) as connection:
        connection.sendall(data)
        came = b""
        while True:
            try:
                piece = connection.recv(65536)
            except ConnectionResetError:
                piece = b""
            if not piece:
                return came
            came += piece


def ask(service, method, path, body=None, token=TOKEN, connection=None):
    own = connection or http.client.HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE)
    headers = {"Authorization": "Bearer " + token} if token else {}
    own.request(method, path, None if body is None else json.dumps(body), headers)
    response = own.getresponse()
    text = response.read()
    if connection is None:
        own.close()
    return SimpleNamespace(status=response.status, text=text, headers=dict(response.getheaders()),
                           json=json.loads(text) if text else None)


def start(service, id, kind="gate", wait_ms=0, **arguments):
    return ask(service, "POST", "/operations",
               {"id": id, "operation": kind, "arguments": arguments, "waitMs": wait_ms})


# Who may use it

HEADERS = ["", "Authorization: \r\n", "Authorization: Bearer\r\n", "Authorization: Bearer \r\n",
           "Authorization: Bearer x\r\n", "Authorization: " + TOKEN + "\r\n",
           "Authorization: Basic " + TOKEN + "\r\n", "Authorization: bearer " + TOKEN + "\r\n",
           "Authorization: Bearer " + TOKEN[:-1] + "\r\n", "Authorization: Bearer " + TOKEN + "0\r\n",
           "Authorization: Bearer \xfc\r\n", "X-Authorization: Bearer " + TOKEN + "\r\n"]


@pytest.mark.parametrize("header", HEADERS)
def test_without_the_token_the_answer_is_401_and_nothing_else(service, header):
    assert talk(service, ("GET /status HTTP/1.1\r\nHost: h\r\n%s\r\n" % header).encode("latin-1")) == REFUSED


@pytest.mark.parametrize("path", ["/", "/status", "/operations", "/operations/op-1", "/end", "/no-such-thing",
                                  "/status?token=" + TOKEN, "*", "http://other/status"])
def test_without_the_token_every_path_looks_the_same(service, path):
    assert talk(service, ("GET %s HTTP/1.1\r\n\r\n" % path).encode()) == REFUSED


@pytest.mark.parametrize("method", ["POST", "PUT", "HEAD", "OPTIONS", "DELETE", "TRACE", "BREW"])
def test_without_the_token_every_method_looks_the_same(service, method):
    assert talk(service, ("%s /status HTTP/1.1\r\n\r\n" % method).encode()) == REFUSED


@pytest.mark.parametrize("request_line", [
    b"x\r\n\r\n", b"GET /status HTTP/9\r\n\r\n", b"GET /status FTP/1.1\r\n\r\n", b"GET / HTTP/2.0\r\n\r\n",
    b"GET /" + b"x" * 70000 + b" HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n",
    b"BREW /\r\n\r\n", b"GET /\r\n\r\n"])
def test_what_is_no_request_learns_nothing(service, request_line):
    assert talk(service, request_line) in (REFUSED, b"")


def test_an_unknown_that_asks_whether_to_go_on_is_refused(service):
    assert talk(service, b"POST /operations HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n") == REFUSED


def test_an_unknown_starts_nothing(service, gate):
    answer = ask(service, "POST", "/operations", {"id": "op-1", "operation": "gate"}, token="x")
    assert (answer.status, answer.text) == (401, b"")
    assert service.operations.find("op-1") is None


def test_an_unknown_ends_nothing(service):
    assert ask(service, "POST", "/end", token="x").status == 401
    assert not service.ending.is_set()


def test_an_unknown_is_no_sign_of_life(service):
    service.heard = 5
    ask(service, "GET", "/status", token="x")
    assert service.heard == 5


def test_a_request_with_the_token_is_a_sign_of_life(service):
    service.heard = 5
    ask(service, "GET", "/status")
    assert service.heard > 5


def test_the_token_is_compared_in_constant_time(service, monkeypatch):
    compared = []
    monkeypatch.setattr(session, "hmac", SimpleNamespace(
        compare_digest=lambda *texts: compared.append(texts) or hmac.compare_digest(*texts)))
    assert ask(service, "GET", "/status", token="x").status == 401
    assert compared == [(b"Bearer x", b"Bearer " + TOKEN.encode())]


def test_nothing_of_requests_is_printed(service, capfd):
    ask(service, "GET", "/status")
    ask(service, "GET", "/status", token="x")
    talk(service, b"x\r\n\r\n")
    assert capfd.readouterr() == ("", "")


# What it answers

def test_an_answer_has_no_more_headers_than_it_needs(service):
    answer = ask(service, "GET", "/status")
    assert sorted(answer.headers) == ["Content-Length", "Content-Type"]


def test_the_status_tells_the_application(service, gate):
    answer = ask(service, "GET", "/status").json
    assert answer == {"state": "ready", "running": 0, "applicationId": "app-fake", "idleSeconds": 0}
    start(service, "op-1")
    answer = ask(service, "GET", "/status").json
    assert answer == {"state": "ready", "running": 1, "applicationId": "app-fake"}


def test_the_status_tells_that_spark_still_starts(service):
    service.operations = operations.Operations({})
    answer = ask(service, "GET", "/status").json
    assert answer["state"] == "starting" and "applicationId" not in answer


def test_an_operation_that_is_quick_is_answered_at_once(service, gate):
    gate.set()
    answer = start(service, "op-1", wait_ms=20000, sql="x")
    assert answer.json["state"] == "done"
    assert answer.json["outcome"] == {"ok": True, "result": {"arguments": {"sql": "x"}}}


def test_an_operation_that_takes_long_is_answered_with_its_state(service, gate):
    answer = start(service, "op-1", wait_ms=10)
    assert answer.json["id"] == "op-1" and answer.json["state"] in ("queued", "running")
    assert "outcome" not in answer.json


def test_an_operation_is_asked_for_by_its_id(service, gate):
    start(service, "op-1")
    threading.Timer(0.05, gate.set).start()
    answer = ask(service, "GET", "/operations/op-1?waitMs=20000")
    assert answer.json["outcome"]["ok"] is True


def test_an_outcome_can_be_fetched_again(service, gate):
    gate.set()
    first = start(service, "op-1", wait_ms=20000).json["outcome"]
    assert ask(service, "GET", "/operations/op-1").json["outcome"] == first


def test_the_same_id_twice_runs_once(service, monkeypatch):
    runs = []
    bring(monkeypatch, "fake", lambda *_: {"run": runs.append(1) or len(runs)})
    first = start(service, "op-1", "fake", 20000).json["outcome"]
    assert start(service, "op-1", "fake", 20000).json["outcome"] == first
    assert runs == [1]


@pytest.mark.parametrize("method, path", [
    ("GET", "/operations/op-9"), ("POST", "/operations/op-9/cancel"), ("GET", "/operations"), ("GET", "/"),
    ("GET", "/nothing"), ("GET", "/nothing/op-1")])
def test_what_is_not_there_is_404(service, method, path):
    assert ask(service, method, path).status == 404


def test_an_operation_is_cancelled_and_the_session_goes_on(service, gate):
    start(service, "op-1")
    assert ask(service, "POST", "/operations/op-1/cancel").status == 200
    answer = ask(service, "GET", "/operations/op-1?waitMs=20000")
    assert answer.json["outcome"]["error"]["class"] == "CANCELLED"
    assert service.operations.spark.sparkContext.cancelled == ["op-1"]
    assert ask(service, "GET", "/status").status == 200 and not service.ending.is_set()


def test_a_connection_serves_several_requests(service):
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE)
    ask(service, "GET", "/status", connection=connection)
    first = connection.sock
    ask(service, "GET", "/status", connection=connection)
    assert first is not None and connection.sock is first
    connection.close()


def test_an_answer_that_waits_does_not_hold_others_back(service, gate):
    start(service, "op-1")
    waiting = threading.Thread(target=ask, args=(service, "GET", "/operations/op-1?waitMs=20000"))
    waiting.start()
    assert ask(service, "GET", "/status").status == 200
    assert waiting.is_alive()
    gate.set()
    waiting.join(PATIENCE)


@pytest.mark.parametrize("wait_ms, seconds", [("0", 0), ("1500", 1.5), ("-5", 0), ("99999999", 30)])
def test_nobody_waits_longer_than_half_a_minute(wait_ms, seconds):
    assert session.wait_seconds(wait_ms) == seconds


def test_a_body_that_is_too_large_is_not_read(service):
    answer = talk(service, ("POST /operations HTTP/1.1\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n"
                            % (TOKEN, session.BODY_MAX + 1)).encode())
    assert answer.startswith(b"HTTP/1.1 413 ") and answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("body", [b"no JSON", b"[]", b"{}", b"\xff"])
def test_a_body_that_is_no_operation_leaves_the_session_running(service, body):
    came = talk(service, b"POST /operations HTTP/1.1\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s"
                % (TOKEN.encode(), len(body), body))
    assert came == b""
    assert ask(service, "GET", "/status").status == 200


def test_a_method_that_there_is_not_is_told_to_who_has_the_token(service):
    came = talk(service, ("PUT /status HTTP/1.1\r\nAuthorization: Bearer %s\r\n\r\n" % TOKEN).encode())
    assert came.startswith(b"HTTP/1.1 501 ") and came.endswith(b"\r\n\r\n")


def test_a_session_can_be_ended(service):
    assert ask(service, "POST", "/end").status == 200
    assert service.ending.is_set() and service.why == "asked"


# How it ends

class Watched:
    """A session whose watch() runs, with a clock that is wound by hand."""

    def __init__(self, monkeypatch, clock, **more):
        monkeypatch.setattr(session, "LOOK_SECONDS", 0.001)
        self.looks = 0
        self.clock = clock
        self.session = Session(settings(**more))
        self.session.operations.open(Spark())
        look_after = self.session.operations.look_after
        self.session.operations.look_after = lambda: (look_after(), setattr(self, "looks", self.looks + 1))
        self.thread = threading.Thread(target=self.session.watch, daemon=True)
        self.thread.start()

    def wind(self, seconds):
        """After that time, whether it goes on."""
        self.clock.now += seconds
        before = self.looks
        while self.looks < before + 3 and self.thread.is_alive():
            self.thread.join(0.001)
        return self.thread.is_alive()


@pytest.fixture
def watched(monkeypatch, clock):
    made = []

    def watch(**more):
        made.append(Watched(monkeypatch, clock, **more))
        return made[-1]

    yield watch
    for one in made:
        one.session.end("test")
        one.thread.join(PATIENCE)


def test_a_session_without_an_operation_ends_as_idle(watched):
    one = watched(idleSeconds=20)
    assert one.wind(20)
    assert not one.wind(1)
    assert one.session.why == "idle"


def test_an_operation_puts_the_end_off(watched, gate):
    one = watched(idleSeconds=20)
    operation = one.session.operations.start("op-1", "gate", {})
    one.session.heard += 1000
    assert one.wind(100)
    gate.set()
    operation.wait(PATIENCE)
    assert one.wind(20)
    assert not one.wind(1)
    assert one.session.why == "idle"


def test_a_session_whose_server_is_silent_ends_as_unheard(watched):
    one = watched(goneSeconds=30)
    assert one.wind(30)
    assert not one.wind(1)
    assert one.session.why == "unheard"


def test_a_session_whose_server_is_gone_ends_though_an_operation_goes_on(watched, gate):
    one = watched(goneSeconds=30)
    one.session.operations.start("op-1", "gate", {})
    assert not one.wind(31)
    assert one.session.why == "unheard"


def test_a_sign_of_life_puts_the_end_off(watched, clock):
    one = watched(goneSeconds=30)
    assert one.wind(29)
    one.session.heard = clock.now
    assert one.wind(29)


def test_the_first_reason_for_an_end_is_told(watched):
    one = watched()
    one.session.end("asked")
    one.session.end("idle")
    assert one.session.why == "asked"


# The whole

@pytest.fixture
def spark(monkeypatch):
    import pyspark.sql

    spark = Spark()
    monkeypatch.setattr(pyspark.sql, "SparkSession", spark)
    return spark


@pytest.fixture
def served(monkeypatch, spark):
    """serve() in a thread; the lines that it says."""
    lines, spoken = [], threading.Event()

    def say(line):
        lines.append(line)
        spoken.set()

    monkeypatch.setattr(session, "say", say)
    monkeypatch.setattr(session, "LOOK_SECONDS", 0.01)
    thread = threading.Thread(target=session.serve, args=(settings(host="127.0.0.1"),), daemon=True)
    thread.start()
    assert spoken.wait(PATIENCE)
    return SimpleNamespace(lines=lines, port=int(lines[0].rsplit(" ", 1)[1]), thread=thread, spark=spark)


def end(served):
    ask(served, "POST", "/end")
    served.thread.join(PATIENCE)
    assert not served.thread.is_alive()


def test_a_session_announces_its_port(served):
    assert served.lines == ["mcp-spark-server: session %d" % served.port]
    assert ask(served, "GET", "/status").status == 200
    end(served)


def test_a_session_says_why_it_ends(served):
    end(served)
    assert served.lines[-1] == "mcp-spark-server: session-ends asked"


def test_a_session_stops_spark_at_its_end(served):
    assert not served.spark.is_stopped
    end(served)
    assert served.spark.is_stopped


def test_a_session_never_says_its_token(served):
    end(served)
    assert not [line for line in served.lines if TOKEN in line]


def run_with(monkeypatch, serve):
    codes = []
    monkeypatch.setattr(session, "serve", serve)
    monkeypatch.setattr(session, "os", SimpleNamespace(_exit=codes.append))
    session.run(settings())
    return codes


def test_the_driver_ends_by_force(monkeypatch):
    assert run_with(monkeypatch, lambda settings: None) == [0]


def test_a_driver_that_fails_says_why(monkeypatch, capsys):
    def fail(settings):
        raise SystemExit("the session cannot listen")

    assert run_with(monkeypatch, fail) == [1]
    assert "the session cannot listen" in capsys.readouterr().err


# Where it listens

@pytest.fixture
def listen():
    servers = []

    def listen(host, port):
        servers.append(session.listen(host, port))
        return servers[-1].server_address

    yield listen
    for server in servers:
        server.server_close()


def test_it_listens_where_the_worker_is_known(listen):
    assert listen("127.0.0.1", 0)[0] == "127.0.0.1"


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid", ""])
def test_it_listens_everywhere_when_the_worker_is_known_elsewhere(listen, host, monkeypatch):
    monkeypatch.setattr(session.socket, "gethostbyname", lambda name: (
        name if name[0].isdigit() else fail_to_find(name)))
    assert listen(host, 0)[0] == "0.0.0.0"


def fail_to_find(name):
    raise socket.gaierror(socket.EAI_NONAME, name)


def test_it_listens_at_the_port_it_is_given(listen):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert listen("127.0.0.1", port)[1] == port


def test_a_port_that_is_taken_is_told(listen):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as told:
            listen("127.0.0.1", port)
    assert "cannot listen on port %d of '127.0.0.1'" % port in str(told.value)
    assert "[Errno %d]" % errno.EADDRINUSE in str(told.value)
