"""Redirects: what is followed, with which credentials, and what is said of those that are not."""

import pytest

from recorder import settings
from test_credentials import TOKEN, ask_all, call

SUBMISSION = {"application_file": "/opt/job.py", "wait_seconds": 0, "conf": {"spark.my.password": "hush-hush"}}


def with_auth(recorder, auth="bearer:" + TOKEN, **changes):
    return settings(recorder, recorder, recorder, SPARK_UI_AUTH=auth, SPARK_REST_AUTH=auth, SPARK_HISTORY_AUTH=auth,
                    **changes)


@pytest.mark.parametrize("auth", ["bearer:" + TOKEN, "basic:ann:" + TOKEN])
def test_get_is_not_redirected_to_another_host(recorders, auth):
    elsewhere = recorders()
    address = "http://localhost:%d" % elsewhere.port
    ui = recorders(redirect=address)
    answer, _ = ask_all(with_auth(ui, auth))
    assert None not in ui.authorizations and elsewhere.requests == []
    text = answer["result"]["content"][0]["text"]
    assert address in text and "SPARK_MASTER_UI_URL" in text and TOKEN not in text


def test_get_is_redirected_on_the_same_host_and_keeps_its_credentials(recorders):
    further = recorders()
    ui = recorders(redirect=further.url)
    answer, _ = ask_all(with_auth(ui))
    assert not answer["result"].get("isError")
    assert set(further.authorizations) == {"Bearer " + TOKEN}


def test_redirects_have_an_end(recorders):
    ui = recorders(redirect="")  # to itself
    text, is_error = call(settings(ui, ui, ui), "monitor-cluster", metric_type="cluster")
    assert is_error and "redirects" in text and len(ui.requests) < 10


def test_get_is_not_redirected_from_https_to_http(recorders, authority):
    plain = recorders()
    ui = recorders(redirect=plain.url, tls=authority.context())
    text, is_error = call(with_auth(ui, SPARK_UI_CA_FILE=authority.file), "monitor-cluster", metric_type="cluster")
    assert is_error and plain.url in text and plain.requests == []


def test_get_is_redirected_to_a_worker_that_the_master_named(recorders):
    worker = recorders()
    moved = recorders(redirect="http://localhost:%d" % worker.port)
    master = recorders(workers=[moved.url, "http://localhost:1"])
    text, _ = call(with_auth(master), "monitor-cluster", metric_type="logs", submission_id="driver-1")
    assert "hello" in text and worker.authorizations == ["Bearer " + TOKEN]
    master.workers = [moved.url]
    call(with_auth(master), "monitor-cluster", metric_type="logs", submission_id="driver-1")
    assert len(worker.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_submission_is_never_redirected(recorders, status, name):
    further = recorders()
    address = "http://%s:%d" % (name, further.port)
    rest = recorders(redirect=address, status=status, methods=("POST",))
    text, is_error = call(with_auth(rest), "submit-spark-job", **SUBMISSION)
    assert is_error and address in text and "SPARK_REST_URL" in text
    assert rest.methods.count("POST") == 1 and further.requests == []


@pytest.mark.parametrize("tool, arguments, setting", [
    ("monitor-cluster", {"metric_type": "cluster"}, "SPARK_MASTER_UI_URL"), ("submit-spark-job", SUBMISSION, "SPARK_REST_URL")])
def test_a_server_that_has_nothing_at_the_path_is_told_with_its_setting(recorders, tool, arguments, setting):
    other = recorders(missing=True)
    text, is_error = call(settings(other, other, other), tool, **arguments)
    assert is_error and "HTTP 404" in text and "404 Not Found" in text and setting in text


def test_redirect_is_told_without_what_may_be_secret_in_it(recorders):
    ui = recorders(redirect="http://localhost:1/login?state=hush-hush&to=")
    text, _ = call(settings(ui, ui, ui), "monitor-cluster", metric_type="cluster")
    assert "http://localhost:1/login" in text and "hush-hush" not in text
