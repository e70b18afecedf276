"""How a session listens, is announced, watches and ends. No Spark runs here."""

import errno
import os
import socket
import sys
import threading
from types import SimpleNamespace

import pytest

from runner.serve import operations, place, session
from runner.serve.session import Session

from fakes import PATIENCE, TOKEN, Clock, Spark, ask, gated, settings


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(session, "time", clock)
    monkeypatch.setattr(operations, "time", clock)
    return clock


@pytest.fixture
def gate(monkeypatch):
    with gated(monkeypatch) as gate:
        yield gate


# How it ends

class Watched:
    """A session whose watch() runs, with a clock that is wound by hand."""

    def __init__(self, monkeypatch, clock, **more):
        monkeypatch.setattr(session, "LOOK_SECONDS", 0.001)
        self.looks = 0
        self.clock = clock
        self.session = Session(settings(**more))
        self.spark = Spark()
        self.session.operations.open(self.spark)
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


def test_what_has_ended_is_let_go_after_a_rest(watched, gate):
    """Spark keeps an executor as long as Java objects of a shuffle are there."""
    one = watched(idleSeconds=1000, goneSeconds=1000)
    one.wind(4)
    assert one.spark.collections == 0
    for _ in range(20):
        one.wind(1)
    assert one.spark.collections == 3
    operation = one.session.operations.start("op-1", "gate", {})
    one.wind(60)
    assert one.spark.collections == 3
    gate.set()
    operation.wait(PATIENCE)
    for _ in range(20):
        one.wind(1)
    assert one.spark.collections == 6


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


def test_work_outlives_a_pause_of_its_server(watched, gate):
    one = watched(goneSeconds=30, graceSeconds=300)
    operation = one.session.operations.start("op-1", "gate", {})
    assert one.wind(299)
    assert not one.wind(2)
    assert one.session.why == "unheard"
    gate.set()
    operation.wait(PATIENCE)


def test_an_outcome_is_kept_for_a_server_that_pauses(watched, gate):
    one = watched(goneSeconds=30, graceSeconds=300)
    operation = one.session.operations.start("op-1", "gate", {})
    gate.set()
    operation.wait(PATIENCE)
    assert one.wind(200)
    operation.describe()
    assert not one.wind(1)
    assert one.session.why == "unheard"


def test_an_outcome_that_was_sent_is_kept_while_its_server_is_silent(watched, gate):
    one = watched(goneSeconds=300)
    operation = one.session.operations.start("op-1", "gate", {})
    gate.set()
    operation.wait(PATIENCE)
    operation.describe()
    for _ in range(30):
        assert one.wind(8)
    assert one.session.operations.find("op-1") is operation


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
    spark = Spark()
    monkeypatch.setattr(session.starting, "begin", lambda: spark)
    return spark


@pytest.fixture
def served(monkeypatch, spark):
    """serve() in a thread; the lines that it says."""
    lines, spoken = [], threading.Event()

    def say(line):
        lines.append(line.strip("\n"))
        spoken.set()

    monkeypatch.setattr(session, "say", say)
    monkeypatch.setattr(session, "LOOK_SECONDS", 0.01)
    thread = threading.Thread(target=session.serve, args=(settings(host="127.0.0.1"),), daemon=True)
    thread.start()
    assert spoken.wait(PATIENCE)
    return SimpleNamespace(lines=lines, port=int(lines[0].rsplit(" ", 1)[1]), thread=thread, spark=spark)


def end(served):
    session.Handler.session.end("asked")
    served.thread.join(PATIENCE)
    assert not served.thread.is_alive()


def test_a_session_announces_its_port(served):
    assert served.lines == ["mcp-spark-server#n0: session %d" % served.port]
    assert ask(served.port, "GET", "/status").status == 200
    end(served)


def test_operations_run_once_spark_is_there(served, gate):
    gate.set()
    answer = ask(served.port, "POST", "/operations", {"id": "op-1", "operation": "gate", "waitMs": 20000})
    end(served)
    assert answer.json["outcome"]["ok"] is True


def test_a_session_says_why_it_ends(served):
    end(served)
    assert served.lines[-1] == "mcp-spark-server#n0: session-ends asked"


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


@pytest.fixture
def known_hosts(monkeypatch):
    look_up = socket.getaddrinfo
    monkeypatch.setattr(place.socket, "getaddrinfo", lambda name, *rest, **more: (
        look_up(name, *rest, **more) if name[0].isdigit() or ":" in name else fail_to_find(name)))
    monkeypatch.setattr(place.socket, "gethostname", lambda: "box")


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid", ""])
def test_it_listens_everywhere_as_sparks_own_pages_do(listen, host, known_hosts):
    assert listen(host, 0)[0] == "0.0.0.0"


@pytest.mark.parametrize("host, bound", [("127.0.0.2", "127.0.0.2"), ("192.0.2.1", "0.0.0.0")])
def test_it_listens_where_spark_is_told_to_be(listen, host, bound, known_hosts, monkeypatch):
    monkeypatch.setenv("SPARK_LOCAL_IP", host)
    assert listen(host, 0)[0] == bound  # 192.0.2.1 is nobody's


needs_ipv6 = pytest.mark.skipif(not os.path.exists("/proc/net/if_inet6"), reason="this machine has no IPv6")


@needs_ipv6
def test_of_a_worker_on_ipv6_loopback_it_listens_there(listen):
    assert listen("::1", 0)[0] == "::1" and place.names("::1") == []


@needs_ipv6
def test_of_a_worker_on_ipv6_it_listens_to_both(listen):
    host, port = listen("2001:db8::1", 0)[:2]  # for documents: nobody's
    assert host == "::"
    for address in "::1", "127.0.0.1":
        socket.create_connection((address, port), 5).close()


def fail_to_find(name):
    raise socket.gaierror(socket.EAI_NONAME, name)


def test_on_loopback_it_has_no_other_names(known_hosts):
    assert place.names("127.0.0.1") == []


def test_bound_to_an_address_it_is_known_by_that_and_by_its_hosts_name(known_hosts):
    assert place.names("192.0.2.7") == ["box", "192.0.2.7"]


def test_bound_to_all_it_tells_the_address_of_every_interface(known_hosts, monkeypatch):
    monkeypatch.setattr(place, "_addresses", lambda: ["127.0.0.1", "172.18.0.4", "172.18.0.4"] + ["192.0.2.%d" % i for i in range(90)])
    told = place.names("0.0.0.0")
    assert told[:4] == ["box", "172.18.0.4", "192.0.2.0", "192.0.2.1"] and len(",".join(told)) <= place.TOLD_MAX


@pytest.mark.skipif(sys.platform != "linux", reason="asked in Linux's way")
def test_the_interfaces_of_this_machine_are_found():
    assert "127.0.0.1" in place._addresses()


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
