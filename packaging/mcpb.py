#!/usr/bin/env python3
"""Lays out the bundle for Claude Desktop (.mcpb), for Linux: packaging/mcpb.py

In --work: the folder mcpb, for the official tool (npm's @anthropic-ai/mcpb) to check and pack. It holds the binary of each
architecture, for a manifest cannot tell them apart, and a script that starts the right one.
"""
import argparse
import json
import os
import shutil

import icon
import release

LAUNCHER = '#!/bin/sh\nexec "${0%/*}/mcp-spark-server-$(uname -m)" "$@"\n'
FOLDER = "${__dirname}/server/"


def tools():
    """Name and title of each, as the server's definitions have them."""
    folder = os.path.join(release.ROOT, "src", "tools")
    for file in sorted(os.listdir(folder)):
        if file.endswith(".json"):
            definition = json.loads(release.read(os.path.join(folder, file)))
            yield {"name": definition["name"], "description": definition["title"]}


def option(kind, title, description, default):
    return {"type": kind, "title": title, "description": description, "required": False, "default": default}


def manifest():
    return {
        "manifest_version": "0.3", "name": "mcp-spark-server", "display_name": "Apache Spark", "version": release.version(),
        "description": "Works an Apache Spark: SQL in a warm session, data, ML pipelines, jobs, monitoring.",
        "author": {"name": "The authors of mcp-spark-server"}, "license": "Apache-2.0",
        "repository": {"type": "git", "url": release.repository()}, "icon": "icon.png", "keywords": ["spark", "pyspark", "sql"],
        "server": {"type": "binary", "entry_point": "server/mcp-spark-server", "mcp_config": {
            "command": FOLDER + "mcp-spark-server", "args": [],
            "env": {"SPARK_MASTER": "${user_config.master}", "SPARK_EXECUTOR_MEMORY": "${user_config.executor_memory}",
                    "SPARK_READ_ONLY": "${user_config.read_only}"}}},
        "tools": list(tools()), "compatibility": {"platforms": ["linux"]},
        "user_config": {
            "master": option("string", "Spark master", "spark://host:7077, or local[*] for a private Spark on this machine, which "
                             "needs Java and PySpark", "local[*]"),
            "executor_memory": option("string", "Memory per executor", "Such as 2g", "2g"),
            "read_only": option("boolean", "Read only", "Refuse every write, submission and kill", False)}}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    release.add_arguments(arguments)
    given = arguments.parse_args()
    folder = os.path.join(given.work, "mcpb")
    shutil.rmtree(folder, ignore_errors=True)
    release.write(os.path.join(folder, "manifest.json"), json.dumps(manifest(), indent=2) + "\n")
    release.write(os.path.join(folder, "icon.png"), icon.png())
    for name, source in (("LICENSE", release.ROOT), ("THIRD-PARTY-LICENSES", given.work)):
        release.write(os.path.join(folder, name), release.read_bytes(os.path.join(source, name)))
    programs = {"mcp-spark-server-" + arch: release.read_bytes(release.program(given.work, arch))
                for arch in given.arch or release.ARCHITECTURES}
    for name, content in {"mcp-spark-server": LAUNCHER, **programs}.items():
        release.write(os.path.join(folder, "server", name), content)
        os.chmod(os.path.join(folder, "server", name), 0o755)
    print(folder)


if __name__ == "__main__":
    main()
