"""Spark's own example programs end as under spark-submit, and print the same."""

import os
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

LDA, SVM = "data/mllib/sample_lda_data.txt", "data/mllib/sample_svm_data.txt"
CASES = [
    "pi.py", "sort.py " + LDA, "wordcount.py " + LDA, "als.py 10 10 2 2 2", "kmeans.py data/mllib/kmeans_data.txt 2 0.1",
    "logistic_regression.py %s 2" % SVM, "pagerank.py data/mllib/pagerank_data.txt 2", "status_api_demo.py",
    "sql/basic.py", "sql/hive.py", "sql/udtf.py", "sql/arrow.py", "streaming/queue_stream.py",
    *("ml/%s.py" % name for name in (
        "aft_survival_regression als_example bucketizer_example chi_square_test_example correlation_example "
        "count_vectorizer_example cross_validator dataframe_example dct_example decision_tree_classification_example "
        "feature_hasher_example fpgrowth_example gaussian_mixture_example generalized_linear_regression_example "
        "imputer_example kmeans_example linear_regression_with_elastic_net linearsvc logistic_regression_summary_example "
        "min_hash_lsh_example multilayer_perceptron_classification one_vs_rest_example onehot_encoder_example pca_example "
        "pipeline_example prefixspan_example quantile_discretizer_example random_forest_classifier_example rformula_example "
        "sql_transformer string_indexer_example summarizer_example tf_idf_example train_validation_split "
        "univariate_feature_selector_example vector_size_hint_example word2vec_example").split()),
    *("mllib/%s.py" % name for name in (
        "binary_classification_metrics_example correlations_example fpgrowth_example gaussian_mixture_example "
        "hypothesis_testing_example k_means_example naive_bayes_example pca_rowmatrix_example random_rdd_generation "
        "ranking_metrics_example recommendation_example sampled_rdds streaming_k_means_example svd_example "
        "tf_idf_example word2vec_example").split()),
]
# These draw by chance without a seed: only the end is the same.
DRAWN = ("ml/random_forest_classifier_example.py", "mllib/gaussian_mixture_example.py", "ml/min_hash_lsh_example.py")
# PyPI's pyspark lacks examples/src/main/resources: as Spark's distribution has them, but for their length.
RESOURCES = {
    "people.json": '{"name":"Michael"}\n{"name":"Andy", "age":30}\n{"name":"Justin", "age":19}\n',
    "people.txt": "Michael, 29\nAndy, 30\nJustin, 19\n",
    "kv1.txt": "".join("%d\1val_%d\n" % (n, n) for n in (238, 86, 311, 27, 165, 409, 255, 278, 98, 484))}
NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")


@pytest.fixture
def folders(spark_home, tmp_path):
    """A folder for each of the two runs, which finds data as from Spark's own and may write below it."""
    for name in "ours", "theirs":
        resources = tmp_path / name / "examples/src/main/resources"
        resources.mkdir(parents=True)
        (tmp_path / name / "data").symlink_to(spark_home / "data")
        for file, text in RESOURCES.items():
            (resources / file).write_text(text)
    return tmp_path / "ours", tmp_path / "theirs"


def run_by_hand(spark_home, cluster, python, program, arguments, folder):
    environment = {**os.environ, "PYSPARK_PYTHON": python, "SPARK_HOME": str(spark_home), "SPARK_LOCAL_IP": "127.0.0.1"}
    command = [str(spark_home / "bin" / "spark-submit"), "--master", cluster.url, "--conf", "spark.cores.max=2",
               "--conf", "spark.executor.cores=2", "--executor-memory", "600m", "--driver-memory", "600m", "--driver-java-options",
               cluster.java_options, "--conf", "spark.executor.extraJavaOptions=" + cluster.java_options, str(program), *arguments]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=300)


def printed(text):
    """What a program prints, without what differs from run to run: numbers drawn by chance, times, folders."""
    lines = (re.sub(r"\s+", " ", NUMBER.sub("N", re.sub(r"0x[0-9a-f]+|_[0-9a-f]{12}|(file:)?/\S+", "PLACE", line))).strip(" |+-") for line in text.splitlines())
    return sorted({line for line in lines if line and "mcp-spark-server#" not in line and "Warning" not in line
                   and not line.startswith("warnings.warn")})


@pytest.mark.parametrize("case", CASES)
def test_an_example_of_sparks_ends_as_under_spark_submit(case, server, cluster, spark_home, python, folders):
    name, *given = case.split()
    program = spark_home / "examples" / "src" / "main" / "python" / name
    if not program.exists():
        pytest.skip("this Spark has no " + name)
    ours, theirs = folders
    with ThreadPoolExecutor() as pool:
        by_hand = pool.submit(run_by_hand, spark_home, cluster, python, program, given, theirs)
        begun = time.monotonic()
        answer = server.submit(program, args=given, executor_memory="600m", driver_memory="600m", num_executors=1,
                               executor_cores=2, conf={"spark.driver.extraJavaOptions": "%s -Duser.dir=%s" % (cluster.java_options, ours)}, wait_seconds=300)
        seconds = time.monotonic() - begun
        wanted = by_hand.result()
    output = (cluster.work / answer.data["submissionId"] / "stdout").read_text(errors="replace")
    same = printed(output) == printed(wanted.stdout)
    ended = "FINISHED" if wanted.returncode == 0 else "FAILED"
    print("TABLE | `%s` | %s | %s | %s | %.0f |" % (case, answer.data["state"], ended, "same" if same else "differs", seconds))
    assert answer.data["state"] == ended, "%s\n%s\n%s" % (answer.text, wanted.stdout[-1500:], wanted.stderr[-4000:])
    if ended == "FINISHED" and name not in DRAWN:
        assert printed(output) == printed(wanted.stdout)
