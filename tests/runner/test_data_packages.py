"""Delta Lake and avro, the real ones: SPARK_TEST_MAVEN=1 brings them from Maven Central."""

import json
from types import SimpleNamespace

import pytest

from runner import storage
from runner.context import Context, Refused
from runner.data import run as data
from runner.storage import formats

pytestmark = pytest.mark.maven


@pytest.fixture
def manage(context):
    def manage(operation, source, target=None, format=None, **config):
        arguments = {"operation": operation, "source_path": source, "transformation_config": config}
        arguments.update({"target_path": target} if target else {})
        arguments.update({"format": format} if format else {})
        answer = data.run(context, arguments)
        json.dumps(answer, allow_nan=False)
        return answer

    return manage


@pytest.fixture
def delta(spark):
    if formats.package_for(spark, "delta") is None:
        pytest.skip("no release of Delta Lake for Spark %s is known" % spark.version)


@pytest.fixture
def table(context, manage, folder, delta):
    """Version 0: (1, a), (2, b)."""
    view(context, "first_rows", "select * from values (1, 'a'), (2, 'b') t(id, v)")
    manage("write", "first_rows", folder + "/t", "delta")
    return folder + "/t"


def view(context, name, query):
    context.spark.sql(query).createOrReplaceTempView(name)


def rows_at(manage, table, **config):
    return sorted(manage("read", table, profile=False, **config)["sample"]["rows"])


def test_a_delta_table_is_written_counted_and_found(manage, context, folder, delta):
    view(context, "first_rows", "select * from values (1, 'a'), (2, 'b') t(id, v)")
    written = manage("write", "first_rows", folder + "/t", "delta", files=1)["written"]
    assert (written["format"], written["mode"], written["rows"], written["files"]) == \
        ("delta", "error", 2, 1)
    answer = manage("read", folder + "/t")
    assert (answer["format"], answer["rowCount"], answer["files"]) == ("delta", 2, 1)
    assert answer["bytes"] == written["bytes"]


def test_an_existing_delta_table_is_not_overwritten_unasked(manage, table):
    with pytest.raises(Refused, match="exists already"):
        manage("write", "first_rows", table, "delta")
    assert rows_at(manage, table) == [[1, "a"], [2, "b"]]


def test_delta_appends_and_overwrites_are_versions(manage, context, table):
    view(context, "more_rows", "select 3 id, 'c' v")
    assert manage("write", "more_rows", table, mode="append")["written"]["rows"] == 1
    assert manage("transform", table, table, filter="id > 1", mode="overwrite")["written"]["rows"] == 2
    assert rows_at(manage, table) == [[2, "b"], [3, "c"]]
    assert rows_at(manage, table, version=0) == [[1, "a"], [2, "b"]]
    assert rows_at(manage, table, version=1) == [[1, "a"], [2, "b"], [3, "c"]]


def test_figures_of_an_older_version_are_that_versions(manage, context, table):
    def figures(**config):
        told = manage("read", table, **config)
        return {key: told[key] for key in ("files", "bytes", "rowCount")}

    before = figures()
    view(context, "more_rows", "select cast(id as int) id, 'cccccccc' v from range(1000)")
    manage("write", "more_rows", table, "delta", mode="append")
    assert figures()["rowCount"] == 1002
    assert figures()["bytes"] > before["bytes"]
    assert figures(version=0) == before
    assert figures(version=1) == figures()


def test_history_tells_versions_and_a_timestamp_goes_back(manage, context, table):
    view(context, "more_rows", "select 3 id, 'c' v")
    manage("write", "more_rows", table, "delta", mode="append")
    history = manage("read", table, history=True)["history"]
    assert [column["name"] for column in history["columns"]] == [
        "version", "timestamp", "operation", "rowsWritten"]
    assert [(row[0], row[2], row[3]) for row in history["rows"]] == [(1, "WRITE", "1"), (0, "WRITE", "2")]
    first = history["rows"][1][1]
    assert rows_at(manage, table, timestamp=first) == [[1, "a"], [2, "b"]]


def test_a_merge_replaces_known_keys_and_adds_others(manage, context, table):
    view(context, "changes", "select * from values (2, 'B'), (3, 'c'), (4, 'd') t(id, v)")
    answer = manage("write", "changes", table, mode="merge", merge_keys="id")
    assert answer["written"] == {"path": table, "format": "delta", "mode": "merge", "rows": 3,
                                 "updated": 1, "inserted": 2}
    assert rows_at(manage, table) == [[1, "a"], [2, "B"], [3, "c"], [4, "d"]]
    assert not context.spark.catalog.tableExists("merged_by_op_test")


