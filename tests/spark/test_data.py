"""manage-data through the built server and the official client, on a real cluster."""

import re
from pathlib import Path

import pytest

import client
from client import START, rows

DATA = Path(__file__).resolve().parents[2] / "examples" / "data"


@pytest.fixture(scope="module")
def data(cluster):
    with client.Server(cluster.environment()) as server:
        assert server.sql("SELECT 1", wait_seconds=START).data["rows"] == [[1]]
        yield server


@pytest.fixture(scope="module")
def sales(tmp_path_factory):
    """A small table whose sums can be checked by hand."""
    path = tmp_path_factory.mktemp("sales") / "sales.csv"
    path.write_text("region,product,amount\nnorth,a,10\nnorth,b,20\nsouth,a,5\nsouth,c,\neast,z,1\n")
    return path


@pytest.fixture(scope="module")
def regions(tmp_path_factory):
    path = tmp_path_factory.mktemp("regions") / "regions.json"
    path.write_text('{"region": "north", "boss": "Ann"}\n{"region": "south", "boss": "Bob"}\n'
                    '{"region": "west", "boss": "Cid"}\n')
    return path


def rows_of(server, path, format="parquet"):
    answer = server.sql("SELECT * FROM %s.`%s`" % (format, path), limit=1000)
    assert not answer.is_error, answer.text
    return answer.data["rows"]


def test_reading_tells_schema_rows_profile_and_leaves_a_view(data):
    answer = data.data("read", DATA / "airports.csv", transformation_config={"view": "airports"})
    assert not answer.is_error, answer.text
    assert answer.data["rowCount"] == 1458 and answer.data["format"] == "csv"
    lat = next(column for column in answer.data["columns"] if column["name"] == "lat")
    assert lat["type"] == "double" and lat["min"] < lat["mean"] < lat["max"]
    assert data.sql("SELECT count(*) FROM airports").data["rows"] == [[1458]]
    assert "faa" in answer.text and len(answer.text) < 4096


def test_a_transformation_gives_what_a_hand_computed_table_says(data, sales):
    answer = data.data("transform", sales, transformation_config={
        "fill": {"amount": 0}, "filter": "region <> 'east'",
        "aggregate": {"group_by": ["region"], "aggregates": {"total": "sum(amount)", "n": "count(*)"}},
        "sort": ["region"]})
    assert not answer.is_error, answer.text
    assert answer.data["sample"]["rows"] == [["north", 30, 2], ["south", 5, 2]]


def test_an_unknown_column_is_refused_with_the_nearest_before_spark_runs(data, sales):
    answer = data.data("transform", sales, transformation_config={"select": ["regoin", "amount"]})
    assert answer.is_error and "regoin" in answer.text and "region" in answer.text


def test_a_join_tells_rows_on_both_sides_and_keys_without_a_partner(data, sales, regions, tmp_path):
    target = tmp_path / "joined"
    answer = data.data("join", sales, target_path=str(target), format="parquet",
                       transformation_config={"right": str(regions), "on": ["region"], "how": "left"})
    assert not answer.is_error, answer.text
    assert answer.data["written"]["rows"] == 5
    assert "east" in str(answer.data) or "unmatched" in str(answer.data).lower()
    assert sorted(str(row) for row in rows_of(data, target))[0].startswith("['east', 'z', 1, None")


@pytest.mark.parametrize("format", ["parquet", "orc", "json", "csv"])
def test_data_is_written_in_another_format_and_nothing_is_overwritten_unasked(data, sales, tmp_path, format):
    target = tmp_path / ("out." + format)
    answer = data.data("write", sales, target_path=str(target), format=format)
    assert not answer.is_error, answer.text
    assert answer.data["written"]["rows"] == 5
    again = data.data("write", sales, target_path=str(target), format=format)
    assert again.is_error and "exist" in again.text
    back = data.data("read", target, format=format)
    assert back.data["rowCount"] == 5 and {column["name"] for column in back.data["columns"]} == {
        "region", "product", "amount"}


def test_overwriting_ones_own_source_keeps_the_data(data, sales, tmp_path):
    target = tmp_path / "own"
    data.data("write", sales, target_path=str(target), format="parquet")
    answer = data.data("transform", target, target_path=str(target), format="parquet",
                       transformation_config={"filter": "amount >= 5", "mode": "overwrite"})
    assert not answer.is_error, answer.text
    assert len(rows_of(data, target)) == 3


def test_a_dry_run_shows_plan_and_schema_and_writes_nothing(data, sales, tmp_path):
    target = tmp_path / "never"
    answer = data.data("transform", sales, target_path=str(target), transformation_config={
        "derive": {"double": "amount * 2"}, "dry_run": True})
    assert not answer.is_error and "double" in answer.text and not target.exists()


def test_delta_without_its_package_names_the_package_and_the_setting_or_says_that_none_fits(data, sales, tmp_path):
    answer = data.data("write", sales, target_path=str(tmp_path / "d"), format="delta")
    assert answer.is_error and "delta" in answer.text
    assert ("delta-spark" in answer.text and "spark.jars.packages" in answer.text) or "no release of it" in answer.text


def test_writing_is_refused_in_read_only_mode_and_reading_is_not(cluster, sales, tmp_path):
    with client.Server(cluster.environment(SPARK_READ_ONLY="true")) as server:
        assert server.data("read", sales, wait_seconds=START).data["rowCount"] == 5
        answer = server.data("write", sales, target_path=str(tmp_path / "x"), format="parquet")
        assert answer.is_error and "SPARK_READ_ONLY" in answer.text and not (tmp_path / "x").exists()


def delta_of(spark_home):
    """The package that fits this Spark: each release of Delta Lake is for one minor version."""
    version = re.search(r"_2\.1\d-(\d+\.\d+)", next(spark_home.glob("jars/spark-core_*.jar")).name).group(1)
    package = {"3.5": "io.delta:delta-spark_2.12:3.3.2", "4.2": "io.delta:delta-spark_4.2_2.13:4.4.0"}.get(version)
    return package or pytest.skip("no release of Delta Lake for Spark %s is known here" % version)


@pytest.mark.maven
def test_delta_from_maven_is_written_merged_and_read_at_an_earlier_version(cluster, spark_home, sales, tmp_path):
    conf = cluster.environment()["SPARK_CONF"] + (
        ",spark.jars.packages=%s,spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension,"
        "spark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog" % delta_of(spark_home))
    with client.Server(cluster.environment(SPARK_CONF=conf)) as server:
        target = str(tmp_path / "delta")
        made = server.data("write", sales, target_path=target, format="delta", wait_seconds=200)
        assert not made.is_error, made.text
        merged = server.data("write", sales, target_path=target, format="delta", transformation_config={
            "mode": "merge", "merge_keys": ["region", "product"]}, wait_seconds=200)
        assert not merged.is_error, merged.text
        old = server.data("read", target, format="delta", transformation_config={"version": 0})
        assert old.data["rowCount"] == 5
        saved = server.sql("SELECT count(*) AS n FROM delta.`%s`" % target, save_path=str(tmp_path / "counted"),
                           format="delta", wait_seconds=200)
        assert not saved.is_error and saved.data["saved"]["rows"] == 1, saved.text
        assert rows(server.sql("SELECT n FROM delta.`%s`" % (tmp_path / "counted"))) == [[5]]
