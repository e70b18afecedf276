"""The runner on a plain pyspark, without a cluster.

SPARK_TEST_MAVEN  1: instead the tests that are marked maven, on a Spark that has brought Delta Lake and
                  avro from Maven Central, as spark.jars.packages does
SPARK_TEST_SLOW   1: also the tests that take minutes
"""

import os
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS.parent / "src"))
sys.path.append(str(TESTS / "spark"))  # behind this folder, which has a fakes.py, too

import quick_java  # noqa: E402
from runner.context import Context  # noqa: E402

WITH_SLOW = os.environ.get("SPARK_TEST_SLOW") == "1"
WITH_PACKAGES = os.environ.get("SPARK_TEST_MAVEN") == "1"


def pytest_configure(config):
    config.addinivalue_line("markers", "maven: needs packages from Maven Central")
    config.addinivalue_line("markers", "slow: takes minutes")


def pytest_collection_modifyitems(config, items):
    left_out = [item for item in items
                if bool(item.get_closest_marker("maven")) != WITH_PACKAGES
                or (item.get_closest_marker("slow") and not WITH_SLOW)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def packages():
    """Settings that bring what runner.formats names for this Spark."""
    import pyspark
    from runner.storage import formats

    scala = "2.12" if pyspark.__version__.startswith("3.") else "2.13"
    delta = formats.RELEASES["delta"].get(pyspark.__version__.rsplit(".", 1)[0])
    names = [delta.format(scala=scala)] if delta else []
    if pyspark.__version__ < "4.3":  # which has avro inside
        names.append("org.apache.spark:spark-avro_%s:%s" % (scala, pyspark.__version__))
    quick = {"spark.databricks.delta.snapshotPartitions": "2"}
    return {"spark.jars.packages": ",".join(names), **quick,
            **(dict(formats.DELTA_SETTINGS) if delta else {})}


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("spark")
    os.environ["MCP_SPARK_TEST_SECRET"] = "secret"  # for test_launch.py
    builder = SparkSession.builder
    for name, value in (packages() if WITH_PACKAGES else {}).items():
        builder = builder.config(name, value)
    session = (
        builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.driver.extraJavaOptions", quick_java.COMPILER)
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
        .getOrCreate())
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture(scope="module", autouse=True)
def views_end_with_their_file():
    """No file meets the temporary views of another."""
    yield
    from pyspark.sql import SparkSession

    session = SparkSession._instantiatedSession  # the active one may be another thread's, or none
    for table in session.catalog.listTables() if session else []:
        if table.isTemporary:
            session.catalog.dropTempView(table.name)


@pytest.fixture
def context(spark):
    return Context(spark, "op-test")


@pytest.fixture
def folder(tmp_path):
    return str(tmp_path)
