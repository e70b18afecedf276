"""S3: what a write leaves, where keys may come from and never go, and what is said when S3 says no."""

import json
import os
import signal

import pytest

import client
import maven
import processes
import s3
from client import START, rows

IMPATIENT = {"spark.hadoop.fs.s3a." + name: value for name, value in {
    "attempts.maximum": "1", "retry.limit": "1", "retry.interval": "50ms", "retry.throttle.limit": "1",
    "retry.throttle.interval": "50ms"}.items()}
SLOW = "SELECT id FROM range(0, 40, 1, 4) WHERE " + client.SLEEPS % 3000
PROFILE = "software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider"
CUSTOMERS = """
import argparse, json
from pyspark.sql import SparkSession
parser = argparse.ArgumentParser()
for name in ("--input-path", "--output-path", "--date-range"):
    parser.add_argument(name)
options = parser.parse_args()
spark = SparkSession.builder.getOrCreate()
first, last = options.date_range.split(",")
rows = spark.read.json(options.input_path).where("day BETWEEN '%s' AND '%s'" % (first, last))
rows.groupBy("customer").count().write.parquet(options.output_path)
print("COUNTED", rows.count())
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory, spark_home):
    store = s3.S3(tmp_path_factory.mktemp("s3"), maven.hadoop_of(spark_home))
    try:
        store.start("datalake")
        yield store
    finally:
        store.stop()


@pytest.fixture(scope="module")
def settings(cluster, store, spark_home):
    """settings(name=value) are those of a server; None leaves one out. Short names are of fs.s3a."""
    jars = sorted(maven.s3a(maven.hadoop_of(spark_home)).glob("*.jar"))
    base = dict(pair.split("=", 1) for pair in cluster.environment()["SPARK_CONF"].split(","))
    base["spark.jars"] = ",".join(map(str, jars))
    s3a = {"endpoint": store.endpoint, "endpoint.region": "us-east-1", "path.style.access": "true",
           "connection.ssl.enabled": "false", "access.key": store.key, "secret.key": store.secret}
    base.update({"spark.hadoop.fs.s3a." + name: value for name, value in s3a.items()})

    def make(**changes):
        named = {name if name.startswith("spark.") else "spark.hadoop.fs.s3a." + name: value for name, value in changes.items()}
        conf = {name: value for name, value in {**base, **named}.items() if value is not None}
        return cluster.environment(SPARK_CONF=json.dumps(conf))

    return make


@pytest.fixture(scope="module")
def spark(settings):
    with client.Server(settings()) as server:
        assert rows(server.sql("SELECT 1", wait_seconds=START)) == [[1]]
        yield server


def test_rows_are_saved_read_replaced_and_added_to(spark, store):
    target = "s3a://datalake/out/t"
    saved = spark.sql("SELECT id, id % 3 AS g FROM range(1000)", save_path=target, wait_seconds=100)
    assert not saved.is_error and saved.data["saved"]["rows"] == 1000, saved.text
    read = spark.data("read", target)
    assert (read.data["format"], read.data["rowCount"]) == ("parquet", 1000)
    replaced = spark.sql("SELECT id, id % 3 AS g FROM range(500)", save_path=target, save_mode="overwrite", wait_seconds=100)
    assert "copies file by file" in replaced.text, replaced.text
    added = spark.sql("SELECT id, id % 3 AS g FROM range(100)", save_path=target, save_mode="append", wait_seconds=100)
    assert not added.is_error, added.text
    assert rows(spark.sql("SELECT count(*) FROM parquet.`%s`" % target)) == [[600]]
    names = store.names("datalake", "out/")
    assert all(name.startswith("out/t/") for name in names) and len(names) == 5, names
    assert store.uploads("datalake") == []


def test_a_driver_killed_in_mid_write_leaves_no_target_and_the_next_write_clears_up(settings, store):
    target = "s3a://datalake/killed/t"
    others = processes.with_text("DriverWrapper", "cmdline")
    with client.Server(settings()) as server:
        assert rows(server.sql("SELECT 1", wait_seconds=START)) == [[1]]
        server.start("execute-sql", sql=SLOW, save_path=target, wait_seconds=100)
        assert processes.wait_until(lambda: store.names("datalake", "killed/.t."), 60)
        own = processes.with_text("DriverWrapper", "cmdline") - others
        assert len(own) == 1, own
        os.kill(own.pop(), signal.SIGKILL)
    assert store.names("datalake", "killed/t") == []
    with client.Server(settings()) as server:
        answer = server.sql("SELECT 1 AS id", save_path=target, wait_seconds=START)
        assert not answer.is_error and "was removed" in answer.text, answer.text
    assert {name.split("/")[1] for name in store.names("datalake", "killed/")} == {"t"}


def test_the_given_submission_reads_and_writes_with_keys_that_stand_nowhere(cluster, settings, store, write_script):
    script = write_script("customer_analytics_pipeline.py", CUSTOMERS)
    lines = [json.dumps({"customer": n % 7, "day": "2024-%02d-01" % (n % 12 + 1)}) for n in range(120)]
    store.put("datalake", "raw/customer-data/2024/days.json", "\n".join(lines))
    plain = json.loads(settings()["SPARK_CONF"])
    keys = {name: plain.pop(name) for name in list(plain) if name.endswith("s.key") or name.endswith("t.key")}
    assert len(keys) == 2
    with client.Server(cluster.environment(SPARK_CONF=json.dumps(plain))) as server:
        answer = server.submit(
            script, args=["--input-path", "s3a://datalake/raw/customer-data/2024/",
                          "--output-path", "s3a://datalake/processed/customer-segments/",
                          "--date-range", "2024-01-01,2024-07-22"],
            executor_memory="600m", executor_cores=4, num_executors=20, wait_seconds=200,
            conf={"spark.sql.adaptive.enabled": "true", "spark.sql.adaptive.coalescePartitions.enabled": "true",
                  "spark.sql.execution.arrow.pyspark.enabled": "true", **keys})
        assert answer.data["state"] == "FINISHED" and "COUNTED 70" in answer.text, answer.text
        logs = server.monitor("logs", submission_id=answer.data["submissionId"], log="stderr")
        environment = server.monitor("environment", application_id=answer.data["applicationId"])
    assert "processed/customer-segments/_SUCCESS" in store.names("datalake", "processed/")
    for text in (answer.everything(), logs.everything(), environment.everything(), server.stderr()):
        assert store.secret not in text and store.key not in text
    holding = [path for path, data in cluster.written_logs().items() if store.secret.encode() in data]
    assert not holding, holding


def test_keys_may_come_from_a_file_of_credentials(settings, store, tmp_path):
    if not store.checks_signatures:
        pytest.skip("the client of this Hadoop takes the file's name from its environment only")
    file = tmp_path / "credentials"
    file.write_text("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n" % (store.key, store.secret))
    named = {"access.key": None, "secret.key": None, "aws.credentials.provider": PROFILE}
    for owner in ("driver", "executor"):
        named["spark.%s.extraJavaOptions" % owner] = "-Daws.sharedCredentialsFile=%s" % file
    with client.Server(settings(**named)) as server:
        answer = server.sql("SELECT 1 AS a", save_path="s3a://datalake/by-file", wait_seconds=START)
        assert not answer.is_error, answer.text
        assert store.secret not in answer.everything()


@pytest.mark.parametrize("changes, says", [
    ({"secret.key": "wrong"}, ["S3 refused", "fs.s3a.secret.key"]),
    ({"access.key": "AKIAWRONG"}, ["S3 refused", "fs.s3a.access.key"]),
    ({"access.key": None, "secret.key": None}, ["Spark has no key for S3", "fs.s3a.access.key"]),
    ({"endpoint": "http://127.0.0.1:1"}, ["Check spark.hadoop.fs.s3a.endpoint"]),
    ({"endpoint": "http://nowhere.invalid"}, ["Check spark.hadoop.fs.s3a.endpoint"]),
    ({"spark.jars": None}, ["spark.jars.packages=org.apache.hadoop:hadoop-aws:"])])
def test_a_wrong_setting_is_told_by_its_name(changes, says, settings, store):
    if "secret.key" in changes and changes["secret.key"] and not store.checks_signatures:
        pytest.skip("moto does not reckon the signatures of this Hadoop as its client does")
    with client.Server(settings(**{**IMPATIENT, **changes})) as server:
        answer = server.data("read", "s3a://datalake/out/t", wait_seconds=START)
        assert answer.is_error and all(words in answer.text for words in says), answer.text
        assert store.secret not in answer.everything()


def test_an_endpoint_that_does_not_answer_is_told_while_hadoops_client_tries(settings):
    with client.Server(settings(endpoint="http://127.0.0.1:1")) as server:
        assert not server.sql("SELECT 1", wait_seconds=START).is_error
        answer = server.data("read", "s3a://datalake/out/t", wait_seconds=20)
        assert "no connection to http://127.0.0.1:1 (spark.hadoop.fs.s3a.endpoint): Connection refused" in answer.text, answer.text
        assert not answer.is_error and "monitor-cluster" in answer.text, answer.text


def test_what_s3_says_no_to_is_told_with_what_to_change(settings, store):
    with client.Server(settings(**IMPATIENT)) as server:
        assert not server.sql("SELECT 1 AS a", save_path="s3a://datalake/patient", wait_seconds=START).is_error
        missing = server.data("read", "s3a://no-such-bucket/x")
        assert missing.is_error and "Check the bucket's name" in missing.text, missing.text
        with store.door.answering(*s3.OTHER_REGION):
            region = server.data("read", "s3a://datalake/patient")
        assert region.is_error and "fs.s3a.endpoint.region" in region.text, region.text
        with store.door.answering(*s3.SLOW_DOWN):
            slow = server.data("read", "s3a://datalake/patient")
        assert slow.is_error and "fewer requests" in slow.text and "retry.throttle.limit" in slow.text, slow.text
        assert not server.data("read", "s3a://datalake/patient").is_error


def test_a_few_answers_of_slow_down_are_waited_out(spark, store):
    assert not spark.sql("SELECT 1 AS a", save_path="s3a://datalake/slow", save_mode="overwrite", wait_seconds=100).is_error
    with store.door.answering(*s3.SLOW_DOWN, first=6):
        answer = spark.data("read", "s3a://datalake/slow", wait_seconds=60)
    assert not answer.is_error and store.door.count > 6, answer.text
