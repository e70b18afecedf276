"""The session's HTTP server: who may use it, what it answers. No Spark runs here."""

import hmac
import http.client
import socket
import threading
from types import SimpleNamespace

import pytest

import fakes
from runner.protocol import HEADER_TOKEN
from runner.serve import operations, relay, session
from runner.serve.session import Handler, Server, Session

from fakes import PATIENCE, TOKEN, Spark, bring, gated, settings

REFUSED = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


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
    with gated(monkeypatch) as gate:
        yield gate


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


def ask(service, *request, **more):
    return fakes.ask(service.port, *request, **more)


def start(service, id, kind="gate", wait_ms=0, **arguments):
    return ask(service, "POST", "/operations",
               {"id": id, "operation": kind, "arguments": arguments, "waitMs": wait_ms})


def wait_for_one(service):
    """A thread that waits for op-1, once its request has come."""
    service.heard = 5
    waiting = threading.Thread(target=ask, args=(service, "GET", "/operations/op-1?waitMs=20000"), daemon=True)
    waiting.start()
    for _ in range(PATIENCE * 100):
        if service.heard > 5:
            break
        waiting.join(0.01)
    return waiting


def ask_with_body(service, body):
    return talk(service, b"POST /operations HTTP/1.1\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s"
                % (TOKEN.encode(), len(body), body))


# Who may use it

HEADERS = ["", "Authorization: \r\n", "Authorization: Bearer\r\n", "Authorization: Bearer \r\n",
           "Authorization: Bearer x\r\n", "Authorization: " + TOKEN + "\r\n",
           "Authorization: Basic " + TOKEN + "\r\n", "Authorization: bearer " + TOKEN + "\r\n",
           "Authorization: Bearer " + TOKEN[:-1] + "\r\n", "Authorization: Bearer " + TOKEN + "0\r\n",
           "Authorization: Bearer \xfc\r\n", "X-Authorization: Bearer " + TOKEN + "\r\n",
           HEADER_TOKEN + ": " + TOKEN + "\r\n", HEADER_TOKEN + ": Bearer " + TOKEN[:-1] + "\r\n"]


@pytest.mark.parametrize("header", HEADERS)
def test_without_the_token_the_answer_is_401_and_nothing_else(service, header):
    assert talk(service, ("GET /status HTTP/1.1\r\nHost: h\r\n%s\r\n" % header).encode("latin-1")) == REFUSED


def test_the_token_may_stand_beside_what_spark_pages_ask_for(service):
    header = "%s: Bearer %s\r\nAuthorization: Basic abc\r\nConnection: close" % (HEADER_TOKEN, TOKEN)
    assert b" 200 OK\r\n" in talk(service, ("GET /status HTTP/1.1\r\n%s\r\n\r\n" % header).encode())


@pytest.mark.parametrize("path", ["/", "/status", "/operations", "/operations/op-1", "/operations/op-1/cancel", "/no-such-thing",
                                  "/status?token=" + TOKEN, "*", "http://other/status"])
def test_without_the_token_every_path_looks_the_same(service, path):
    assert talk(service, ("GET %s HTTP/1.1\r\n\r\n" % path).encode()) == REFUSED


@pytest.mark.parametrize("method", ["POST", "PUT", "HEAD", "OPTIONS", "DELETE", "TRACE", "BREW"])
def test_without_the_token_every_method_looks_the_same(service, method):
    assert talk(service, ("%s /status HTTP/1.1\r\n\r\n" % method).encode()) == REFUSED


@pytest.mark.parametrize("request_line", [
    b"x", b"GET / HTTP/9", b"GET / FTP/1.1", b"GET / HTTP/2.0", b"BREW /", b"GET /", b"GET  HTTP/1.1 x y"])
def test_what_is_no_request_looks_the_same(service, request_line):
    assert talk(service, request_line + b"\r\n\r\n") == REFUSED


