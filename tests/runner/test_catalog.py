"""Tables of the private local Spark outlive a session; two servers share them."""

import json
import os

import pytest

from runner.context import Context
from runner.sql import run as sql
from runner.storage import catalog


@pytest.fixture
def server(spark, tmp_path):
    """server() is another session on the folder, with a catalog of its own as another process has."""
    base = str(tmp_path / "catalog")
    made = []

    def start(forget=True):
        if forget:
            _empty(spark)
        context = Context(spark, "op-catalog", {"catalogFolder": base})
        catalog.restore(context)
        made.append(context)
        start.folder = catalog._folder_of(context)
        return context

    yield start
    for name in _tables(spark):
        spark.sql("DROP TABLE IF EXISTS " + name) if not name.startswith("v_") else spark.sql("DROP VIEW " + name)
    spark.sql("DROP DATABASE IF EXISTS shop CASCADE")


def _tables(spark):
    return [row.tableName for row in spark.sql("SHOW TABLES").collect() if not row.isTemporary]


def _empty(spark):
    """As a new process is: nothing in the catalog, the files still there."""
    for name in list(catalog._names(spark)):
        if name.table:
            catalog._forget(spark, name)
    for name in list(catalog._names(spark)):
        catalog._forget(spark, name)


def do(context, text):
    catalog.refresh(context)
    return sql.run(context, {"sql": text})


def versions(folder):
    return {entry.name: entry.stat().st_mtime_ns for entry in os.scandir(folder)}


def location_of(context, table):
    return catalog._table(context.spark, catalog.Name("default", table)).location().getPath()


def test_a_managed_table_is_there_after_a_restart(server):
    do(server(), "CREATE TABLE orders (id INT, name STRING) USING parquet; INSERT INTO orders VALUES (1, 'a')")
    assert do(server(), "SELECT * FROM orders")["rows"] == [[1, "a"]]


def test_a_restored_managed_table_is_dropped_with_its_data(server):
    do(server(), "CREATE TABLE orders USING parquet AS SELECT 1 AS id")
    second = server()
    place = location_of(second, "orders")
    assert os.path.isdir(place)
    do(second, "DROP TABLE orders")
    assert not os.path.exists(place)
    assert not any("orders" in file for file in os.listdir(server.folder))
    with pytest.raises(Exception):
        do(server(), "SELECT * FROM orders")


def test_partitions_are_there_after_a_restart(server):
    do(server(), "CREATE TABLE parts (id INT, day DATE) USING parquet PARTITIONED BY (day);"
                 "INSERT INTO parts VALUES (1, DATE'2024-01-01'), (2, DATE'2024-01-02')")
    second = server()
    assert do(second, "SELECT id FROM parts WHERE day = DATE'2024-01-02'")["rows"] == [[2]]
    do(second, "INSERT INTO parts VALUES (3, DATE'2024-01-03')")
    assert do(server(), "SELECT count(*) FROM parts")["rows"] == [[3]]


def test_views_and_databases_are_there_after_a_restart(server):
    do(server(), "CREATE DATABASE shop; CREATE TABLE shop.items USING parquet AS SELECT 5 AS n;"
                 "CREATE VIEW v_items AS SELECT n + 1 AS m FROM shop.items")
    assert do(server(), "SELECT m FROM v_items")["rows"] == [[6]]


def test_a_view_whose_file_comes_before_its_table_is_restored(server):
    do(server(), "CREATE DATABASE shop; CREATE TABLE shop.items USING parquet AS SELECT 5 AS n;"
                 "CREATE VIEW v_items AS SELECT n FROM shop.items")
    second = server()
    assert second.warnings == []
    do(second, "DROP VIEW v_items; DROP DATABASE shop CASCADE")
    assert os.listdir(server.folder) == []


def test_an_external_table_keeps_its_place_and_options(server, tmp_path):
    (tmp_path / "in.csv").write_text("a;b\n1;2\n")
    do(server(), "CREATE TABLE given (a INT, b INT) USING csv OPTIONS (header 'true', sep ';') LOCATION '%s'"
       % (tmp_path / "in.csv"))
    second = server()
    assert do(second, "SELECT b FROM given")["rows"] == [[2]]
    do(second, "DROP TABLE given")
    assert (tmp_path / "in.csv").exists()


def test_an_altered_table_is_restored_as_it_was_altered(server):
    do(server(), "CREATE TABLE t (a INT) USING parquet; ALTER TABLE t ADD COLUMNS (b STRING);"
                 "ALTER TABLE t SET TBLPROPERTIES ('owner.team' = 'x')")
    second = server()
    assert [row[0] for row in do(second, "DESCRIBE t")["rows"]] == ["a", "b"]
    assert ["owner.team", "x"] in do(second, "SHOW TBLPROPERTIES t")["rows"]


