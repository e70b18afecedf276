#!/usr/bin/env bash
# Where data lives: HDFS, S3, a metastore, Iceberg; applications as people have them; each on the real component. Not part of
# tests/run.sh, for time and for what it fetches: the jars that maven.py names, from Maven Central by mvn (700 MB), and moto
# from PyPI.
#
#     tests/places/run.sh                       all, with Spark 4.3.0 (about 10 minutes)
#     tests/places/run.sh tests/places/test_hdfs.py -k safe_mode
#     SPARK=3.5.9 tests/places/run.sh           with that one
#
# MCP_SPARK_SERVER names the binary (build/dev/mcp-spark-server). Spark is the one that tests/run.sh has installed.
set -euo pipefail
cd "$(dirname "$0")/../.."

spark=${SPARK:-4.3.0}
python=$PWD/build/venv-$spark/bin/python
[ -e "$python" ] || { echo "no $python: tests/run.sh installs it" >&2; exit 2; }
command -v mvn > /dev/null || { echo "no mvn: apt-get install maven" >&2; exit 2; }
[[ " $* " == *tests/places/* ]] || set -- tests/places "$@"
export MCP_SPARK_SERVER=${MCP_SPARK_SERVER:-$PWD/build/dev/mcp-spark-server} PYSPARK_PYTHON=$python
export PYTHONPATH=$PWD/tests/spark:$PWD/src
exec "$python" -m pytest -p conftest -p no:cacheprovider -c tests/spark/pytest.ini --rootdir tests "$@"
