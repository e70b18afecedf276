"""Tables of Iceberg in a catalog of their own: made, merged, read as they were.

There are releases for Spark up to 4.1: SPARK=3.5.9, or 4.1.1 where build/venv-4.1.1 has it."""

import json

import pytest

import client
from client import START, rows
from runner.storage.formats import RELEASES

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
    package = of_this_spark(spark_home, RELEASES["iceberg"])
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


def test_manage_data_makes_replaces_adds_to_and_merges_into_a_table(lake):
    def write(sql, target, **how):
        answer = lake.sql(sql, save_path=target, wait_seconds=100, **how)
        assert not answer.is_error, answer.text
        return answer.data["saved"]

    target = "lake.db.made"
    assert write("SELECT id, id % 3 AS g FROM range(10)", target, format="iceberg")["rows"] == 10
    again = lake.sql("SELECT 1 AS id", save_path=target, format="iceberg")
    assert again.is_error and "exists already" in again.text, again.text
    lake.sql("CREATE OR REPLACE TEMP VIEW more AS SELECT id, 100L AS g FROM range(5, 15)")
    added = lake.data("write", "more", target_path=target, transformation_config={"mode": "append"}, wait_seconds=100)
    assert (added.data["written"]["format"], added.data["written"]["rows"]) == ("iceberg", 10), added.text
    replaced = lake.data("transform", target, target_path=target, wait_seconds=100,
                         transformation_config={"mode": "overwrite", "filter": "g < 3", "partition_by": "g"})
    assert replaced.data["written"]["rows"] == 10, replaced.text
    for merge_mode, counts in (("copy-on-write", (10, 5, 5)), ("merge-on-read", (10, 10, 0))):
        lake.sql("ALTER TABLE %s SET TBLPROPERTIES ('write.merge.mode' = '%s', 'format-version' = '2')" % (target, merge_mode))
        merged = lake.data("write", "more", target_path=target, transformation_config={"merge_keys": "id"}, wait_seconds=100)
        written = merged.data["written"]
        assert (written["rows"], written["updated"], written["inserted"]) == counts, merged.text
    assert rows(lake.sql("SELECT count(*), sum(g) FROM " + target)) == [[15, 1004]]
    told = lake.data("read", target, transformation_config={"history": True, "profile": False}, wait_seconds=100)
    assert [row[2:] for row in told.data["history"]["rows"]][-2:] == [["append", 10], ["append", 10]], told.text
    first = told.data["history"]["rows"][-1][0]
    then = lake.data("read", target, format="iceberg", transformation_config={"version": first}, wait_seconds=100)
    assert then.data["rowCount"] == 10, then.text


@pytest.mark.parametrize("name", ["my-table", "my table", "2024", "log"])
def test_a_table_of_any_name_is_known_again(name, lake):
    target = "lake.db." + name
    lake.sql("CREATE OR REPLACE TEMP VIEW odd AS SELECT id, id % 3 AS `my col`, id % 2 AS `a.b` FROM range(10)")
    made = lake.data("write", "odd", target_path=target, format="iceberg", wait_seconds=100,
                     transformation_config={"partition_by": ["my col", "a.b"]})
    assert made.data["written"]["rows"] == 10, made.text
    for options, says in (({"partitionOverwriteMode": "dynamic"}, False), ({}, True)):
        over = lake.data("write", "odd", target_path=target, wait_seconds=100,
                         transformation_config={"mode": "overwrite", "options": options})
        assert over.data["written"]["rows"] == 10 and ("was partitioned, and is no more" in over.text) == says, over.text
    added = lake.sql("SELECT * FROM odd", save_path=target, save_mode="append", wait_seconds=100)
    assert added.data["saved"]["format"] == "iceberg", added.text
    assert lake.data("read", target, wait_seconds=100).data["rowCount"] == 20


def test_a_merge_loses_no_column_and_tells_no_count_that_is_not_known(lake):
    how = {"merge_keys": "id", "partition_by": "g"}
    lake.sql("CREATE OR REPLACE TEMP VIEW few AS SELECT id, id % 3 AS g FROM range(10)")
    made = lake.data("write", "few", target_path="lake.db.few", format="iceberg", transformation_config=how, wait_seconds=100)
    assert made.data["written"]["rows"] == 10, made.text
    assert "PARTITIONED BY (g)" in rows(lake.sql("SHOW CREATE TABLE lake.db.few"))[0][0]
    more = lake.data("transform", "few", target_path="lake.db.few", transformation_config={"derive": {"x": "1"}, "merge_keys": "id"})
    assert more.is_error and "the table has no column 'x'" in more.text, more.text
    lake.sql("ALTER TABLE lake.db.few SET TBLPROPERTIES ('write.delete.mode' = 'merge-on-read', 'format-version' = '2'); "
             "DELETE FROM lake.db.few WHERE id = 3", wait_seconds=100)
    again = lake.data("write", "few", target_path="lake.db.few", transformation_config={"merge_keys": "id"}, wait_seconds=100)
    assert again.data["written"]["rows"] == 10 and "inserted" not in again.data["written"], again.text
    assert rows(lake.sql("SELECT count(*) FROM lake.db.few")) == [[10]]


def test_a_name_of_one_part_is_below_the_database_in_use(lake):
    lake.sql("CREATE NAMESPACE IF NOT EXISTS lake.`my-db`; CREATE OR REPLACE TEMP VIEW few AS SELECT 1 AS a")
    try:
        for place in ("lake", "lake.`my-db`"):
            lake.sql("USE " + place)
            made = lake.data("write", "few", target_path="one", format="iceberg", wait_seconds=100)
            assert not made.is_error and made.data["written"]["rows"] == 1, made.text
            told = lake.data("read", "one", transformation_config={"history": True}, wait_seconds=100)
            assert len(told.data["history"]["rows"]) == 1, told.text
    finally:
        lake.sql("USE spark_catalog.default")


def test_its_folder_is_no_data_set_and_its_neighbour_is_named(lake):
    folder = str(lake.place / "db" / "t")
    for answer in (lake.data("read", folder), lake.sql("SELECT 1 AS a", save_path=folder, save_mode="append")):
        assert answer.is_error and "table of Iceberg" in answer.text, answer.text
    assert lake.sql("SELECT 1 AS a", save_path=folder, save_mode="overwrite").is_error
    located = lake.data("write", "lake.db.t", target_path=folder, format="iceberg")
    assert located.is_error and "named, not located" in located.text, located.text
    missing = lake.sql("SELECT * FROM lake.db.tt")
    assert missing.is_error and "Did you mean 't'?" in missing.text, missing.text


def test_a_catalog_without_its_package_names_it(cluster, spark_home, tmp_path):
    package = of_this_spark(spark_home, RELEASES["iceberg"])
    conf = dict(pair.split("=", 1) for pair in cluster.environment()["SPARK_CONF"].split(","))
    conf["spark.sql.catalog.lake"] = ICEBERG_SETTINGS["spark.sql.catalog.lake"]
    with client.Server(cluster.environment(SPARK_CONF=json.dumps(conf))) as server:
        answer = server.sql("SELECT * FROM lake.db.t", wait_seconds=START)
        assert answer.is_error and "spark.jars.packages=" + package in answer.text, answer.text
