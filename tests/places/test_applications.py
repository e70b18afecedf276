"""Applications as people have them: archives of modules, packed environments, JARs that hold all they need."""

import subprocess
import zipfile

import pytest

import maven


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


FAT = """
package fat;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.jsoup.Jsoup;

public final class Main {
    static String plain(String text) { return Jsoup.parse(text).text(); }

    public static void main(String[] args) throws Exception {
        for (String arg : args)
            System.out.println("arg: " + arg.replace("\\n", "<end>"));
        try (SparkSession spark = SparkSession.builder().getOrCreate()) {
            JavaSparkContext context = new JavaSparkContext(spark.sparkContext());
            System.out.println("plain: " + context.parallelize(List.of("<b>one</b>", "two &amp; three"), 2).map(Main::plain).collect());
        }
    }
}
"""
ARGUMENTS = ["a b", "it's \"quoted\"", "$HOME", "; exit 1", "", "back\\slash", "two\nlines", "*", "{{CORES}}", "--conf",
             "%d", "a=b", "<x>&y|z", "`id`", "#!~^()[]", "\ttab"]


@pytest.fixture(scope="module")
def fat_jar(spark_home, tmp_path_factory):
    """Classes of its own and those of a library, which the executors need too, in one JAR."""
    folder = tmp_path_factory.mktemp("fat")
    library = next(maven.jars("jsoup", "org.jsoup:jsoup:1.17.2").glob("jsoup-*.jar"))
    (folder / "Main.java").write_text(FAT)
    classes = folder / "classes"
    subprocess.run(["javac", "-nowarn", "-cp", "%s:%s" % (spark_home / "jars" / "*", library), "-d", str(classes),
                    str(folder / "Main.java")], check=True)
    subprocess.run(["jar", "xf", str(library)], cwd=classes, check=True)
    subprocess.run(["jar", "cf", str(folder / "fat.jar"), "-C", str(classes), "."], check=True)
    return folder / "fat.jar"


def test_a_fat_jar_has_all_it_needs_and_gets_every_character(fat_jar, server, cluster):
    answer = server.submit(fat_jar, **{"class": "fat.Main"}, args=ARGUMENTS, num_executors=1, wait_seconds=100)
    assert answer.data["state"] == "FINISHED", answer.text
    lines = (cluster.work / answer.data["submissionId"] / "stdout").read_text().splitlines()
    assert "plain: [one, two & three]" in lines
    assert [line[5:] for line in lines if line.startswith("arg: ")] == [text.replace("\n", "<end>") for text in ARGUMENTS]
