"""Tables of Delta Lake by their names in the session's catalog: made, merged, read as they were.

SPARK=3.5.9 tests/places/run.sh tests/places/test_delta.py"""

import json

import pytest

import client
import maven
from client import START, rows
from runner.storage.formats import DELTA_SETTINGS

RELEASES = {"3.5": "io.delta:delta-spark_2.12:3.3.2"}


@pytest.fixture(scope="module")
def lake(cluster, spark_home, tmp_path_factory):
    version = next(spark_home.glob("jars/spark-core_*.jar")).stem.rpartition("-")[2]
    release = RELEASES.get(".".join(version.split(".")[:2]))
    if release is None:
        pytest.skip("no release for Spark %s is tried" % version)
    jars = [str(jar) for jar in maven.jars("delta-" + version, release).glob("*.jar") if "scala-library" not in jar.name]
    conf = dict(pair.split("=", 1) for pair in cluster.environment()["SPARK_CONF"].split(","))
    conf.update(DELTA_SETTINGS, **{"spark.jars": ",".join(jars)})
    place = tmp_path_factory.mktemp("lake")
    with client.Server(cluster.environment(SPARK_CONF=json.dumps(conf), SPARK_SQL_WAREHOUSE_DIR=str(place))) as server:
        made = server.sql("CREATE TABLE t (id BIGINT, v STRING) USING delta; INSERT INTO t VALUES (1, 'a'), (2, 'b')",
                          wait_seconds=START)
        assert not made.is_error, made.text
        merged = server.sql("MERGE INTO t USING (SELECT 2 AS id, 'B' AS v UNION ALL SELECT 3, 'c') s ON t.id = s.id "
                            "WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT *", wait_seconds=100)
        assert not merged.is_error, merged.text
        yield server


def test_a_table_of_delta_is_merged_and_read_as_it_was(lake):
    assert rows(lake.sql("SELECT * FROM t ORDER BY id", wait_seconds=60)) == [[1, "a"], [2, "B"], [3, "c"]]
    assert rows(lake.sql("SELECT * FROM t VERSION AS OF 1 ORDER BY id", wait_seconds=60)) == [[1, "a"], [2, "b"]]
    assert lake.data("read", "t", wait_seconds=100).data["rowCount"] == 3
    then = lake.data("read", "t", transformation_config={"version": 1}, wait_seconds=100)
    assert not then.is_error and then.data["rowCount"] == 2, then.text


def test_its_history_is_told_by_name(lake):
    told = lake.data("read", "t", transformation_config={"history": True}, wait_seconds=100)
    assert not told.is_error, told.text
    assert all(word in told.text for word in ("CREATE TABLE", "WRITE", "MERGE")), told.text


def test_a_table_of_delta_is_copied_joined_and_listed(lake, tmp_path):
    copied = lake.data("write", "t", target_path=str(tmp_path / "copy"),
                       transformation_config={"target_format": "delta"}, wait_seconds=100)
    assert not copied.is_error and copied.data["written"]["rows"] == 3, copied.text
    joined = lake.data("join", "t", transformation_config={"right": str(tmp_path / "copy"), "on": "id"}, wait_seconds=100)
    assert joined.data["rowCount"] == 3
    told = lake.monitor("tables")
    assert ("t", "delta") in [(entry["table"].rpartition(".")[2], entry["format"]) for entry in told.data["tables"]], told.text


def test_rows_are_merged_into_a_table_by_its_folder(lake, tmp_path):
    target = str(tmp_path / "merged")
    assert not lake.data("write", "t", target_path=target, transformation_config={"target_format": "delta"},
                         wait_seconds=100).is_error
    lake.sql("CREATE OR REPLACE TEMP VIEW more AS SELECT 3L AS id, 'C' AS v UNION ALL SELECT 4L, 'd'", wait_seconds=60)
    merged = lake.data("write", "more", target_path=target,
                       transformation_config={"target_format": "delta", "mode": "merge", "merge_keys": ["id"]}, wait_seconds=100)
    assert not merged.is_error, merged.text
    assert rows(lake.sql("SELECT v FROM delta.`%s` ORDER BY id" % target, wait_seconds=60)) == [["a"], ["B"], ["C"], ["d"]]
