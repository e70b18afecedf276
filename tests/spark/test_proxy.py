"""What libcurl would take from its environment: proxies, passwords, a file for the keys of TLS. None of it is for Spark;
the proxy that is asked for is named when something fails."""

import pytest

from cluster import free_port
from recorder import settings
from test_check import run

NAMES = ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY")


@pytest.mark.parametrize("name", NAMES)
def test_a_proxy_of_the_environment_is_not_asked(name, recorders):
    proxy, spark = recorders(), recorders()
    done = run("call", "monitor-cluster", **settings(spark, spark, spark, **{name: proxy.url}))
    assert done.returncode == 0, done.stderr
    assert proxy.requests == [] and spark.requests


def test_the_proxy_that_is_asked_for_is_used_elsewhere(recorders):
    proxy = recorders()
    done = run("call", "monitor-cluster", SPARK_MASTER="spark://spark.corp:7077", SPARK_PROXY=proxy.url)
    assert proxy.requests[0][1].startswith("http://spark.corp:8080/json"), done.stderr


def test_a_dead_proxy_is_named():
    url = "http://127.0.0.1:%d" % free_port()
    done = run("call", "monitor-cluster", SPARK_MASTER="spark://spark.corp:7077", SPARK_PROXY=url)
    assert done.returncode == 1 and "SPARK_PROXY" in done.stderr and url in done.stderr


def test_a_password_of_the_proxy_is_never_shown():
    url = "http://user:hunter22@127.0.0.1:%d" % free_port()
    done = run("call", "monitor-cluster", SPARK_MASTER="spark://spark.corp:7077", SPARK_PROXY=url)
    assert done.returncode == 1 and "hunter22" not in done.stderr + done.stdout


def test_hosts_that_are_excepted_are_asked_directly(recorders):
    proxy = recorders()
    done = run("call", "monitor-cluster", SPARK_MASTER="spark://spark.invalid:7077", SPARK_PROXY=proxy.url,
               SPARK_NO_PROXY="other,.invalid")
    assert done.returncode == 1 and proxy.requests == []


def test_passwords_of_a_netrc_are_not_sent(recorders, tmp_path):
    spark = recorders()
    (tmp_path / ".netrc").write_text("default login ann password hunter22\n")
    run("call", "monitor-cluster", **settings(spark, spark, spark, HOME=str(tmp_path), NETRC=str(tmp_path / ".netrc"),
                                              CURL_HOME=str(tmp_path)))
    assert spark.requests and {authorization for _, _, authorization, _ in spark.requests} == {None}


def test_keys_of_tls_are_written_nowhere(recorders, authority, tmp_path):
    spark, keys = recorders(tls=authority.context()), tmp_path / "keys"
    done = run("call", "monitor-cluster", **settings(spark, spark, spark, SSLKEYLOGFILE=str(keys),
                                                     SPARK_CA_FILE=str(authority.file)))
    assert done.returncode == 0 and spark.requests, done.stderr
    assert not keys.exists()