def test_a_merge_refuses_columns_that_the_table_lacks(manage, context, table):
    view(context, "changes", "select 2 id, 'B' v, 1 more")
    with pytest.raises(Refused, match="no column 'more'"):
        manage("write", "changes", table, mode="merge", merge_keys="id")


def test_merging_into_nothing_makes_the_table(manage, context, folder, delta):
    view(context, "changes", "select 1 id, 'a' v")
    answer = manage("write", "changes", folder + "/new", merge_keys=["id"])
    assert (answer["written"]["mode"], answer["written"]["rows"]) == ("merge", 1)


def test_merging_is_refused_where_it_can_not_be_done(manage, context, table, folder):
    view(context, "changes", "select 1 id, 'a' v")
    with pytest.raises(Refused, match="no column 'idd'"):
        manage("write", "changes", table, merge_keys="idd")
    storage.write(context, context.spark.range(1), folder + "/p", "parquet")
    with pytest.raises(Refused, match="is no Delta table"):
        manage("write", "changes", folder + "/p", merge_keys="id")
    reader = Context(context.spark, "op-reader", {"readOnly": True})
    with pytest.raises(Refused, match="read-only"):
        data.run(reader, {"operation": "write", "source_path": "changes", "target_path": table,
                          "transformation_config": {"merge_keys": "id"}})
    assert rows_at(manage, table) == [[1, "a"], [2, "b"]]


def test_a_failing_write_leaves_the_delta_table(manage, context, table):
    view(context, "broken", "select if(id = 7, raise_error('broken'), cast(id as int)) id, 'x' v from range(8)")
    with pytest.raises(Exception, match="broken"):
        manage("write", "broken", table, "delta", mode="overwrite")
    assert rows_at(manage, table) == [[1, "a"], [2, "b"]]


def test_delta_partitions_and_dynamic_overwrite(manage, context, folder, delta):
    view(context, "parts", "select * from values (1, 'a'), (2, 'b') t(id, p)")
    manage("write", "parts", folder + "/t", "delta", partition_by="p")
    assert manage("read", folder + "/t")["partitionedBy"] == "p"
    view(context, "parts", "select 3 id, 'b' p")
    manage("write", "parts", folder + "/t", "delta", mode="overwrite", partition_by="p",
           options={"partitionOverwriteMode": "dynamic"})
    assert rows_at(manage, folder + "/t") == [[1, "a"], [3, "b"]]


def test_a_delta_table_is_joined_at_a_version(manage, context, table):
    view(context, "more_rows", "select 3 id, 'c' v")
    manage("write", "more_rows", table, "delta", mode="append")
    view(context, "ids", "select 3 id")
    now = manage("join", "ids", right=table, on="id")
    then = manage("join", "ids", right={"path": table, "version": 0}, on="id")
    assert (now["rowCount"], then["rowCount"]) == (1, 0)


def test_a_copy_of_corrupt_records_to_delta_is_told(manage, context, folder, delta):
    (open(folder + "/a.csv", "w")).write("a,b\n1,2\n3\n")
    manage("write", folder + "/a.csv", folder + "/t", "delta")
    assert "1 of 2 records" in context.warnings[0]


def test_delta_without_its_settings_names_them(spark, delta):
    unset = SimpleNamespace(get=lambda name, default=None: default)
    session = SimpleNamespace(conf=unset, version=spark.version, _jvm=spark._jvm,
                              _jsparkSession=spark._jsparkSession)
    with pytest.raises(Refused) as refused:
        formats.require(session, "delta")
    assert "spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension" in refused.value.next_step
    assert "spark.jars.packages" not in refused.value.next_step


def test_avro_is_written_and_read(manage, context, folder):
    view(context, "two", "select * from values (1, 'a'), (2, 'b') t(id, v)")
    assert manage("write", "two", folder + "/a", "avro")["written"]["rows"] == 2
    answer = manage("read", folder + "/a")
    assert (answer["format"], answer["rowCount"]) == ("avro", 2)
    storage.write(context, context.spark.table("two"), folder + "/a", "avro", "append")
    assert manage("read", folder + "/a")["rowCount"] == 4
    with pytest.raises(Refused, match="don't fit"):
        storage.write(context, context.spark.range(1), folder + "/a", "avro", "append")
