"""HDFS: the given calls as they stand, what a write leaves, and what is said when the NameNode says no."""

import gzip
import json
import os
import signal
from pathlib import Path

import pytest

import client
import maven
import processes
from client import START, rows
from hdfs import Hdfs

TESTS = Path(__file__).resolve().parents[1]
SEGMENTS = json.loads((TESTS / "spark" / "given" / "customer_segmentation.json").read_text())
TEXTS = json.loads((TESTS / "spark" / "given" / "text_classification.json").read_text())
MESSAGES = TESTS.parent / "examples" / "data" / "sms-spam.json.gz"
ROOT = "hdfs://namenode:9000"
SLOW = "SELECT id FROM range(0, 40, 1, 4) WHERE " + client.SLEEPS % 3000


@pytest.fixture(scope="module")
def hdfs(spark_home, tmp_path_factory):
    hdfs = Hdfs(maven.hdfs(maven.hadoop_of(spark_home)), tmp_path_factory.mktemp("hdfs"))
    try:
        hdfs.start()
        for folder in ("/ml-data", "/models", "/analytics"):
            hdfs.make_folder(folder, "root")
        hdfs.make_folder("/closed", permission="755")
        hdfs.put("/closed/x.csv", b"a,b\n1,2\n")
        yield hdfs
    finally:
        hdfs.stop()


@pytest.fixture(scope="module")
def settings(cluster, hdfs):
    values = cluster.environment()
    values["SPARK_CONF"] = values["SPARK_CONF"].replace(cluster.java_options, "%s %s" % (cluster.java_options, hdfs.java_options))
    return values


@pytest.fixture(scope="module")
def spark(settings):
    with client.Server(settings) as server:
        server.sql("CREATE OR REPLACE TEMP VIEW orders AS SELECT id % 90 AS customer_id, double(id % 977) AS amount, "
                   "date'2024-02-01' AS order_date FROM range(6000)", wait_seconds=START)
        assert not server.call("execute-sql", **SEGMENTS, wait_seconds=START).is_error
        yield server


def test_the_given_query_is_saved_as_it_stands_and_read_again(spark, hdfs):
    target = SEGMENTS["save_path"]
    again = spark.call("execute-sql", **SEGMENTS)
    assert again.is_error and "exists already" in again.text
    for mode, count in (("overwrite", 1), ("append", 2)):
        answer = spark.call("execute-sql", **SEGMENTS, save_mode=mode, wait_seconds=100)
        assert not answer.is_error and answer.data["saved"]["rows"] == 1 and not answer.data.get("warnings"), answer.text
        assert rows(spark.sql("SELECT count(*) FROM parquet.`%s`" % target)) == [[count]]
    read = spark.data("read", target)
    assert (read.data["format"], read.data["rowCount"]) == ("parquet", 2)
    assert hdfs.names("/analytics") == ["customer-segmentation-2024"], "nothing may be left beside the target"


def test_the_given_pipeline_is_trained_and_saved_as_it_stands(spark, hdfs):
    lines = gzip.open(MESSAGES).read().splitlines()[:600]
    hdfs.put("/ml-data/text-classification/messages.json", b"\n".join(lines))
    answer = spark.call("run-ml-pipeline", **TEXTS, wait_seconds=200)
    while not answer.is_error and answer.data.get("state") == "RUNNING":
        answer = spark.monitor(operation_id=answer.data["operationId"], wait_seconds=200)
    assert not answer.is_error, answer.text
    assert {"metadata", "stages"} <= set(hdfs.names("/models/text-classifier-v2.1"))
    assert hdfs.names("/models") == ["text-classifier-v2.1"]
    applied = spark.train({"model_path": TEXTS["model_output_path"]}, TEXTS["data_path"], wait_seconds=200)
    assert not applied.is_error and applied.data["predictions"]["rows"], applied.text


def begun(hdfs, path, mode):
    """Whether tasks write: for an overwrite, in the hidden folder beside the target."""
    if mode == "append":
        return "_temporary" in hdfs.names(path)
    hidden = [name for name in hdfs.names("/analytics") if name.startswith(".killed-overwrite.")]
    return hidden and "data" in hdfs.names("/analytics/" + hidden[0])


