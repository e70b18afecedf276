"""Jars from Maven Central, by mvn as this machine has it set up; kept in build/places."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "build" / "places"
DEPENDENCY = "<dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version></dependency>"
PROJECT = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>places</groupId><artifactId>places</artifactId><version>1</version><dependencies>%s</dependencies></project>"""


def hdfs(hadoop):
    """A NameNode and a DataNode."""
    return jars("hdfs-" + hadoop, *("org.apache.hadoop:hadoop-%s:%s" % (part, hadoop)
                                    for part in ("hdfs", "hdfs-client", "common")))


def s3a(hadoop):
    """The file system of s3a:// URLs, with Amazon's SDK (several 100 MB)."""
    return jars("s3a-" + hadoop, "org.apache.hadoop:hadoop-aws:" + hadoop)


def jars(name, *coordinates):
    """A folder of these jars, and of all that they need."""
    folder = KEPT / name
    if not (folder / "ready").exists():
        folder.mkdir(parents=True, exist_ok=True)
        wanted = "".join(DEPENDENCY % tuple(text.split(":")) for text in coordinates)
        (folder / "pom.xml").write_text(PROJECT % wanted)
        subprocess.run(["mvn", "-B", "-q", "-f", str(folder / "pom.xml"), "dependency:copy-dependencies",
                        "-DincludeScope=runtime", "-DoutputDirectory=" + str(folder)], check=True)
        (folder / "ready").touch()
    return folder


def hadoop_of(spark_home):
    """The version of Hadoop that a Spark brings."""
    return next(spark_home.glob("jars/hadoop-client-api-*.jar")).stem.rpartition("-")[2]
