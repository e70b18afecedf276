"""`negotiate`: Apache asks for Kerberos before a history server, with a KDC of its own. Needs no Spark."""

import subprocess

import pytest

from cluster import free_port
from recorder import Recorder, settings
from test_check import run
from walls import Apache, Kerberos

# What a libcurl is like that was built without GSS-API.
WITHOUT = """
#define _GNU_SOURCE
#include <curl/curl.h>
#include <dlfcn.h>
curl_version_info_data *curl_version_info(CURLversion version)
{
    static curl_version_info_data told;
    curl_version_info_data *(*real)(CURLversion) = dlsym(RTLD_NEXT, "curl_version_info");
    told = *real(version);
    told.features &= ~(CURL_VERSION_SPNEGO | CURL_VERSION_GSSAPI | CURL_VERSION_KERBEROS5);
    return &told;
}
"""


@pytest.fixture(scope="module")
def kerberos(tmp_path_factory):
    with Kerberos(tmp_path_factory.mktemp("kdc"), free_port()) as kdc:
        yield kdc


@pytest.fixture(scope="module")
def history(kerberos):
    """The history server behind Apache, as a URL."""
    port, spark = free_port(), Recorder()
    try:
        with Apache(port, spark.url, kerberos):
            yield "http://localhost:%d" % port
    finally:
        spark.close()


def check(recorders, history, **environment):
    spark = recorders()
    done = run("--check", **{**settings(spark, spark, spark), "SPARK_HISTORY_URL": history, **environment})
    return done.stdout + done.stderr


def test_with_a_ticket_the_history_server_is_reached(recorders, kerberos, history, tmp_path):
    said = check(recorders, history, SPARK_HISTORY_AUTH="negotiate", **kerberos.ticket(tmp_path / "ticket"))
    assert "ok      history server  " + history in said, said


def test_without_a_ticket_the_error_says_kinit(recorders, kerberos, history, tmp_path):
    said = check(recorders, history, SPARK_HISTORY_AUTH="negotiate", **kerberos.environment,
                 KRB5CCNAME="FILE:%s" % (tmp_path / "none"))
    assert "refused access (HTTP 401)" in said and "'kinit'" in said, said


def test_without_negotiate_the_error_says_to_set_it(recorders, history):
    said = check(recorders, history)
    assert "SPARK_HISTORY_AUTH=negotiate" in said and "'kinit'" in said, said


def test_name_that_the_realm_does_not_know_is_told(recorders, kerberos, history, tmp_path):
    said = check(recorders, history.replace("localhost", "127.0.0.1"), SPARK_HISTORY_AUTH="negotiate",
                 **kerberos.ticket(tmp_path / "ticket"))
    assert "refused access (HTTP 401)" in said and "HTTP/ and the host" in said, said


def test_check_says_when_this_libcurl_cannot_negotiate(recorders, history, tmp_path):
    (tmp_path / "without.c").write_text(WITHOUT)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", tmp_path / "without.so", tmp_path / "without.c", "-ldl"], check=True)
    said = check(recorders, history, SPARK_HISTORY_AUTH="negotiate", LD_PRELOAD=str(tmp_path / "without.so"),
                 ASAN_OPTIONS="verify_asan_link_order=0")
    assert "SPARK_HISTORY_AUTH needs Kerberos" in said and "libcurl" in said, said