def test_a_definition_of_another_spark_version_is_restored(server):
    do(server(), "CREATE TABLE old (id INT COMMENT 'it\\'s', day DATE) USING parquet PARTITIONED BY (day);"
                 "INSERT INTO old VALUES (1, DATE'2024-01-01'); CREATE VIEW v_old AS SELECT id FROM old")
    for file in os.listdir(server.folder):
        path = os.path.join(server.folder, file)
        with open(path) as stream:
            content = json.load(stream)
        content.update(later="unknown here")
        content.pop("collation", None)
        with open(path, "w") as stream:
            json.dump(content, stream)
    second = server()
    assert second.warnings == []
    assert do(second, "SELECT id FROM v_old")["rows"] == [[1]]
    place = location_of(second, "old")
    do(second, "DROP VIEW v_old; DROP TABLE old")
    assert not os.path.exists(place)


def test_a_broken_file_is_skipped_with_a_warning(server):
    do(server(), "CREATE TABLE good USING parquet AS SELECT 1 AS id")
    with open(os.path.join(server.folder, "table=default.bad.json"), "w") as stream:
        stream.write("{nonsense")
    second = server()
    assert do(second, "SELECT id FROM good")["rows"] == [[1]]
    assert "bad" in second.warnings[0]
    do(second, "DROP TABLE good")
    assert os.listdir(server.folder) == ["table=default.bad.json"]


# Two servers: the second is a process of its own in life; here it writes and deletes files as one would.

def test_what_another_server_made_appears(server, tmp_path):
    first = server()
    do(first, "CREATE TABLE shared USING parquet AS SELECT 1 AS id")
    file = os.path.join(server.folder, "table=default.shared.json")
    with open(file) as stream:
        content = stream.read()
    other = server()
    os.unlink(file)
    catalog.refresh(other)
    assert "shared" not in _tables(other.spark)
    with open(file, "w") as stream:
        stream.write(content)
    assert do(other, "SELECT id FROM shared")["rows"] == [[1]]


def test_what_another_server_dropped_is_forgotten_without_touching_files(server):
    first = server()
    do(first, "CREATE TABLE gone USING parquet AS SELECT 1 AS id")
    place = location_of(first, "gone")
    os.unlink(os.path.join(server.folder, "table=default.gone.json"))
    catalog.refresh(first)
    assert "gone" not in _tables(first.spark)
    assert os.path.isdir(place)


def test_rows_another_server_added_are_seen(server, spark):
    first = server()
    do(first, "CREATE TABLE grows USING parquet AS SELECT 1 AS id")
    assert do(first, "SELECT count(*) FROM grows")["rows"] == [[1]]
    spark.range(3).selectExpr("cast(id as int) id").write.mode("append").parquet(location_of(first, "grows"))
    file = os.path.join(server.folder, "table=default.grows.json")
    with open(file) as stream:
        content = stream.read()
    os.unlink(file)
    with open(file, "w") as stream:
        stream.write(content + " ")
    assert do(first, "SELECT count(*) FROM grows")["rows"] == [[4]]


def test_an_unchanged_folder_is_not_read_again(server, monkeypatch):
    first = server()
    do(first, "CREATE TABLE t USING parquet AS SELECT 1 AS id")
    monkeypatch.setattr(catalog, "_load", lambda *a: pytest.fail("read again"))
    catalog.refresh(first)


def test_a_read_writes_nothing_to_the_folder(server):
    first = server()
    do(first, "CREATE TABLE t USING parquet AS SELECT 1 AS id")
    before = versions(server.folder)
    do(first, "SELECT * FROM t")
    assert versions(server.folder) == before


def test_an_insert_tells_other_servers_but_only_of_its_table(server):
    first = server()
    do(first, "CREATE TABLE t USING parquet AS SELECT 1 AS id; CREATE TABLE u USING parquet AS SELECT 1 AS id")
    before = versions(server.folder)
    do(first, "INSERT INTO t VALUES (2)")
    after = versions(server.folder)
    assert {file for file in after if after[file] != before[file]} == {"table=default.t.json"}


def test_an_odd_name_has_a_file(server):
    do(server(), "CREATE DATABASE shop; CREATE TABLE shop.`t_1` USING csv AS SELECT 1 AS `a b`")
    assert do(server(), "SELECT `a b` FROM shop.t_1")["rows"] == [[1]]