@pytest.mark.parametrize("data", [b"GET /" + b"x" * 70000 + b" HTTP/1.1\r\n\r\n",
                                      b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n"])
def test_what_is_too_long_learns_nothing(service, data):
    assert talk(service, data) in (REFUSED, b"")  # a reset may overtake the answer


def test_an_unknown_that_asks_whether_to_go_on_is_refused(service):
    assert talk(service, b"POST /operations HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n") == REFUSED


def test_an_unknown_starts_nothing(service, gate):
    answer = ask(service, "POST", "/operations", {"id": "op-1", "operation": "gate"}, token="x")
    assert (answer.status, answer.text) == (401, b"")
    assert service.operations.find("op-1") is None


def test_an_unknown_is_no_sign_of_life(service):
    service.heard = 5
    ask(service, "GET", "/status", token="x")
    assert service.heard == 5


def test_a_request_with_the_token_is_a_sign_of_life(service):
    service.heard = 5
    ask(service, "GET", "/status")
    assert service.heard > 5


def test_who_waits_for_an_answer_is_a_sign_of_life_already(service, gate):
    start(service, "op-1")
    assert wait_for_one(service).is_alive()


def test_the_session_proves_itself_before_it_is_shown_the_token(service):
    service.challenge, service.response = "c0", "r0"
    assert ask(service, "GET", "/proof", token="c0").json == {"response": "r0"}
    for path, token in (("/proof", "x"), ("/proof", ""), ("/status", "c0"), ("/operations", "c0")):
        assert (ask(service, "GET", path, token=token).status) == 401


def test_once_it_is_found_it_proves_nothing_more(service):
    service.challenge, service.response = "c0", "r0"
    ask(service, "GET", "/status")
    assert ask(service, "GET", "/proof", token="c0").status == 401


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
    ask_with_body(service, b"no JSON")
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
    threading.Timer(0.1, gate.set).start()
    answer = start(service, "op-1", wait_ms=20000, sql="x")
    assert answer.json["state"] == "done"
    assert answer.json["outcome"] == {"ok": True, "result": {"by": "op-1", "arguments": {"sql": "x"}}}


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
    ("GET", "/operations/op-9"), ("GET", "/operations/op-9/piece"), ("GET", "/operations"), ("GET", "/"),
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
    waiting = wait_for_one(service)
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
    assert ask_with_body(service, body) == b""
    assert ask(service, "GET", "/status").status == 200


def test_a_method_that_there_is_not_is_told_to_who_has_the_token(service):
    came = talk(service, ("PUT /status HTTP/1.1\r\nAuthorization: Bearer %s\r\n\r\n" % TOKEN).encode())
    assert came.startswith(b"HTTP/1.1 501 ") and came.endswith(b"\r\n\r\n")


# Whoever has no token

def test_600_idle_connections_hold_neither_threads_nor_the_server_up(service):
    before = threading.active_count()
    idle = [socket.create_connection(("127.0.0.1", service.port), PATIENCE) for _ in range(600)]
    try:
        assert ask(service, "GET", "/status").status == 200
        assert threading.active_count() <= before + session.UNPROVEN_MAX + 2
        assert ask(service, "GET", "/status").status == 200
    finally:
        for connection in idle:
            connection.close()


def test_a_connection_that_shows_no_token_is_closed_in_time(service, monkeypatch):
    monkeypatch.setattr(session, "HEAD_SECONDS", 0.2)
    with socket.create_connection(("127.0.0.1", service.port), PATIENCE) as slow:
        with pytest.raises(OSError):  # a character now and then does not hold it open
            for _ in range(PATIENCE * 20):
                slow.sendall(b"G")
                threading.Event().wait(0.05)


def test_a_connection_that_has_shown_the_token_stays_open(service, monkeypatch):
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE)
    assert ask(service, "GET", "/status", connection=connection).status == 200
    monkeypatch.setattr(session, "HEAD_SECONDS", -1)  # whatever is unproven goes at once
    threading.Event().wait(0.1)
    assert ask(service, "GET", "/status", connection=connection).status == 200
    connection.close()


@pytest.mark.parametrize("length", ["x", "-1", "+5", "5_0", "0x5", "1" * 30, "\u0665"])
def test_a_length_that_is_none_is_refused(service, length):
    head = "POST /operations HTTP/1.1\r\nAuthorization: Bearer %s\r\nContent-Length: %s\r\n\r\n" % (TOKEN, length)
    assert talk(service, head.encode("utf-8"))[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 413")


# Behind the driver's web UI

@pytest.mark.parametrize("bound, asked", [("", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "127.0.0.1"), ("10.0.0.7", "10.0.0.7"),
                                          ("fd00::7", "[fd00::7]"), ("::1", "[::1]")])
def test_the_ui_asks_the_session_where_it_is_bound(bound, asked):
    assert relay.own_address(bound, 40401) == (asked, 40401)


def test_a_driver_without_a_ui_relays_nothing():
    no_ui = SimpleNamespace(isEmpty=lambda: True)
    context = SimpleNamespace(_jsc=SimpleNamespace(sc=lambda: SimpleNamespace(ui=lambda: no_ui)))
    assert relay.attach(context, ("127.0.0.1", 40401)) == relay.NONE


def test_a_spark_with_another_jetty_relays_nothing_and_goes_on(capsys):
    handlers = SimpleNamespace(isEmpty=lambda: False)
    ui = SimpleNamespace(isEmpty=lambda: False, get=lambda: SimpleNamespace(getHandlers=lambda: handlers))
    context = SimpleNamespace(_jsc=SimpleNamespace(sc=lambda: SimpleNamespace(ui=lambda: ui)))
    assert relay.attach(context, ("127.0.0.1", 40401)) == relay.NONE
    assert "no relay: " in capsys.readouterr().err
