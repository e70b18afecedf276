"""The folder of tables: nobody else's files are read, and nothing in it is run."""

import json
import os
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest

from runner.context import Context
from runner.sql import run as sql
from runner.storage import catalog, private


@pytest.fixture
def kept(spark, tmp_path, monkeypatch):
    """A session that notes its tables below tmp_path; their data lie below tmp_path, too."""
    made = Kept(spark, tmp_path)
    monkeypatch.setattr(catalog, "_warehouse", lambda context: str(made.warehouse))
    yield made
    made.forget()


class Kept:
    def __init__(self, spark, folder):
        self.spark = spark
        self.base = folder / "state" / "catalog"
        self.warehouse = folder / "warehouse"
        self.data = folder / "data"

    @property
    def folder(self):
        return Path(catalog._folder_of(self.context()))

    def context(self, **settings):
        return Context(self.spark, "op-safe", dict(settings, catalogFolder=str(self.base)))

    def forget(self):
        names = list(catalog._names(self.spark))
        for name in [name for name in names if name.table] + [name for name in names if not name.table]:
            catalog._forget(self.spark, name)

    def do(self, text, limit=100, **settings):
        context = self.context(**settings)
        catalog.refresh(context)
        return sql.run(context, {"sql": text, "limit": limit})

    def make(self, name="orders"):
        """A table in the folder, and its file."""
        catalog.restore(self.context())
        self.do("CREATE TABLE %s (id INT) USING parquet LOCATION '%s'" % (name, self.data))
        return self.folder / ("table=default.%s.json" % name)

    def start(self, **settings):
        """A session that finds the folder as it is; what its first operation is told."""
        self.forget()
        catalog.restore(self.context(**settings))
        first = self.context(**settings)
        catalog.refresh(first)
        return " ".join(first.warnings)

    def tables(self):
        return [name.table for name in catalog._names(self.spark)]

    def write(self, **content):
        self.make()
        path = self.folder / "table=default.orders.json"
        path.write_text(json.dumps(dict(json.loads(path.read_text()), **content)))


def give_away(monkeypatch, is_such):
    """What is such belongs to another user."""
    check = private.check_own

    def checked(found, what):
        check(SimpleNamespace(st_mode=found.st_mode, st_uid=found.st_uid + is_such(found.st_mode)), what)

    monkeypatch.setattr(private, "check_own", checked)


def test_only_the_user_can_read_and_write_what_is_noted(kept):
    file = kept.make()
    assert file.stat().st_mode & 0o777 == 0o600
    assert kept.folder.stat().st_mode & 0o777 == kept.base.stat().st_mode & 0o777 == 0o700


def test_a_file_that_others_may_write_is_refused(kept):
    kept.make().chmod(0o666)
    assert "others may write to 'table=default.orders.json'" in kept.start()
    assert kept.tables() == []


def test_a_file_of_another_user_is_refused(kept, monkeypatch):
    kept.make()
    give_away(monkeypatch, stat.S_ISREG)
    assert "'table=default.orders.json' belongs to user" in kept.start()
    assert kept.tables() == []


def test_a_folder_of_another_user_is_not_read(kept, monkeypatch):
    kept.make()
    give_away(monkeypatch, stat.S_ISDIR)
    assert "' belongs to user" in kept.start()
    assert kept.tables() == []


def test_a_link_in_place_of_a_file_is_not_followed(kept, tmp_path):
    file = kept.make()
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert "could not be restored" in kept.start()
    assert kept.tables() == []


def test_a_pipe_in_place_of_a_file_holds_nothing_up(kept):
    file = kept.make()
    file.unlink()
    os.mkfifo(str(file), 0o600)
    assert "no ordinary file" in kept.start()