@pytest.mark.parametrize("mode", ["overwrite", "append"])
def test_a_driver_killed_in_mid_write_leaves_the_target_as_it_was(mode, settings, hdfs):
    target = "%s/analytics/killed-%s" % (ROOT, mode)
    path = "/analytics/killed-" + mode
    others = processes.with_text("DriverWrapper", "cmdline")
    with client.Server(settings) as server:
        assert not server.sql("SELECT id FROM range(7)", save_path=target, wait_seconds=START).is_error
        before = hdfs.names(path)
        server.start("execute-sql", sql=SLOW, save_path=target, save_mode=mode, wait_seconds=100)
        assert processes.wait_until(lambda: begun(hdfs, path, mode), 60)
        own = processes.with_text("DriverWrapper", "cmdline") - others
        assert len(own) == 1, own
        os.kill(own.pop(), signal.SIGKILL)
    with client.Server(settings) as server:
        told = server.sql("SELECT count(*) FROM parquet.`%s`" % target, wait_seconds=START)
        assert rows(told) == [[7]]
        assert [name for name in hdfs.names(path) if name != "_temporary"] == before
        again = server.sql("SELECT id FROM range(3)", save_path=target, save_mode=mode, wait_seconds=100)
        assert not again.is_error, again.text
    left = [name for name in hdfs.names("/analytics") if name.startswith(".killed-" + mode)]
    assert not left, "%s: %s; %s" % (left, hdfs.names("/analytics/" + left[0]), again.text)
    assert "_temporary" not in hdfs.names(path)


def test_a_right_that_lacks_is_named_with_user_and_folder(spark):
    answer = spark.sql("SELECT 1 AS a", save_path=ROOT + "/closed/out")
    assert answer.is_error and "lacks the right WRITE at '/closed'" in answer.text and "-setfacl" in answer.text, answer.text


@pytest.mark.parametrize("url, says", [
    ("hdfs://nowhere:9000/x", "can't resolve the name"),
    (ROOT.replace("9000", "9001") + "/x", "Check that the service runs"),
    (ROOT.replace("9000", "9870") + "/x", "another protocol"),
    (ROOT + "/analytics/customer-segmentation", "did you mean 'customer-segmentation-2024'")])
def test_a_place_that_is_not_there_is_told_with_what_to_check(url, says, spark):
    for answer in (spark.data("read", url), spark.sql("SELECT 1 AS a", save_path=url) if "analytics" not in url else None):
        assert answer is None or (answer.is_error and says in answer.text), answer.text


def test_safe_mode_lets_read_and_says_how_it_ends(spark, hdfs):
    hdfs.admin("-safemode", "enter")
    try:
        assert not spark.data("read", SEGMENTS["save_path"]).is_error
        for mode in ("overwrite", "append"):
            answer = spark.sql("SELECT 1 AS segment", save_path=ROOT + "/analytics/new-" + mode, save_mode=mode)
            assert answer.is_error and "-safemode leave" in answer.text and "HDFS only reads now" in answer.text, answer.text
    finally:
        hdfs.admin("-safemode", "leave")
    assert not [name for name in hdfs.names("/analytics") if "new-" in name]


def test_a_standby_namenode_is_told_as_one(spark, hdfs):
    hdfs.start_standby()
    for answer in (spark.data("read", "hdfs://standby:9000/x"), spark.sql("SELECT 1 AS a", save_path="hdfs://standby:9000/x")):
        assert answer.is_error and "not the active one" in answer.text and "dfs.nameservices" in answer.text, answer.text


def test_a_datanode_that_is_gone_is_told(spark, hdfs):
    hdfs.datanode.stop()
    try:
        answer = spark.sql("SELECT 1 AS a", save_path=ROOT + "/analytics/nowhere", wait_seconds=100)
        assert answer.is_error and "hdfs dfsadmin -report" in answer.text, answer.text
    finally:
        hdfs.datanode.start()
        hdfs.wait_ready()


def test_a_namenode_that_is_gone_is_told_and_the_session_goes_on_when_it_is_back(spark, hdfs):
    hdfs.namenode.stop()
    try:
        for _ in range(2):  # the first finds a connection of before
            answer = spark.sql("SELECT 1 AS a", save_path=ROOT + "/analytics/gone", wait_seconds=200)
            assert answer.is_error and any(words in answer.text for words in (
                "whether it runs", "Check that the service runs")), answer.text
    finally:
        hdfs.restart()
    assert rows(spark.sql("SELECT count(*) FROM parquet.`%s`" % SEGMENTS["save_path"], wait_seconds=100)) == [[2]]
