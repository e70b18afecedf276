"""Workers with disks of their own, as containers have them: what is written there is refused, what is looked for there is told.

Two workers at addresses of their own, each with a private mount over one folder (unshare, as root)."""

import os
import shutil

import pytest

import client
from client import START, rows
from cluster import Cluster

pytestmark = pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="private mounts take root and unshare")


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """The folder that is another one on each worker."""
    return tmp_path_factory.mktemp("own")


@pytest.fixture(scope="module")
def apart(spark_home, python, own, tmp_path_factory):
    """A server of a cluster whose workers share no such folder."""
    cluster = Cluster(spark_home, python, tmp_path_factory.mktemp("apart"))
    mount = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"', str(own)]
    try:
        cluster.start_master()
        for host in ("127.0.0.1", "127.0.0.2"):
            cluster.start_worker(host, mount)
        cluster.wait_ready()
        # An executor on each worker.
        conf = (cluster.environment()["SPARK_CONF"] + ",spark.dynamicAllocation.enabled=false,spark.cores.max=2"
                ",spark.executor.cores=1")
        with client.Server(cluster.environment(SPARK_CONF=conf)) as server:
            assert rows(server.sql("SELECT count(*) FROM range(0, 1000, 1, 8)", wait_seconds=START)) == [[1000]]
            yield server
    finally:
        cluster.stop()


@pytest.mark.parametrize("mode", ["error", "overwrite"])
def test_results_that_each_worker_wrote_to_its_own_disk_are_refused(mode, apart, own):
    answer = apart.sql("SELECT id FROM range(0, 1000, 1, 8)", save_path=str(own / "out"), save_mode=mode, wait_seconds=100)
    assert answer.is_error and "disks of their own" in answer.text and "hdfs or s3a" in answer.text, answer.text
    again = apart.data("read", own / "out")
    assert again.is_error, "nothing may stand at the target"


def test_an_append_to_a_disk_of_each_worker_is_refused(apart, own):
    made = apart.call("run-python", code="import os; os.makedirs(%r)" % str(own / "grown"))
    assert not made.is_error, made.text
    answer = apart.sql("SELECT id FROM range(0, 1000, 1, 8)", save_path=str(own / "grown"), save_mode="append", wait_seconds=100)
    assert answer.is_error and "disks of their own" in answer.text, answer.text


def test_a_file_that_is_here_and_not_there_is_told_as_such(apart, own):
    (own / "here.csv").write_text("a,b\n1,2\n")
    for answer in (apart.data("read", own / "here.csv"), apart.sql("SELECT * FROM csv.`%s`" % (own / "here.csv"))):
        assert answer.is_error and "driver" in answer.text, answer.text


def test_a_file_that_only_the_drivers_machine_has_is_told_with_the_worker(apart, own):
    made = apart.call("run-python", code="open(%r, 'w').write('a,b\\n' + '1,2\\n' * 100000)" % str(own / "there.csv"))
    assert not made.is_error, made.text
    answer = apart.sql("SELECT count(*) FROM csv.`%s`" % (own / "there.csv"), wait_seconds=100)
    assert not answer.is_error or "every worker" in answer.text, answer.text
