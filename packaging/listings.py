#!/usr/bin/env python3
"""Writes what names a release's files by their checksums, when all are there: packaging/listings.py

server.json for the MCP registry, mcp-spark-server.rb for Homebrew (Linux), SHA256SUMS.
"""
import argparse
import json
import os

import release

SCHEMA = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"
FORMULA = """\
class McpSparkServer < Formula
  desc "MCP server for Apache Spark"
  homepage "{repository}"
  version "{version}"
  license "Apache-2.0"
  depends_on :linux

  on_intel do
    url "{base}/{x86_64}"
    sha256 "{x86_64_sha256}"
  end
  on_arm do
    url "{base}/{aarch64}"
    sha256 "{aarch64_sha256}"
  end

  def install
    bin.install "mcp-spark-server"
    man1.install "mcp-spark-server.1"
    bash_completion.install "completion/mcp-spark-server.bash" => "mcp-spark-server"
    zsh_completion.install "completion/_mcp-spark-server"
  end

  test do
    assert_match version.to_s, shell_output("#{{bin}}/mcp-spark-server --version")
  end
end
"""


def variable(name, description, default):
    return {"name": name, "description": description, "default": default}


def server(out):
    version, repository = release.version(), release.repository()
    settings = [variable("SPARK_MASTER", "spark://host:7077, or local[*] for a private Spark", "local[*]"),
                variable("SPARK_EXECUTOR_MEMORY", "Memory per executor", "2g"),
                dict(variable("SPARK_READ_ONLY", "true refuses every write, submission and kill", "false"), format="boolean")]
    stdio = {"type": "stdio"}
    bundle = "mcp-spark-server-%s.mcpb" % version
    return {
        "$schema": SCHEMA, "name": release.registry_name(), "title": "Apache Spark", "version": version,
        "description": "Apache Spark over REST: SQL in a warm session, data, ML, jobs, monitoring",
        "repository": {"url": repository, "source": "github"},
        "packages": [
            {"registryType": "pypi", "registryBaseUrl": "https://pypi.org", "identifier": "mcp-spark-server", "version": version,
             "runtimeHint": "uvx", "runtimeArguments": [{"type": "named", "name": "--with", "value": "pyspark"}],
             "transport": stdio, "environmentVariables": settings},
            {"registryType": "mcpb", "identifier": "%s/%s" % (release.download(), bundle), "version": version,
             "fileSha256": release.sha256_file(os.path.join(out, bundle)), "transport": stdio}]}


def formula(out):
    values = {"repository": release.repository(), "version": release.version(), "base": release.download()}
    for arch in release.ARCHITECTURES:
        values[arch] = "mcp-spark-server-%s-linux-%s.tar.gz" % (release.version(), arch)
        values[arch + "_sha256"] = release.sha256_file(os.path.join(out, values[arch]))
    return FORMULA.format(**values)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    release.add_arguments(arguments)
    out = arguments.parse_args().out
    release.write(os.path.join(out, "server.json"), json.dumps(server(out), indent=2) + "\n")
    release.write(os.path.join(out, "mcp-spark-server.rb"), formula(out))
    files = sorted(name for name in os.listdir(out) if name != "SHA256SUMS")
    release.write(os.path.join(out, "SHA256SUMS"),
                  "".join("%s  %s\n" % (release.sha256_file(os.path.join(out, name)), name) for name in files))
    print("\n".join(files))


if __name__ == "__main__":
    main()
