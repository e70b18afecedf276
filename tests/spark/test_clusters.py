"""SPARK_CLUSTERS: two real clusters behind one server; the second is of SPARK_TEST_OTHER_HOME."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from mcp.types import ResourceTemplateReference

import client
from client import rows
from cluster import Cluster

pytestmark = pytest.mark.two_clusters


@pytest.fixture(scope="module")
def other(spark_home, python, tmp_path_factory):
    home = Path(os.environ["SPARK_TEST_OTHER_HOME"]).resolve()
    own = home.parents[3] / "bin" / "python"
    cluster = Cluster(home, own if own.exists() else python, tmp_path_factory.mktemp("other"))
    try:
        cluster.start_master()
        cluster.start_worker()
        cluster.wait_ready()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="module")
def environment(cluster, other, tmp_path_factory):
    file = tmp_path_factory.mktemp("clusters") / "clusters.json"
    file.write_text(json.dumps({"first": cluster.environment(), "other": other.environment()}))
    return {"SPARK_CLUSTERS": str(file)}


@pytest.fixture(scope="module")
def server(environment):
    with client.Server(environment) as server:
        yield server


def test_each_cluster_runs_sql_in_its_own_session(server, cluster, other):
    begun = [server.start("execute-sql", sql="CREATE OR REPLACE TEMP VIEW mine AS SELECT version() AS v, 1 AS n"),
             server.start("execute-sql", sql="CREATE OR REPLACE TEMP VIEW mine AS SELECT version() AS v, 2 AS n",
                          cluster="other")]
    assert [one.result().is_error for one in begun] == [False, False], [one.result().text for one in begun]
    for name, of, number in ("first", cluster, 1), ("other", other, 2):
        told = server.call("execute-sql", sql="SELECT v, n FROM mine", cluster=name)
        version, n = rows(told)[0]
        assert n == number and version.split()[0] in str(sorted((of.spark_home / "jars").glob("spark-core_*")))
        assert told.data["clusterName"] == name
        assert len(of.active_drivers()) == 1


def test_a_submission_is_found_and_killed_by_its_id_alone(server, other, environment):
    begun = server.call("submit-spark-job", code="import time\nprint('sleeping', flush=True)\ntime.sleep(300)",
                        cluster="other", wait_seconds=0)
    found = begun.data["submissionId"]
    with client.Server(environment) as another:  # which has to ask
        assert another.call("monitor-cluster", submission_id=found).data["clusterName"] == "other"
        unknown = another.call("kill-spark-job", submission_id="driver-20200101000000-0000")
        assert unknown.is_error and "no cluster knows" in unknown.text
    assert server.call("kill-spark-job", submission_id=found).data["state"] == "KILLED"
    assert other.driver(found)["state"] == "KILLED"


def test_an_application_and_an_operation_find_their_cluster(server, other):
    application = server.call("monitor-cluster", metric_type="applications", cluster="other").data["applications"][0]["id"]
    jobs = server.call("monitor-cluster", metric_type="jobs", application_id=application)
    assert jobs.data["clusterName"] == "other", jobs.text
    operation = server.call("execute-sql", sql=client.FOREVER, cluster="other", wait_seconds=0).data["operationId"]
    assert server.call("monitor-cluster", operation_id=operation).data["clusterName"] == "other"
    news = server.follow("spark://operations/" + operation)
    assert server.call("kill-spark-job", operation_id=operation).data["state"] == "CANCELLED"
    assert news.result(20) == "spark://operations/" + operation


def read(server, uri):
    return server.ask("read_resource", uri).contents[0].text


def complete(server, template, name, value):
    return server.ask("complete", ResourceTemplateReference(type="ref/resource", uri=template),
                      {"name": name, "value": value}).completion.values


def test_resources_and_completions_are_of_every_cluster(server, cluster, other):
    assert read(server, "spark://cluster").startswith("Cluster first\n")
    told = read(server, "spark://clusters/other")
    assert told.startswith("Cluster other\n") and other.url in told and cluster.url not in told
    server.call("execute-sql", sql="CREATE OR REPLACE TEMP VIEW only_there AS SELECT 1 AS a", cluster="other")
    assert "only_there" in read(server, "spark://clusters/other/tables")
    assert "only_there" in complete(server, "spark://clusters/{cluster}/tables/{name}", "name", "only")
    ids = [application["id"] for of in (cluster, other) for application in of.state()["activeapps"]]
    assert set(ids) <= set(complete(server, "spark://applications/{id}", "id", "app-"))
    assert ids[-1] in read(server, "spark://clusters/other/applications/" + ids[-1])


def test_check_tries_every_cluster(environment, cluster, other):
    told = subprocess.run([client.BINARY, "--check"], env={**os.environ, **environment}, capture_output=True, text=True)
    first, second = told.stdout.split("\nother:\n")
    assert first.startswith("first:\n") and cluster.rest_url in first and other.rest_url not in first
    assert other.rest_url in second and cluster.rest_url not in second
    assert told.returncode == 0, told.stdout
