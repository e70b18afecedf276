"""Hive's metastore, Spark's own with Derby in a folder: tables and views last from session to session."""

import json

import pytest

import client
from client import START, rows


@pytest.fixture(scope="module")
def settings(cluster, tmp_path_factory):
    folder = tmp_path_factory.mktemp("metastore")
    conf = dict(pair.split("=", 1) for pair in cluster.environment()["SPARK_CONF"].split(","))
    conf.update({
        "spark.sql.catalogImplementation": "hive", "spark.hadoop.datanucleus.schema.autoCreateAll": "true",
        "spark.hadoop.hive.metastore.schema.verification": "false",
        "spark.hadoop.javax.jdo.option.ConnectionURL": "jdbc:derby:;databaseName=%s;create=true" % (folder / "derby")})

    def make(uris=None, **changes):
        own = {**conf, "spark.hadoop.hive.metastore.uris": uris} if uris else conf
        return cluster.environment(SPARK_CONF=json.dumps(own), SPARK_SQL_WAREHOUSE_DIR=str(folder / "warehouse"), **changes)

    return make


@pytest.fixture(scope="module")
def made(settings):
    with client.Server(settings()) as server:
        answer = server.sql(
            "CREATE DATABASE sales; CREATE TABLE sales.orders USING parquet AS SELECT id, id * 2 AS double FROM range(10); "
            "CREATE VIEW sales.big AS SELECT * FROM sales.orders WHERE id > 5; "
            "CREATE TABLE kept (a INT, b STRING) STORED AS textfile; INSERT INTO kept VALUES (1, 'x')", wait_seconds=START)
        assert not answer.is_error, answer.text


def test_tables_and_views_are_there_in_a_later_session_and_told(settings, made):
    with client.Server(settings()) as server:
        shown = server.sql("SHOW TABLES IN sales", wait_seconds=START)
        assert sorted(row[1] for row in rows(shown)) == ["big", "orders"]
        assert rows(server.sql("SELECT count(*), sum(double) FROM sales.big")) == [[4, 60]]
        assert rows(server.sql("SELECT * FROM kept")) == [[1, "x"]]
        told = {entry["table"]: entry for entry in server.monitor("tables", pattern="sales.*").data["tables"]}
        assert set(told) == {"sales.orders", "sales.big"} and told["sales.big"]["type"] == "VIEW", told
        assert server.data("read", "sales.orders").data["rowCount"] == 10
        missing = server.sql("SELECT * FROM sales.order")
        assert missing.is_error and "Did you mean 'orders'?" in missing.text


def test_a_second_session_beside_it_is_told_that_derby_lets_one_in(settings, made):
    with client.Server(settings()) as first:
        assert not first.sql("SHOW TABLES", wait_seconds=START).is_error
        with client.Server(settings()) as second:
            answer = second.sql("SHOW TABLES", wait_seconds=START)
            assert answer.is_error and "hive.metastore.uris" in answer.text, answer.text


def test_only_reading_reads_and_makes_no_table(settings, made):
    with client.Server(settings(SPARK_READ_ONLY="true")) as server:
        assert rows(server.sql("SELECT a FROM kept", wait_seconds=START)) == [[1]]
        for text in ("INSERT INTO kept VALUES (2, 'y')", "CREATE TABLE other (a INT)", "DROP TABLE kept"):
            assert server.sql(text).is_error


def test_a_metastore_that_is_not_there_is_told_with_its_setting(settings):
    with client.Server(settings("thrift://127.0.0.1:1")) as server:
        assert rows(server.sql("SELECT 1", wait_seconds=START)) == [[1]], "what needs no table goes on"
        answer = server.sql("SHOW TABLES", wait_seconds=100)
        assert answer.is_error and "hive.metastore.uris" in answer.text, answer.text
