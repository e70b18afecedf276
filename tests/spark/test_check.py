"""The command line: --check, --help, --version."""

import os
import re
import subprocess

import pytest

import client
from cluster import free_port, get_json
from recorder import settings


def run(*arguments, **environment):
    base = {"HOME": os.environ["HOME"], "PATH": os.environ["PATH"]}
    base.update({key: value for key, value in os.environ.items() if key.endswith("SAN_OPTIONS")})
    done = subprocess.run(
        [client.BINARY, *arguments], env={**base, **environment}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60)
    client.check_stderr(done.stderr)
    return done


@pytest.fixture(scope="module")
def good(cluster):
    return run("--check", **cluster.environment())


def test_check_of_a_good_cluster_ends_with_0(good):
    assert good.returncode == 0 and good.stdout, good.stdout + good.stderr


@pytest.mark.parametrize("part", ["submission API", "master", "worker", "history", "Python"])
def test_check_speaks_of(part, good):
    assert re.search(part, good.stdout, re.I)


def test_check_names_the_addresses(good, cluster):
    for url in (cluster.rest_url, cluster.ui_url, cluster.history_url):
        assert url in good.stdout


def test_check_names_the_version_of_spark(good, cluster):
    version = get_json(cluster.history_url + "/api/v1/version")["spark"]
    assert version in good.stdout


def test_check_is_quiet_on_stderr_when_all_is_well(good):
    assert good.stderr == ""


def test_check_of_bad_addresses_ends_with_1_and_names_them(cluster):
    url = "http://127.0.0.1:%d" % free_port()
    done = run("--check", **cluster.environment(SPARK_REST_URL=url, SPARK_MASTER_UI_URL=url, SPARK_HISTORY_URL=url))
    assert done.returncode == 1
    assert url in done.stdout


def test_check_tells_what_to_change_when_the_rest_api_is_missing(cluster):
    done = run("--check", **cluster.environment(SPARK_REST_URL="http://127.0.0.1:%d" % free_port()))
    assert done.returncode == 1
    assert "SPARK_REST_URL=" + cluster.rest_url in done.stdout  # the master's page says where it is


def test_check_tells_of_a_page_where_the_rest_api_should_be(cluster):
    done = run("--check", **cluster.environment(SPARK_REST_URL=cluster.ui_url))
    assert done.returncode == 1
    assert "SPARK_REST_URL" in done.stdout


@pytest.mark.parametrize("setting, given, is_what, cure", [
    ("SPARK_MASTER_UI_URL", "history_url", "a history server", "master's web UI"),
    ("SPARK_MASTER_UI_URL", "rest_url", "the submission API", "master's web UI"),
    ("SPARK_HISTORY_URL", "ui_url", "the master's web UI", "a history server"),
])
def test_an_address_of_another_server_is_told_with_its_setting(setting, given, is_what, cure, cluster):
    url = getattr(cluster, given)
    done = run("--check", **cluster.environment(**{setting: url}))
    assert re.search("'%s' is %s.*\n.*Set %s to .*%s" % (url, is_what, setting, cure), done.stdout), done.stdout


def test_the_address_of_a_worker_is_told_with_that_of_its_master(cluster):
    worker = next(worker for worker in cluster.state()["workers"] if worker["state"] == "ALIVE")
    done = run("--check", **cluster.environment(SPARK_MASTER_UI_URL=worker["webuiaddress"]))
    assert "is a worker's web UI" in done.stdout
    assert re.search(r"Set SPARK_MASTER_UI_URL to 'http://[^:]+:%d'" % cluster.ui_port, done.stdout), done.stdout


def test_check_names_a_missing_history_server(cluster):
    url = "http://127.0.0.1:%d" % free_port()
    done = run("--check", **cluster.environment(SPARK_HISTORY_URL=url))
    assert url in done.stdout and "SPARK_HISTORY_URL" in done.stdout


@pytest.mark.parametrize("entry", ["[2001:db8::1]=127.0.0.1", "[2001:db8::1]:%d=127.0.0.1:%d"])
def test_a_host_map_may_hold_ipv6_addresses(entry, recorders):
    spark = recorders()
    entry = entry % (spark.port, spark.port) if "%" in entry else entry
    done = run("call", "monitor-cluster", **settings(spark, spark, spark, SPARK_HOST_MAP=entry, **{
        "SPARK_MASTER_UI_URL": "http://[2001:db8::1]:%d" % spark.port}))
    assert done.returncode == 0 and spark.requests, done.stderr


def test_check_shows_no_secret(cluster):
    conf = "spark.hadoop.fs.s3a.secret.key=hush-hush"
    done = run("--check", **cluster.environment(SPARK_CONF=conf))
    assert "hush-hush" not in done.stdout + done.stderr


def test_master_that_is_no_standalone_master_is_refused():
    done = run("--check", SPARK_MASTER="yarn")
    assert done.returncode != 0
    assert "yarn" in done.stdout + done.stderr and "spark://" in done.stdout + done.stderr


def test_help_names_every_given_setting():
    done = run("--help")
    assert done.returncode == 0 and done.stderr == ""
    for name in ("SPARK_MASTER", "SPARK_APP_NAME", "SPARK_EXECUTOR_MEMORY", "SPARK_EXECUTOR_CORES",
                 "SPARK_SQL_WAREHOUSE_DIR", "SPARK_SERIALIZER", "PYSPARK_PYTHON", "SPARK_REST_URL",
                 "SPARK_MASTER_UI_URL", "SPARK_HISTORY_URL", "SPARK_CONF", "--check", "--version"):
        assert name in done.stdout, name


def test_version_is_one_line():
    done = run("--version")
    assert done.returncode == 0 and done.stderr == ""
    assert re.fullmatch(r"mcp-spark-server \d+\.\d+\.\d+\S*\n", done.stdout)


def test_unknown_flag_is_refused_on_stderr():
    done = run("--chekc")
    assert done.returncode not in (0, -6, -11) and done.stdout == ""
    assert "--chekc" in done.stderr and "--check" in done.stderr


def test_start_has_no_side_effect_and_end_of_input_ends_it():
    done = run()
    assert (done.returncode, done.stdout) == (0, "")