@pytest.mark.parametrize("spoil", [
    lambda kept: kept.folder.chmod(0o777),
    lambda kept: kept.base.chmod(0o777),
    lambda kept: (kept.folder.rename(kept.folder.with_name("x")), kept.folder.symlink_to(kept.folder.with_name("x"))),
], ids=["writable", "below a writable one", "a link"])
def test_a_folder_that_is_not_the_users_alone_is_not_read(kept, spoil):
    kept.make()
    spoil(kept)
    assert "Tables of earlier sessions are not there" in kept.start()
    assert kept.tables() == []


def test_nothing_is_noted_in_a_folder_that_is_not_the_users_alone(kept):
    kept.make().unlink()
    kept.folder.chmod(0o777)
    context = kept.context()
    kept.spark.sql("CREATE TABLE later (id INT) USING parquet LOCATION '%s'" % kept.data)
    catalog.save(context)
    assert "may be gone after this session" in context.warnings[0]
    assert list(kept.folder.iterdir()) == []


def test_a_group_of_the_users_own_may_write_on_the_way(monkeypatch, tmp_path):
    tmp_path.chmod(0o775)
    monkeypatch.setattr(private, "_is_own_group", lambda number: True)
    private.check_way(str(tmp_path))
    monkeypatch.setattr(private, "_is_own_group", lambda number: False)
    with pytest.raises(private.NotPrivate):
        private.check_way(str(tmp_path))


def test_what_lies_in_the_warehouse_is_not_run(kept, tmp_path):
    """As it was found: whoever could write there ran programs as the user, at the first statement."""
    old = kept.warehouse / ".mcp-spark-catalog"
    old.mkdir(parents=True)
    (old / "table=default.x.json").write_text(json.dumps({
        "spark": "1.0", "database": "default", "table": "x", "java": "",
        "ddl": "CREATE TABLE x USING csv LOCATION '%s' AS SELECT TRANSFORM(1) USING 'touch %s; cat' AS (a STRING)" % (
            tmp_path / "x", tmp_path / "mark")}))
    assert "are not read from there any more" in kept.start()
    assert kept.do("SELECT 1")["rows"] == [[1]]
    assert not (tmp_path / "mark").exists() and kept.tables() == []


def test_nothing_in_a_file_is_run_as_sql_or_read_as_java(kept, tmp_path):
    file = kept.make()
    content = json.loads(file.read_text())
    assert not {"ddl", "java"} & set(content)
    content.update(ddl="INSERT OVERWRITE DIRECTORY '%s' USING csv SELECT 1" % (tmp_path / "mark"), java="rO0ABQ==")
    file.write_text(json.dumps(content))
    assert kept.start() == ""
    assert kept.tables() == ["orders"] and not (tmp_path / "mark").exists()


@pytest.mark.parametrize("text", [
    "INSERT OVERWRITE DIRECTORY '/tmp/x' USING csv SELECT 1", "DROP TABLE orders",
    "WITH a AS (SELECT 1 AS id) INSERT INTO orders SELECT * FROM a", "CREATE TABLE x USING csv AS SELECT 1"])
def test_a_view_that_is_no_query_is_left_out(kept, text):
    kept.write(type="VIEW", viewText=text)
    assert "the text of the view is no query" in kept.start()
    assert kept.tables() == []


def test_a_view_that_runs_a_script_is_left_out_by_a_server_that_only_reads(kept):
    kept.write(type="VIEW", viewText="SELECT TRANSFORM(id) USING 'cat' AS (id STRING) FROM range(1)", schema={
        "type": "struct", "fields": [{"name": "id", "type": "string", "nullable": True, "metadata": {}}]})
    assert kept.start() == "" and kept.tables() == ["orders"]
    assert "is no read (ScriptTransformation)" in kept.start(readOnly=True)
    assert kept.tables() == []


def test_a_source_that_may_do_anything_is_left_out_by_a_server_that_only_reads(kept):
    kept.write(provider="jdbc")
    assert kept.start() == "" and kept.tables() == ["orders"]
    assert "it can't be known what reading 'jdbc' does" in kept.start(readOnly=True)
    assert kept.tables() == []


