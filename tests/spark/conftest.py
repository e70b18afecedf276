"""End-to-end tests: the built server, the official client and a real Spark.

MCP_SPARK_SERVER  the binary
SPARK_TEST_HOME   the pyspark folder of a venv (default: the pyspark that can be imported)
SPARK_TEST_MAVEN  1: also the tests that need Maven Central
SPARK_TEST_OTHER_HOME  the same of another version: also the tests of two clusters at once
SPARK_TEST_IPV6   1: also those of a cluster that is known by IPv6 addresses

Tests marked `namespaces` make hosts of their own, which takes root, ip and nft: elsewhere they are left out.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import client
from cluster import Cluster
from recorder import Recorder
from walls import Authority

HERE = Path(__file__).parent


# What takes minutes begins first, so that no process runs it alone at the end.
LONG = ["test_session.py", "test_ml.py", "test_faults.py", "test_namespaces.py", "test_reverse_proxy.py", "test_diagnosis.py",
        "test_shared_session.py", "test_submit.py", "test_kill_link.py", "test_views.py"]


def can_make_hosts():
    return os.geteuid() == 0 and shutil.which("ip") and shutil.which("nft")


def pytest_collection_modifyitems(config, items):
    wanted = {"maven": os.environ.get("SPARK_TEST_MAVEN") == "1", "ipv6": os.environ.get("SPARK_TEST_IPV6") == "1",
              "namespaces": can_make_hosts(), "two_clusters": "SPARK_TEST_OTHER_HOME" in os.environ}
    left_out = [item for item in items
                for marker, is_wanted in wanted.items() if not is_wanted and item.get_closest_marker(marker)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = sorted((item for item in items if item not in left_out),
                      key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


def pytest_configure(config):
    if not config.option.collectonly and not os.access(client.BINARY, os.X_OK):
        pytest.exit("MCP_SPARK_SERVER names no binary: '%s'" % client.BINARY, 2)


@pytest.fixture(autouse=True)
def no_report_of_a_sanitizer():
    yield
    found, client.reports[:] = client.reports[:], []
    assert not found, "a server's stderr holds a sanitizer's report:\n" + found[0][-6000:]


@pytest.fixture(scope="session")
def spark_home():
    home = os.environ.get("SPARK_TEST_HOME")
    if not home:
        found = importlib.util.find_spec("pyspark")
        if found is None:
            pytest.exit("no Spark: set SPARK_TEST_HOME, or pip install pyspark", 2)
        home = os.path.dirname(found.origin)
    return Path(home).resolve()


@pytest.fixture(scope="session")
def python(spark_home):
    """The interpreter of the venv that holds Spark; it also runs the jobs."""
    own = spark_home.parents[3] / "bin" / "python"
    return str(own) if own.exists() else sys.executable


@pytest.fixture(scope="session")
def whole_cluster(spark_home, python, tmp_path_factory):
    cluster = Cluster(spark_home, python, tmp_path_factory.mktemp("spark"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="module")
def cluster(whole_cluster):
    yield whole_cluster
    whole_cluster.kill_all_drivers()


@pytest.fixture(scope="module")
def server(cluster):
    with client.Server(cluster.environment()) as server:
        yield server


@pytest.fixture(scope="session")
def jar(spark_home, tmp_path_factory):
    """CountWords as a jar, kept where no class path of Spark's finds it."""
    folder = tmp_path_factory.mktemp("jar")
    classes = folder / "classes"
    subprocess.run(
        ["javac", "-nowarn", "-cp", str(spark_home / "jars" / "*"), "-d", str(classes),
         str(HERE / "jars" / "CountWords.java")], check=True)
    subprocess.run(["jar", "cf", str(folder / "words.jar"), "-C", str(classes), "."], check=True)
    return folder / "words.jar"


@pytest.fixture(scope="session")
def write_script(tmp_path_factory):
    """Write a Python file into a folder of its own; gives its path."""

    def write(name, text):
        path = tmp_path_factory.mktemp("script") / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def recorders():
    made = []

    def make(**how):
        made.append(Recorder(**how))
        return made[-1]

    yield make
    for recorder in made:
        recorder.close()


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))
