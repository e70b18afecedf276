#!/usr/bin/env bash
# Compares answers with those of other programs. Not part of tests/run.sh, for time and for what it installs.
#
#     tests/truth/run.sh                  with Spark 4.3.0
#     SPARK=3.5.9 tests/truth/run.sh      with that one
#     tests/truth/run.sh -k '[21]'        what pytest is given
#
# MCP_SPARK_SERVER names the binary (build/dev/mcp-spark-server), TPCH_SCALE how much data there is (0.05).
set -euo pipefail
cd "$(dirname "$0")/../.."

spark=${SPARK:-4.3.0}
work=$PWD/build/truth-$spark
if [ ! -e "$work/ready" ]; then
    python3 -m venv "$work"
    "$work/bin/pip" install -q -r tests/truth/requirements.txt "pyspark==$spark"
    touch "$work/ready"
fi
export MCP_SPARK_SERVER=${MCP_SPARK_SERVER:-$PWD/build/dev/mcp-spark-server}
exec "$work/bin/python" -m pytest -p no:cacheprovider -q tests/truth "$@"
