"""nginx with TLS before a real Spark: what works through it, and what is said of each thing that can be wrong."""

import re
from pathlib import Path

import pytest

import client
from cluster import free_port
from test_check import run
from walls import Nginx

JOBS = Path(__file__).parent / "jobs"
SERVICES = {"REST": "SPARK_REST_URL", "UI": "SPARK_MASTER_UI_URL", "HISTORY": "SPARK_HISTORY_URL"}
PASSWORD = "pass-w0rd"


def passing_on(certificate, *lines, spark=None):
    """A server of nginx: with a certificate, and each part of Spark below a path of its own."""
    parts = {"rest": spark.rest_url, "ui": spark.ui_url, "history": spark.history_url} if spark else {}
    return " ".join(["ssl_certificate %s; ssl_certificate_key %s;" % certificate, *lines,
                     *("location /a/%s/ { proxy_pass %s/; }" % part for part in parts.items())])


@pytest.fixture(scope="module")
def ports():
    return {name: free_port() for name in (
        "good", "mutual", "worker", "expired", "elsewhere", "stranger", "small", "broken", "moved")}


@pytest.fixture(scope="module")
def stranger(tmp_path_factory, authority):
    """An authority that nobody here knows."""
    return type(authority)(tmp_path_factory.mktemp("stranger"))


@pytest.fixture(scope="module")
def nginx(tmp_path_factory, cluster, authority, stranger, ports):
    folder = tmp_path_factory.mktemp("nginx")
    (folder / "users").write_text("ann:{PLAIN}%s\n" % PASSWORD)
    server = authority.sign("server")
    worker = "http://127.0.0.1:%d" % cluster.workers[0].ui_port
    basic = 'auth_basic "Spark"; auth_basic_user_file %s;' % (folder / "users")
    to_https = "error_page 497 =301 https://$host:%d/a/worker$request_uri;" % ports["worker"]
    servers = {
        "good": passing_on(server, basic, spark=cluster),
        "worker": passing_on(server, basic, to_https, "location /a/worker/ { proxy_pass %s/; }" % worker),
        "mutual": passing_on(server, "ssl_verify_client on; ssl_client_certificate %s;" % authority.file, spark=cluster),
        "expired": passing_on(authority.sign("expired", days=-1)),
        "elsewhere": passing_on(authority.sign("elsewhere", "DNS:spark.example")),
        "stranger": passing_on(stranger.sign("server")),
        "small": passing_on(server, "client_max_body_size 1k;", spark=cluster),
        "broken": passing_on(server, "location / { proxy_pass http://127.0.0.1:%d; }" % free_port()),
        "moved": passing_on(server, "return 301 https://other.example$request_uri;"),
    }
    with Nginx(folder, {ports[name]: text for name, text in servers.items()}) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def through(nginx, cluster, authority, ports):
    """The configuration of a server that reaches Spark through one of nginx's."""

    def through(name, scheme="https", ca=authority.file, **changes):
        base = "%s://127.0.0.1:%d/a/" % (scheme, ports[name])
        urls = {url: base + part for url, part in zip(SERVICES.values(), ("rest", "ui", "history/"))}
        files = {"SPARK_%s_CA_FILE" % service: ca for service in SERVICES}
        return cluster.environment(**urls, **files, **changes)

    return through


def for_each(setting, value):
    return {"SPARK_%s_%s" % (service, setting): value for service in SERVICES}


def walled(cluster, ports):
    """The worker cannot be reached but through nginx, which asks for TLS."""
    return "127.0.0.1:%d=127.0.0.1:%d" % (cluster.workers[0].ui_port, ports["worker"])


# What works.

@pytest.fixture(scope="module")
def behind(through, cluster, ports):
    environment = through("good", SPARK_HOST_MAP=walled(cluster, ports), **for_each("AUTH", "basic:ann:" + PASSWORD))
    with client.Server(environment) as server:
        yield server


def test_job_runs_behind_nginx_and_its_output_comes_back(behind, write_script):
    answer = behind.submit(write_script("hello.py", "print('hello from behind')\n"))
    assert answer.data["state"] == "FINISHED", answer.text
    assert "hello from behind" in answer.data["output"]


def test_log_is_read_through_nginx_alone(behind, write_script):
    job = behind.submit(write_script("log.py", "print('logged behind')\n")).data["submissionId"]
    assert "logged behind" in behind.monitor("logs", submission_id=job).text


def test_session_works_behind_nginx(behind):
    assert client.rows(behind.sql("select 1 + 1")) == [[2]]