def test_a_server_that_only_reads_makes_no_folder(kept, tmp_path):
    catalog.restore(kept.context())
    place = tmp_path / "shop"
    kept.do("CREATE DATABASE shop LOCATION '%s'; CREATE TABLE shop.t (id INT, day STRING) USING csv"
            " PARTITIONED BY (day) LOCATION '%s'; INSERT INTO shop.t VALUES (1, 'a')" % (place, kept.data))
    assert kept.start(readOnly=True) == "" and kept.do("SELECT id FROM shop.t", readOnly=True)["rows"] == [[1]]
    os.rename(str(kept.data), str(tmp_path / "moved"))
    os.rmdir(str(place))
    assert "its folder is not there" in kept.start(readOnly=True)
    assert not place.exists() and not kept.data.exists()


@pytest.mark.parametrize("type", [
    {"type": "udt", "pyClass": "os.Evil", "serializedClass": "gASVIAAAAA==", "sqlType": "integer"},
    {"type": "udt", "pyClass": "pyspark.ml.linalg.VectorUDT", "serializedClass": "gASV", "sqlType": "integer"},
    {"type": "udt", "class": "org.example.Evil", "sqlType": "integer"}])
def test_a_column_of_a_class_that_is_not_sparks_is_left_out(kept, type):
    kept.write(schema={"type": "struct", "fields": [
        {"name": "id", "type": type, "nullable": True, "metadata": {}}]})
    assert "is not known" in kept.start()
    assert kept.tables() == []


def test_a_warehouse_that_others_may_write_to_is_told(kept):
    kept.warehouse.mkdir()
    kept.warehouse.chmod(0o777)
    assert "Set SPARK_SQL_WAREHOUSE_DIR to a folder of your own" in kept.start()


def test_a_link_of_another_user_in_place_of_the_warehouse_is_told(kept, monkeypatch, tmp_path):
    (tmp_path / "mine").mkdir(mode=0o700)
    kept.warehouse.symlink_to(tmp_path / "mine")
    assert kept.start() == ""
    find = os.lstat
    monkeypatch.setattr(private.os, "lstat", lambda path: SimpleNamespace(
        st_mode=find(path).st_mode, st_uid=find(path).st_uid + stat.S_ISLNK(find(path).st_mode), st_gid=0))
    assert "'%s' belongs to user" % kept.warehouse in kept.start()


def test_a_warehouse_is_made_before_another_user_can(kept):
    assert kept.start() == ""
    assert kept.warehouse.stat().st_mode & 0o777 == 0o700


def test_each_warehouse_has_its_own_tables(kept, tmp_path):
    one = kept.folder
    kept.warehouse = tmp_path / "other"
    assert catalog._folder_of(kept.context()) != str(one)


def test_all_of_a_table_is_restored(kept):
    kept.make()
    kept.do("CREATE TABLE rich (a INT COMMENT 'it\\'s', b STRING DEFAULT 'x', c VARCHAR(5), day DATE) USING parquet"
            " OPTIONS (compression 'gzip') PARTITIONED BY (day) CLUSTERED BY (a) SORTED BY (c) INTO 2 BUCKETS"
            " LOCATION '%s' COMMENT 'rich' TBLPROPERTIES ('k' = 'v\\'')" % (kept.data.parent / "rich"))
    kept.do("INSERT INTO rich VALUES (1, 'b', 'c', DATE'2024-01-01'); ANALYZE TABLE rich COMPUTE STATISTICS;"
            "CREATE VIEW seen AS SELECT a FROM rich")

    def shown(name):
        found = kept.do("DESCRIBE TABLE EXTENDED " + name, limit=1000)["rows"]
        return [row for row in found if row[0] not in ("Created Time", "Last Access")] + [
            catalog._hash(kept.spark, catalog.Name("default", name))] + kept.do("SELECT * FROM " + name)["rows"]

    before = [shown(name) for name in ("rich", "seen")]
    assert kept.start() == ""
    assert [shown(name) for name in ("rich", "seen")] == before
