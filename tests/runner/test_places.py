"""What is told of places that this machine has none of: HDFS, S3, Iceberg. tests/places has the real ones."""

import json
import socket

import pytest

from runner.context import Refused
from runner.data import run as data
from runner.errors import causes, explanation
from runner.errors.failure import Failure, Link
from runner.sql import run as sql
from runner.storage import endpoint
from runner.tables import run as tables

S3A = "s3a://b/x: getFileStatus on s3a://b/x: software.amazon.awssdk.services.s3.model.S3Exception: "


def failure(*links):
    found = Failure.__new__(Failure)
    found.links = [Link(java_class, message) for java_class, message in links]
    return found


@pytest.mark.parametrize("links, says", [
    ([("org.apache.hadoop.security.AccessControlException",
       'Permission denied: user=ann, access=WRITE, inode="/closed":hdfs:supergroup:drwxr-xr-x')],
     "'ann', as whom Spark runs, lacks the right WRITE at '/closed'"),
    ([("org.apache.hadoop.hdfs.server.namenode.SafeModeException", "Cannot create file/x. Name node is in safe mode.")],
     "-safemode leave"),
    ([("org.apache.hadoop.ipc.RemoteException", "Operation category READ is not supported in state standby. Visit")],
     "not the active one"),
    ([("org.apache.hadoop.ipc.RemoteException", "File /x could only be written to 0 of the 1 minReplication nodes.")],
     "dfsadmin -report"),
    ([("org.apache.hadoop.ipc.RpcException", "RPC response has a length of 1213486160 exceeds maximum data length")],
     "another protocol"),
    ([("java.nio.file.AccessDeniedException", S3A + "Forbidden (Service: S3, Status Code: 403)")], "S3 refused"),
    ([("java.nio.file.AccessDeniedException", S3A + "No AWS Credentials provided"),
      ("org.apache.hadoop.fs.s3a.auth.NoAuthWithAWSException", "No AWS Credentials provided")], "Spark has no key"),
    ([("org.apache.hadoop.fs.s3a.UnknownStoreException", "`s3a://b/x': getFileStatus")], "bucket's name"),
    ([("org.apache.hadoop.fs.s3a.AWSBadRequestException", "getFileStatus on s3a://b/x: Bad Request")], "endpoint.region"),
    ([("org.apache.hadoop.fs.s3a.AWSServiceThrottledException", "getFileStatus on s3a://b/x")], "fewer requests"),
    ([("org.apache.hadoop.fs.s3a.AWSClientIOException", "getFileStatus on s3a://b/x: Connect to")],
     "spark.hadoop.fs.s3a.endpoint"),
    ([("org.apache.hadoop.hive.metastore.api.MetaException", "Could not connect to meta store using any of the URIs")],
     "hive.metastore.uris"),
    ([("org.apache.derby.shared.common.error.StandardException", "Another instance of Derby may have already booted")],
     "one Spark in at a time"),
    ([("java.lang.IncompatibleClassChangeError", "class SparkView can not implement View")], "built for another version")])
def test_a_place_that_says_no_brings_what_to_do(links, says, context):
    assert says in causes.advise(failure(*links), context)


def test_an_earlier_version_of_a_table_that_keeps_none_is_refused(spark, context):
    spark.sql("CREATE TABLE only_now USING parquet AS SELECT 1 AS a")
    try:
        for when in ({"version": 1}, {"timestamp": "2020-01-01"}):
            with pytest.raises(Exception) as caught:
                data.run(context, {"operation": "read", "source_path": "only_now", "transformation_config": when})
            told = explanation.explain(caught.value, context)
            assert told["class"].startswith("UNSUPPORTED_FEATURE.TIME_TRAVEL") and "earlier versions" in told["next"], told
    finally:
        spark.sql("DROP TABLE only_now")


def test_the_folder_of_an_iceberg_table_is_not_read_as_its_files(context, tmp_path):
    for name in ("metadata/v1.metadata.json", "data/part.parquet"):
        (tmp_path / "t" / name).parent.mkdir(parents=True)
        (tmp_path / "t" / name).write_text("{}")
    with pytest.raises(Refused) as caught:
        data.run(context, {"operation": "read", "source_path": str(tmp_path / "t")})
    assert "table of Iceberg" in caught.value.message


