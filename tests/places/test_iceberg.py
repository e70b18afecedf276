"""Tables of Iceberg in a catalog of their own: made, merged, read as they were.

There are releases for Spark up to 4.1: SPARK=3.5.9, or 4.1.1 where build/venv-4.1.1 has it."""

import json

import pytest

import client
from client import START, rows
from runner.errors.packages import ICEBERG, ICEBERG_RELEASES

ICEBERG_SETTINGS = {
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog", "spark.sql.catalog.lake.type": "hadoop"}


def of_this_spark(spark_home, releases):
    core = next(spark_home.glob("jars/spark-core_*.jar")).stem
    scala, version = core.partition("_")[2].split("-")
    release = releases.get(".".join(version.split(".")[:2]))
    return release.format(scala=scala) if release else pytest.skip("no release for Spark %s is known" % version)


def serve(cluster, package, settings):
    conf = dict(pair.split("=", 1) for pair in cluster.environment()["SPARK_CONF"].split(","))
    return client.Server(cluster.environment(SPARK_CONF=json.dumps({**conf, "spark.jars.packages": package, **settings})))


@pytest.fixture(scope="module")
def lake(cluster, spark_home, tmp_path_factory):
    package = ICEBERG % of_this_spark(spark_home, ICEBERG_RELEASES)
    place = tmp_path_factory.mktemp("lake")
    with serve(cluster, package, {**ICEBERG_SETTINGS, "spark.sql.catalog.lake.warehouse": str(place)}) as server:
        made = server.sql("CREATE TABLE lake.db.t (id BIGINT, v STRING) USING iceberg; "
                          "INSERT INTO lake.db.t VALUES (1, 'a'), (2, 'b')", wait_seconds=START)
        assert not made.is_error, made.text
        merged = server.sql("MERGE INTO lake.db.t t USING (SELECT 2 AS id, 'B' AS v UNION ALL SELECT 3, 'c') s ON t.id = s.id "
                            "WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT *", wait_seconds=100)
        assert not merged.is_error, merged.text
        server.place = place
        yield server


def test_a_table_of_iceberg_is_merged_and_read_as_it_was(lake):
    assert rows(lake.sql("SELECT * FROM lake.db.t ORDER BY id")) == [[1, "a"], [2, "B"], [3, "c"]]
    first = rows(lake.sql("SELECT snapshot_id FROM lake.db.t.snapshots ORDER BY committed_at"))[0][0]
    assert rows(lake.sql("SELECT * FROM lake.db.t VERSION AS OF %s ORDER BY id" % first)) == [[1, "a"], [2, "b"]]
    now = lake.data("read", "lake.db.t", wait_seconds=100)
    assert now.data["rowCount"] == 3
    then = lake.data("read", "lake.db.t", transformation_config={"version": int(first)}, wait_seconds=100)
    assert not then.is_error and then.data["rowCount"] == 2, then.text


def test_a_table_of_iceberg_is_copied_joined_and_listed(lake, tmp_path):
    assert lake.data("write", "lake.db.t", target_path=str(tmp_path / "copy"), wait_seconds=100).data["written"]["rows"] == 3
    joined = lake.data("join", "lake.db.t", transformation_config={"right": "lake.db.t", "on": "id"}, wait_seconds=100)
    assert joined.data["rowCount"] == 3
    assert not lake.sql("USE lake.db").is_error
    told = lake.monitor("tables")
    assert not lake.sql("USE spark_catalog.default").is_error
    assert [(entry["table"], entry["format"]) for entry in told.data["tables"]] == [("db.t", "iceberg")], told.text


def test_its_folder_is_no_data_set_and_its_neighbour_is_named(lake):
    folder = str(lake.place / "db" / "t")
    for answer in (lake.data("read", folder), lake.sql("SELECT 1 AS a", save_path=folder, save_mode="append")):
        assert answer.is_error and "table of Iceberg" in answer.text, answer.text
    assert lake.sql("SELECT 1 AS a", save_path=folder, save_mode="overwrite").is_error
    missing = lake.sql("SELECT * FROM lake.db.tt")
    assert missing.is_error and "Did you mean 't'?" in missing.text, missing.text


def test_a_catalog_without_its_package_names_it(cluster, spark_home, tmp_path):
    package = ICEBERG % of_this_spark(spark_home, ICEBERG_RELEASES)
    conf = dict(pair.split("=", 1) for pair in cluster.environment()["SPARK_CONF"].split(","))
    conf["spark.sql.catalog.lake"] = ICEBERG_SETTINGS["spark.sql.catalog.lake"]
    with client.Server(cluster.environment(SPARK_CONF=json.dumps(conf))) as server:
        answer = server.sql("SELECT * FROM lake.db.t", wait_seconds=START)
        assert answer.is_error and "spark.jars.packages=" + package in answer.text, answer.text
