"""Credentials and TLS: what is sent to whom. Needs no Spark, only servers that write down what they were sent."""

import base64
import http.server
import json
import ssl
import subprocess
import threading

import pytest

import client

STATE = {"url": "spark://127.0.0.1:1", "status": "ALIVE", "workers": [], "aliveworkers": 0, "cores": 0, "coresused": 0,
         "memory": 0, "memoryused": 0, "activeapps": [], "completedapps": [], "activedrivers": [],
         "completeddrivers": []}
STATUS = {"action": "SubmissionStatusResponse", "success": False, "serverSparkVersion": "3.5.9"}
TOKEN = "t0ken-that-nobody-may-see"


class Recorder:
    """An HTTP server that keeps the Authorization of every request; it may redirect, and speak TLS."""

    def __init__(self, redirect=None, tls=None):
        self.authorizations = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.authorizations.append(self.headers.get("Authorization"))
                if redirect:
                    self.send_response(302)
                    self.send_header("Location", redirect + self.path)
                    self.end_headers()
                    return
                body = json.dumps(STATUS if "/submissions/" in self.path else
                                  [] if "/api/" in self.path else STATE).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = "%s://127.0.0.1:%d" % ("https" if tls else "http", self.port)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def recorders():
    made = []

    def make(**how):
        made.append(Recorder(**how))
        return made[-1]

    yield make
    for recorder in made:
        recorder.close()


def environment(rest, ui, history, **changes):
    return {"SPARK_MASTER": "spark://127.0.0.1:9", "SPARK_REST_URL": rest.url, "SPARK_MASTER_UI_URL": ui.url,
            "SPARK_HISTORY_URL": history.url, **changes}


def ask_all(settings, arguments=()):
    """One call that reaches the master's UI and the history server, one that reaches REST."""
    with client.Pipe(settings, arguments) as pipe:
        overview = pipe.receive(pipe.call("monitor-cluster", metric_type="applications"), 20)
        pipe.receive(pipe.call("kill-spark-job", submission_id="driver-1"), 20)
    return overview, pipe.stderr()


def test_each_service_gets_its_own_credentials_and_no_other(recorders):
    rest, ui, history = recorders(), recorders(), recorders()
    ask_all(environment(rest, ui, history, SPARK_REST_AUTH="bearer:" + TOKEN, SPARK_HISTORY_AUTH="basic:ann:pass:word"))
    assert set(rest.authorizations) == {"Bearer " + TOKEN}
    assert set(ui.authorizations) == {None}
    assert set(history.authorizations) == {"Basic " + base64.b64encode(b"ann:pass:word").decode()}


@pytest.mark.parametrize("auth", ["bearer:" + TOKEN, "basic:ann:" + TOKEN])
def test_redirect_to_another_host_takes_no_credentials_along(recorders, auth):
    elsewhere = recorders()
    ui = recorders(redirect="http://localhost:%d" % elsewhere.port)
    answer, _ = ask_all(environment(ui, ui, ui, SPARK_UI_AUTH=auth, SPARK_REST_AUTH=auth, SPARK_HISTORY_AUTH=auth))
    assert None not in ui.authorizations
    assert elsewhere.authorizations and set(elsewhere.authorizations) == {None}


def test_secret_is_taken_from_a_file_and_seen_nowhere(recorders, tmp_path):
    rest = recorders()
    (tmp_path / "token").write_text("bearer:" + TOKEN + "\n")
    settings = environment(rest, rest, rest, MCP_SPARK_LOG_LEVEL="debug")
    answer, log = ask_all(settings, ["--rest-auth", "@%s" % (tmp_path / "token")])
    assert "Bearer " + TOKEN in rest.authorizations
    assert TOKEN not in log and TOKEN not in json.dumps(answer)


def test_secret_as_an_argument_is_refused():
    run = subprocess.run([client.BINARY, "--rest-auth", "bearer:" + TOKEN], capture_output=True, text=True)
    assert run.returncode == 2 and "@FILE" in run.stderr and TOKEN not in run.stderr


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("server", "client"):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                        "/CN=" + name, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                        folder / (name + ".key"), "-out", folder / (name + ".pem")], check=True, capture_output=True)
    return folder


@pytest.fixture
def guarded(recorders, certificates):
    """A server with a certificate of its own, which wants one of its clients too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    context.load_verify_locations(certificates / "client.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    return recorders(tls=context)


def tls_settings(server, certificates, *keys):
    files = {"CA_FILE": "server.pem", "CLIENT_CERT": "client.pem", "CLIENT_KEY": "client.key"}
    return environment(server, server, server, **{
        "SPARK_%s_%s" % (service, key): str(certificates / files[key])
        for service in ("REST", "UI", "HISTORY") for key in keys})


def test_server_is_verified_by_its_ca_and_the_client_shows_its_certificate(guarded, certificates):
    answer, _ = ask_all(tls_settings(guarded, certificates, "CA_FILE", "CLIENT_CERT", "CLIENT_KEY"))
    assert not answer["result"].get("isError") and len(guarded.authorizations) >= 3


def test_unknown_authority_is_refused_in_a_sentence(guarded, certificates):
    answer, _ = ask_all(tls_settings(guarded, certificates, "CLIENT_CERT", "CLIENT_KEY"))
    assert answer["result"]["isError"] and "certificate" in answer["result"]["content"][0]["text"].lower()
    assert guarded.authorizations == []