def test_check_behind_nginx_is_good(through, cluster, ports):
    done = run("--check", **through("good", SPARK_HOST_MAP=walled(cluster, ports),
                                    **for_each("AUTH", "basic:ann:" + PASSWORD)))
    assert done.returncode == 0 and "warning" not in done.stdout, done.stdout


def test_check_with_client_certificates_is_good(through, authority):
    certificate, key = authority.sign("client")
    done = run("--check", **through("mutual", **for_each("CLIENT_CERT", certificate), **for_each("CLIENT_KEY", key)))
    assert done.returncode == 0 and "warning" not in done.stdout, done.stdout


# What is wrong is named, with the setting of each service that cures it. No certificate is a reason to do without.

def said_of(service, told):
    """What --check says of a service, down to the advice."""
    name = {"REST": "submission API", "UI": "master ", "HISTORY": "history server"}[service]
    found = re.search(r"^\w+ +%s.*\n( .*\n)*" % name, told, re.M)
    return found.group(0)


def check_each(environment, fact, *cures):
    told = run("--check", **environment).stdout
    for service in SERVICES:
        said = said_of(service, told)
        assert fact in said, said
        for cure in cures:
            assert cure.replace("SPARK_X_URL", SERVICES[service]).replace("_X_", "_%s_" % service) in said, said
        assert "-> " in said and "http://" not in said, said


def test_expired_certificate_is_named(through):
    check_each(through("expired"), "shows a certificate that has expired", "Renew")


def test_certificate_of_another_host_is_named(through):
    check_each(through("elsewhere"), "shows a certificate for another host name", "SPARK_X_URL", "SPARK_HOST_MAP")


def test_unknown_authority_is_named(through):
    check_each(through("stranger", ca=None), "of an unknown authority", "Set SPARK_X_CA_FILE")


def test_self_signed_certificate_of_another_authority_is_named(through, authority):
    check_each(through("stranger"), "of an unknown authority", "SPARK_X_CA_FILE", authority.file)


def test_ca_file_that_is_not_there_is_named(through):
    check_each(through("good", ca="/nowhere/ca.pem"), "cannot speak TLS", "SPARK_X_CA_FILE", "/nowhere/ca.pem")


def test_client_certificate_that_is_missing_is_asked_for(through):
    check_each(through("mutual"), "refused access", "set SPARK_X_CLIENT_CERT and SPARK_X_CLIENT_KEY")


def test_client_certificate_of_a_stranger_is_named(through, stranger):
    certificate, key = stranger.sign("client")
    check_each(through("mutual", **for_each("CLIENT_CERT", certificate), **for_each("CLIENT_KEY", key)),
               "refused access", "SPARK_X_CLIENT_CERT")


def test_key_of_another_certificate_is_named(through, authority):
    certificate, _ = authority.sign("client")
    _, key = authority.sign("other")
    check_each(through("mutual", **for_each("CLIENT_CERT", certificate), **for_each("CLIENT_KEY", key)),
               "cannot speak TLS", "SPARK_X_CLIENT_CERT", "SPARK_X_CLIENT_KEY")


def test_password_that_is_missing_is_asked_for(through):
    check_each(through("good"), "refused access (HTTP 401)", "SPARK_X_AUTH", "Give credentials")


def test_password_that_is_wrong_is_named(through):
    check_each(through("good", **for_each("AUTH", "basic:ann:wrong-one")), "refused access (HTTP 401)",
               "Correct the credentials in SPARK_X_AUTH")


def test_proxy_without_a_spark_behind_it_is_named(through):
    check_each(through("broken"), "answered HTTP 502", "502 Bad Gateway", "Spark behind it")


def test_proxy_that_redirects_elsewhere_is_named(through):
    check_each(through("moved"), "redirects to 'https://other.example/a/", "SPARK_X_URL")


def test_plain_http_to_a_port_with_tls_is_named(through):
    told = run("--check", **through("good", scheme="http")).stdout
    for service, setting in SERVICES.items():
        assert "write https:// in " + setting in said_of(service, told)


def test_tls_to_a_port_without_is_named(cluster):
    rest = cluster.rest_url.replace("http:", "https:")
    said = said_of("REST", run("--check", **cluster.environment(SPARK_REST_URL=rest)).stdout)
    assert "cannot speak TLS" in said and "SPARK_REST_URL" in said and "proxy" in said and "http://" not in said


def test_submission_that_a_proxy_finds_too_large_is_named(through, write_script):
    with client.Server(through("small")) as server:
        answer = server.submit(write_script("large.py", "print('x')\n" + "# %s\n" % ("y" * 5000)))
    assert answer.is_error and "HTTP 413" in answer.text and "client_max_body_size" in answer.text
