"""Spark's own reverse proxy: workers and drivers are read through the master, since no other way leads to them."""

import urllib.error
import urllib.request

import pytest

import client
from client import START
from cluster import Cluster, free_port
from test_check import run
from walls import Nginx

SLOW = "import time\nfrom pyspark.sql import SparkSession\n" \
       "spark = SparkSession.builder.getOrCreate()\nprint('begun', flush=True)\n" \
       "spark.sparkContext.parallelize(range(12), 12).foreach(lambda i: time.sleep(0.5))\n"


@pytest.fixture(scope="module", params=["links that are paths", "links to nginx"])
def walled(request, spark_home, python, tmp_path_factory, authority):
    """A cluster, and the configuration of a server that can reach its master only."""
    folder, port = tmp_path_factory.mktemp("proxy"), free_port()
    options = ["spark.ui.reverseProxy=true"]
    changes = {}
    if request.param == "links to nginx":
        url = "https://spark.example:%d/spark" % port
        options.append("spark.ui.reverseProxyUrl=" + url)
        changes = {"SPARK_MASTER_UI_URL": "https://127.0.0.1:%d/spark" % port, "SPARK_UI_CA_FILE": authority.file}
    cluster = Cluster(spark_home, python, folder, options)
    text = "ssl_certificate %s; ssl_certificate_key %s; location /spark/ { proxy_pass %s/; }" % (
        *authority.sign("server"), cluster.ui_url)
    try:
        cluster.start()
        changes["SPARK_CONF"] = ",".join([cluster.environment()["SPARK_CONF"], "spark.ui.port=%d" % free_port(), *options])
        changes["SPARK_HOST_MAP"] = "127.0.0.1:%d=127.0.0.1:1" % cluster.workers[0].ui_port
        with Nginx(folder, {port: text}):
            yield cluster, cluster.environment(**changes)
    finally:
        cluster.stop()


@pytest.fixture(scope="module")
def server(walled):
    with client.Server(walled[1]) as server:
        yield server


@pytest.fixture(scope="module")
def application(server, walled):
    """The id of the session's application, which runs."""
    assert client.rows(server.sql("select count(*) from range(10)")) == [[10]]
    return walled[0].state()["activeapps"][0]["id"]


def test_check_finds_the_worker_through_the_master(walled):
    done = run("--check", **walled[1])
    assert done.returncode == 0 and "through the master" in done.stdout, done.stdout


def test_output_of_a_job_comes_through_the_master(server, write_script):
    answer = server.submit(write_script("said.py", "print('said')\n"))
    assert answer.data["state"] == "FINISHED" and "said" in answer.data["output"]


def test_executors_are_seen_through_the_master(server, application):
    executors = server.monitor("executors", application_id=application).data["executors"]
    assert {executor["id"] for executor in executors} >= {"driver", "0"}


@pytest.mark.parametrize("executor", ["driver", "0"])
def test_log_of_an_executor_is_read_through_the_master(server, application, executor):
    answer = server.monitor("logs", application_id=application, executor_id=executor, log="stderr")
    assert not answer.is_error and "INFO" in answer.text


def test_progress_of_a_job_is_read_through_the_master(walled, write_script):
    port = free_port()  # where nothing leads to
    environment = {**walled[1], "SPARK_HOST_MAP": walled[1]["SPARK_HOST_MAP"] + ",localhost:%d=localhost:1" % port}
    environment["SPARK_CONF"] += ",spark.ui.port=%d" % port
    with client.Server(environment) as server:
        answer = server.submit(write_script("slow.py", SLOW), wait_seconds=START)
    assert answer.data["state"] == "FINISHED"
    assert any("of 12 tasks done" in message for message in answer.messages), answer.messages


# A session that no address leads to.

@pytest.fixture(scope="module")
def relayed(walled):
    """A server that reaches its session through the master only: by its own address it is asked at a dead port."""
    port = free_port()
    host_map = walled[1]["SPARK_HOST_MAP"] + ",127.0.0.1:%d=127.0.0.1:1" % port
    with client.Server({**walled[1], "SPARK_SESSION_PORT": str(port), "SPARK_HOST_MAP": host_map}) as server:
        answer = server.sql("CREATE TEMP VIEW kept AS SELECT 7 AS n", wait_seconds=START)
        assert not answer.is_error and "ranIn" not in answer.data, answer.text
        yield server


def test_a_session_behind_walls_is_warm_through_the_master(relayed, walled):
    before = walled[0].active_drivers()
    answer = relayed.sql("SELECT n + 1 FROM kept")
    assert client.rows(answer) == [[8]] and "ranIn" not in answer.data
    assert walled[0].active_drivers() == before, "no driver of its own"


def test_large_answers_come_through_the_master_whole(relayed):
    found = client.rows(relayed.sql("SELECT id, repeat('ä', 1000) FROM range(3000)", limit=3000, max_bytes=8000000))
    assert [row[0] for row in found] == list(range(3000)) and {row[1] for row in found} == {"ä" * 1000}


def test_a_download_comes_through_the_master_whole(relayed, tmp_path):
    answer = relayed.sql("SELECT id FROM range(400000)", download_path=str(tmp_path / "ids.csv"))
    assert not answer.is_error, answer.text
    assert (tmp_path / "ids.csv").read_text().split() == ["id", *map(str, range(400000))]


def test_a_statement_is_stopped_through_the_master(relayed):
    begun = relayed.sql(client.FOREVER, wait_seconds=0)
    assert not relayed.call("kill-spark-job", operation_id=begun.data["operationId"]).is_error
    assert client.rows(relayed.sql("SELECT * FROM kept")) == [[7]]


def test_the_relay_gives_nobody_else_anything(walled, relayed):
    application = relayed.monitor("applications").data["applications"][0]["id"]
    url = "%s/proxy/%s/mcp-spark-server/" % (walled[0].ui_url, application)
    for path in ("status", "proof", "operations/x"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(url + path, timeout=10)
        assert (refused.value.code, refused.value.read()) == (401, b"")
