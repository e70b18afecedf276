"""The tables of the catalogue in one answer."""

import json

import pytest

from runner.tables.run import MOST, run


@pytest.fixture(scope="module")
def shop(spark):
    spark.sql("CREATE DATABASE shop_test")
    spark.sql("CREATE TABLE shop_test.orders (id BIGINT COMMENT 'its number', total DECIMAL(9,2), day DATE) "
              "USING parquet PARTITIONED BY (day) COMMENT 'what was bought'")
    spark.sql("INSERT INTO shop_test.orders VALUES (1, 2.50, DATE'2024-01-31'), (2, 3, DATE'2024-01-31')")
    spark.sql("ANALYZE TABLE shop_test.orders COMPUTE STATISTICS")
    spark.sql("CREATE VIEW shop_test.big AS SELECT * FROM shop_test.orders WHERE total > 2.6")
    spark.sql("CREATE TABLE shop_test.gone (id INT) USING parquet")
    spark.sql("CREATE VIEW shop_test.broken AS SELECT id FROM shop_test.gone")
    spark.sql("DROP TABLE shop_test.gone")
    spark.sql("CREATE TEMPORARY VIEW shop_passing AS SELECT 1 AS `a.b`")
    yield
    spark.catalog.dropTempView("shop_passing")
    spark.sql("DROP DATABASE shop_test CASCADE")


def test_a_table_is_told_with_all_that_is_known(context, shop):
    told = run(context, {"pattern": "SHOP_test.ord*"})
    assert told["total"] == 1 and "next" not in told
    table = told["tables"][0]
    assert table.pop("bytes") > 0
    assert table == {"table": "shop_test.orders", "type": "MANAGED", "format": "parquet", "rowCount": 2,
                     "comment": "what was bought", "partitionedBy": ["day"],
                     "columns": "id bigint 'its number', total decimal(9,2), day date"}


def test_views_are_told_and_a_broken_one_spoils_nothing(context, shop):
    tables = {table["table"]: table for table in run(context, {"pattern": "shop_*"})["tables"]}
    assert tables["shop_test.big"]["type"] == "VIEW"
    assert "columns" not in tables["shop_test.broken"] and "shop_test" in tables["shop_test.broken"]["error"]
    assert tables["shop_passing"] == {"table": "shop_passing", "type": "TEMPORARY VIEW", "columns": "a.b int"}
    assert len(tables) == 4


def test_a_sample_comes_when_it_is_asked_for(context, shop):
    table = run(context, {"pattern": "big", "sample": True})["tables"][0]
    assert table["sample"] == [[2, "3.00", "2024-01-31"]]


def test_pages_are_small_and_make_the_whole(context, spark):
    wide = ", ".join("column_%d INT" % i for i in range(300))
    for i in range(6):
        spark.sql("CREATE TABLE wide_%d (%s) USING parquet" % (i, wide))
    try:
        found, told, pages = [], {"next": ""}, 0
        while "next" in told:
            told = run(context, {"pattern": "wide_?", "offset": len(found)})
            found += [table["table"] for table in told["tables"]]
            pages += 1
            assert len(json.dumps(told["tables"])) < MOST and told["tables"]
        assert found == ["default.wide_%d" % i for i in range(6)] and pages > 1
        alone = run(context, {"pattern": "wide_0"})["tables"][0]
        assert alone["columns"].endswith("column_299 int")
    finally:
        for i in range(6):
            spark.sql("DROP TABLE wide_%d" % i)


def test_nothing_is_an_answer(context):
    assert run(context, {"pattern": "no_such_*"}) == {"tables": [], "total": 0}
