"""Spark 4's own look at a signed token before the submission API (JWSFilter)."""

import base64
import hashlib
import hmac
import json

import pytest

import client
from cluster import Cluster
from test_check import run

KEY = b"a key of thirty-two bytes or more"
FILTER = "org.apache.spark.ui.JWSFilter"

pytestmark = pytest.mark.core


def url64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(key):
    signed = url64(json.dumps({"alg": "HS256", "typ": "JWT"}).encode()) + "." + url64(b'{"sub":"ann"}')
    return signed + "." + url64(hmac.new(key, signed.encode(), hashlib.sha256).digest())


@pytest.fixture(scope="module")
def filtered(spark_home, python, tmp_path_factory):
    if not list((spark_home / "jars").glob("jjwt-*.jar")):
        pytest.skip("this Spark has no JWSFilter: it came with Spark 4")
    options = ["spark.master.rest.filters=" + FILTER,
               "spark.%s.param.secretKey=%s" % (FILTER, base64.urlsafe_b64encode(KEY).decode())]
    cluster = Cluster(spark_home, python, tmp_path_factory.mktemp("filter"), options)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def test_job_is_submitted_with_a_good_token(filtered, write_script):
    with client.Server(filtered.environment(SPARK_REST_AUTH="bearer:" + token(KEY))) as server:
        answer = server.submit(write_script("said.py", "print('let in')\n"))
    assert answer.data["state"] == "FINISHED" and "let in" in answer.data["output"]
    assert not any(token(KEY).encode() in text for text in filtered.written_logs().values())


@pytest.mark.parametrize("auth,cure,said", [
    (None, "Give credentials for it in SPARK_REST_AUTH", "Authorization header is missing"),
    ("bearer:" + token(b"another key of thirty-two bytes."), "Correct the credentials in SPARK_REST_AUTH", "JWT Validate Fail"),
], ids=["no token", "wrong token"])
def test_without_a_good_token_the_error_tells_so(filtered, auth, cure, said):
    told = run("--check", **filtered.environment(SPARK_REST_AUTH=auth)).stdout
    assert "HTTP 403" in told and cure in told and said in told, told
    assert auth is None or auth not in told
