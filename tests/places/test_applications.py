"""Applications as people have them: Spark's own examples end as under spark-submit; eggs, packed environments."""

import os
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

NAMES = ["pi.py", "sort.py", "wordcount.py", "als.py", "kmeans.py", "logistic_regression.py", "pagerank.py", "status_api_demo.py"]
DATA = {"sort.py": ["data/mllib/sample_lda_data.txt"], "wordcount.py": ["data/mllib/sample_lda_data.txt"],
        "kmeans.py": ["data/mllib/kmeans_data.txt", "2", "0.1"], "pagerank.py": ["data/mllib/pagerank_data.txt", "2"],
        "logistic_regression.py": ["data/mllib/sample_svm_data.txt", "2"], "als.py": ["10", "10", "2", "2", "2"]}


def run_by_hand(spark_home, cluster, python, program, arguments):
    environment = {**os.environ, "PYSPARK_PYTHON": python, "SPARK_HOME": str(spark_home), "SPARK_LOCAL_IP": "127.0.0.1"}
    command = [str(spark_home / "bin" / "spark-submit"), "--master", cluster.url, "--conf", "spark.cores.max=2",
               "--executor-memory", "600m", "--driver-memory", "600m", str(program), *arguments]
    return subprocess.run(command, env=environment, cwd=spark_home, capture_output=True, text=True, timeout=200)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_of_sparks_ends_as_under_spark_submit(name, server, cluster, spark_home, python):
    program = spark_home / "examples" / "src" / "main" / "python" / name
    if not program.exists():
        pytest.skip("this Spark has no " + name)
    given = DATA.get(name, [])
    whole = [str(spark_home / text) if text.startswith("data/") else text for text in given]
    with ThreadPoolExecutor() as pool:
        by_hand = pool.submit(run_by_hand, spark_home, cluster, python, program, whole)
        answer = server.submit(program, args=whole, executor_memory="600m", driver_memory="600m", num_executors=2,
                               executor_cores=1, wait_seconds=200)
        wanted = by_hand.result()
    ended = "FINISHED" if wanted.returncode == 0 else "FAILED"
    assert answer.data["state"] == ended, "%s\n%s" % (answer.text, wanted.stderr[-1500:])


@pytest.mark.parametrize("ending", ["zip", "egg"])
def test_modules_in_an_archive_reach_driver_and_executors(ending, server, cluster, write_script, tmp_path):
    archive = tmp_path / ("tools.%s" % ending)
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("tools/__init__.py", "def twice(n):\n    return 2 * n\n")
    script = write_script("uses_tools.py", """
from pyspark.sql import SparkSession
from tools import twice
spark = SparkSession.builder.getOrCreate()
print("SUM", twice(1) + spark.sparkContext.parallelize(range(4), 2).map(twice).sum())
""")
    answer = server.submit(script, py_files=[str(archive)], num_executors=1, wait_seconds=100)
    assert answer.data["state"] == "FINISHED" and "SUM 14" in answer.text, answer.text


def test_a_packed_environment_is_unpacked_for_the_executors(server, write_script, tmp_path):
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as packed:
        packed.writestr("lib/only_there.py", "VALUE = 42\n")
    script = write_script("uses_packed.py", """
import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
def value(_):
    sys.path.insert(0, "environment/lib")
    import only_there
    return only_there.VALUE
print("VALUE", spark.sparkContext.parallelize([1], 1).map(value).first())
""")
    answer = server.submit(script, conf={"spark.archives": "%s#environment" % (tmp_path / "packed.zip")}, num_executors=1,
                           wait_seconds=100)
    assert answer.data["state"] == "FINISHED" and "VALUE 42" in answer.text, answer.text