def test_iceberg_is_refused_with_its_package_where_it_is_not_there(spark, context):
    spark.range(2).createOrReplaceTempView("two")
    for config in ({"source_path": "two", "format": "iceberg", "operation": "read"},
                   {"source_path": "two", "target_path": "lake.db.t", "format": "iceberg", "operation": "write"}):
        with pytest.raises(Refused) as caught:
            data.run(context, config)
        assert "has no iceberg" in caught.value.message, caught.value.message


def test_a_source_of_unknown_format_is_not_taken_for_the_targets_iceberg(context, tmp_path):
    (tmp_path / "a.bin").write_bytes(b"\0\1\2")
    with pytest.raises(Refused) as caught:
        data.run(context, {"operation": "write", "source_path": str(tmp_path / "a.bin"), "target_path": "lake.db.t",
                           "format": "iceberg"})
    assert "can't be told" in caught.value.message, caught.value.message


@pytest.mark.parametrize("name", ["my-table", "my table", "2024"])
def test_a_table_is_read_by_a_name_that_needs_quotes(spark, context, name):
    spark.sql("CREATE OR REPLACE TEMP VIEW `%s` AS SELECT 1 AS a" % name)
    answer = data.run(context, {"operation": "read", "source_path": name})
    assert (answer["table"], answer["rowCount"]) == (name, 1)


@pytest.fixture
def hadoop(spark):
    conf = spark._jsc.hadoopConfiguration()
    names = ("fs.s3a.endpoint", "fs.s3a.bucket.lake.endpoint", "fs.s3a.proxy.host", "fs.s3a.proxy.port")
    before = {name: conf.get(name) for name in names}
    yield conf
    for name, value in before.items():
        conf.unset(name) if value is None else conf.set(name, value)


def test_an_endpoint_of_s3_that_nothing_listens_at_is_an_obstacle(spark, hadoop):
    assert not endpoint.obstacle(spark)  # as Hadoop brings it
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for text in ("http://127.0.0.1:%d", "127.0.0.1:%d", "https://127.0.0.1:%d/"):
            hadoop.set("fs.s3a.endpoint", text % port)
            assert not endpoint.obstacle(spark)
    assert "127.0.0.1:%d/ (spark.hadoop.fs.s3a.endpoint): Connection refused" % port in endpoint.obstacle(spark)
    hadoop.set("fs.s3a.proxy.host", "127.0.0.1")
    hadoop.set("fs.s3a.proxy.port", str(port))
    assert "127.0.0.1:%d (spark.hadoop.fs.s3a.proxy.host): Connection refused" % port in endpoint.obstacle(spark)
    hadoop.unset("fs.s3a.proxy.host")
    for address in ("http://nowhere.invalid", "http://a:b", "http://[::1"):
        hadoop.set("fs.s3a.endpoint", address)
        assert address + " (spark.hadoop.fs.s3a.endpoint): " in endpoint.obstacle(spark)
    hadoop.unset("fs.s3a.endpoint")
    hadoop.set("fs.s3a.bucket.lake.endpoint", "http://127.0.0.1:%d" % port)
    assert "(spark.hadoop.fs.s3a.bucket.lake.endpoint): Connection refused" in endpoint.obstacle(spark)


def test_a_table_looked_for_in_a_catalog_that_is_not_there_brings_those_that_are(context):
    with pytest.raises(Exception) as caught:
        sql.run(context, {"sql": "SELECT * FROM lake.db.t"})
    assert "The catalogs are: spark_catalog." in json.dumps(explanation.explain(caught.value, context))


@pytest.mark.parametrize("said, told", [
    ("990 bytes, 10 rows", {"bytes": 990, "rowCount": 10}), ("990 bytes, 0 rows", {"bytes": 990}),
    ("0 bytes, 0 rows", {"bytes": 0, "rowCount": 0}), ("990 bytes", {"bytes": 990})])
def test_rows_that_hive_never_counted_are_not_told_as_none(said, told):
    found = {}
    tables._add_details(found, [("a", "int", None), ("", "", ""), (tables.DETAILS, "", ""), ("Statistics", said, "")])
    assert found == told
