"""Credentials: what is sent to whom. Needs no Spark, only servers that write down what they were sent."""

import base64
import json
import subprocess

import client
from recorder import settings

TOKEN = "t0ken-that-nobody-may-see"


def ask_all(environment, arguments=()):
    """One call that reaches the master's UI and the history server, one that reaches REST."""
    with client.Pipe(environment, arguments) as pipe:
        overview = pipe.receive(pipe.call("monitor-cluster", metric_type="applications"), 20)
        pipe.receive(pipe.call("kill-spark-job", submission_id="driver-1"), 20)
    return overview, pipe.stderr()


def call(environment, tool, **arguments):
    """The text of an answer, and whether it is an error."""
    with client.Pipe(environment) as pipe:
        result = pipe.receive(pipe.call(tool, **arguments), 20)["result"]
    return result["content"][0]["text"], bool(result.get("isError"))


def test_each_service_gets_its_own_credentials_and_no_other(recorders):
    rest, ui, history = recorders(), recorders(), recorders()
    ask_all(settings(rest, ui, history, SPARK_REST_AUTH="bearer:" + TOKEN, SPARK_HISTORY_AUTH="basic:ann:pass:word"))
    assert set(rest.authorizations) == {"Bearer " + TOKEN}
    assert set(ui.authorizations) == {None}
    assert set(history.authorizations) == {"Basic " + base64.b64encode(b"ann:pass:word").decode()}


def test_secret_is_taken_from_a_file_and_seen_nowhere(recorders, tmp_path):
    rest = recorders()
    (tmp_path / "token").write_text("bearer:" + TOKEN + "\n")
    environment = settings(rest, rest, rest, MCP_SPARK_LOG_LEVEL="debug")
    answer, log = ask_all(environment, ["--rest-auth", "@%s" % (tmp_path / "token")])
    assert "Bearer " + TOKEN in rest.authorizations
    assert TOKEN not in log and TOKEN not in json.dumps(answer)


def test_secret_as_an_argument_is_refused():
    run = subprocess.run([client.BINARY, "--rest-auth", "bearer:" + TOKEN], capture_output=True, text=True)
    assert run.returncode == 2 and "@FILE" in run.stderr and TOKEN not in run.stderr


# Workers that the master names.

def read_log(master, **changes):
    return call(settings(master, master, master, SPARK_UI_AUTH="bearer:" + TOKEN, **changes),
                "monitor-cluster", metric_type="logs", submission_id="driver-1")


def test_worker_that_the_master_names_is_given_the_credentials(recorders):
    worker = recorders()
    master = recorders(workers=["http://localhost:%d" % worker.port])
    text, _ = read_log(master)
    assert "hello" in text and worker.authorizations == ["Bearer " + TOKEN]


def test_worker_is_given_no_credentials_over_plain_http_when_the_master_has_https(recorders, authority):
    worker = recorders()
    master = recorders(workers=[worker.url], tls=authority.context())
    text, _ = read_log(master, SPARK_UI_CA_FILE=authority.file, SPARK_REST_CA_FILE=authority.file)
    assert "hello" in text and worker.authorizations == [None]


# Addresses that others name: here, of an application's UI on the master's page.

def test_address_that_an_application_names_is_given_no_credentials(recorders):
    elsewhere = recorders()
    master = recorders(page='<a href="http://localhost:%d">Application Detail UI</a>' % elsewhere.port)
    call(settings(master, master, master, SPARK_UI_AUTH="bearer:" + TOKEN),
         "monitor-cluster", metric_type="executors", application_id="app-1")
    assert "Bearer " + TOKEN in master.authorizations
    assert elsewhere.authorizations == [None]
