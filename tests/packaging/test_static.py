"""The static binary, MCP_SPARK_STATIC: it needs nothing of the system but the kernel, and its TLS library says the same things of
certificates as the one that the other tests meet."""

import http.server
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "spark"))
from walls import Authority  # noqa: E402

BINARY = os.environ["MCP_SPARK_STATIC"]
NOWHERE = "http://127.0.0.1:9"
BASE = {"SPARK_MASTER": "spark://127.0.0.1:9", "SPARK_REST_URL": NOWHERE, "SPARK_MASTER_UI_URL": NOWHERE,
        "SPARK_HISTORY_URL": NOWHERE}


def run(*arguments, **environment):
    return subprocess.run([BINARY, *arguments], env={**BASE, **environment}, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60)


class Master(http.server.BaseHTTPRequestHandler):
    """Answers every GET as a submission API does to a request for its version."""

    def do_GET(self):
        body = b'{"action":"SubmissionStatusResponse","serverSparkVersion":"4.3.0","submissionId":"x","success":false}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def said(request):
    """What --check says of a submission API with this certificate."""

    def said(context, **environment):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Master)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            return run("--check", SPARK_REST_URL="https://127.0.0.1:%d" % server.server_port, **environment).stdout
        finally:
            server.shutdown()
            server.server_close()

    return said


def context_of(authority, name, *arguments, **more):
    context = authority.context()
    context.load_cert_chain(*authority.sign(name, *arguments, **more))
    return context


def test_no_library_is_needed():
    headers = subprocess.run(["readelf", "-l", "-d", BINARY], capture_output=True, text=True).stdout
    assert "INTERP" not in headers and "NEEDED" not in headers and "LOAD" in headers


def test_it_runs_where_nothing_else_is(tmp_path):
    """As in the image, which is made FROM scratch."""
    if os.geteuid() != 0:
        pytest.skip("only root changes the root")
    shutil.copy(BINARY, tmp_path / "mcp-spark-server")
    tmp_path.chmod(0o755)
    ask = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "me", "version": "1"}}}
    done = subprocess.run(["chroot", "--userspec=10001:10001", tmp_path, "/mcp-spark-server"], input=json.dumps(ask) + "\n",
                          env={**BASE, "PATH": "/usr/sbin:/usr/bin"}, capture_output=True, text=True, timeout=20)
    assert '"serverInfo"' in done.stdout and done.returncode == 0, done.stderr


def test_check_names_its_libraries_and_that_kerberos_is_missing():
    told = run("--check").stdout
    assert "mbedTLS/" in told and "no Kerberos (negotiate)" in told


def test_kerberos_is_refused_with_what_to_do():
    done = run("--check", SPARK_REST_AUTH="negotiate")
    assert done.returncode == 2 and "Kerberos" in done.stderr and "from source" in done.stderr


def test_authorities_of_the_user_are_trusted(said, authority):
    assert "ok      submission API" in said(authority.context(), SPARK_CA_FILE=authority.file)
    assert "ok      submission API" in said(authority.context(), SPARK_REST_CA_FILE=authority.file)


def test_authorities_of_the_system_are_trusted(said, authority):
    assert "ok      submission API" in said(authority.context(), SSL_CERT_FILE=authority.file)


def test_authorities_of_the_system_are_told():
    assert "authorities in /nowhere.pem" in run("--check", SSL_CERT_FILE="/nowhere.pem").stdout


def test_an_authority_that_is_not_known_is_named(said, authority):
    told = said(authority.context())
    assert "of an unknown authority" in told and "SPARK_REST_CA_FILE" in told


def test_a_certificate_that_has_expired_is_named(said, authority):
    assert "that has expired" in said(context_of(authority, "expired", days=-1), SPARK_CA_FILE=authority.file)


def test_a_certificate_of_another_host_is_named(said, authority):
    assert "for another host name" in said(context_of(authority, "elsewhere", "DNS:spark.example"), SPARK_CA_FILE=authority.file)


def test_a_client_certificate_is_shown(said, authority):
    context = authority.context()
    context.load_verify_locations(authority.file)
    context.verify_mode = ssl.CERT_REQUIRED
    certificate, key = authority.sign("client")
    assert "ok      submission API" in said(context, SPARK_CA_FILE=authority.file, SPARK_REST_CLIENT_CERT=certificate,
                                            SPARK_REST_CLIENT_KEY=key)


def test_a_client_certificate_is_asked_for_when_the_other_side_breaks_off():
    """With the alert certificate_required; a real server may reset the connection before it is read."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def refuse():
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(bytes.fromhex("15030300020274"))
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass

        threading.Thread(target=refuse, daemon=True).start()
        told = run("--check", SPARK_REST_URL="https://127.0.0.1:%d" % server.getsockname()[1]).stdout
    assert "cannot speak TLS" in told and "SPARK_REST_CLIENT_CERT" in told
