#!/usr/bin/env bash
# Builds a release as packaging/dry-run.sh does, then tests what came out. By hand and before a release, not part of tests/run.sh: it
# takes about 20 minutes on two cores.
#
#     tests/packaging/run.sh          needs, besides what the dry run does: openssl, readelf, and for aarch64 qemu-user
#     SPARK=false                     without the parts that start a private Spark
set -euo pipefail
cd "$(dirname "$0")/../.."
work=${WORK:-$PWD/build/static}
out=$PWD/build/release-files
export WORK=$work PYTHONDONTWRITEBYTECODE=1

packaging/dry-run.sh

echo "== again, in another folder: the same bytes"
again=$(mktemp -d)
trap 'rm -rf "$again"' EXIT
mkdir -p "$again/work" "$again/source"
cp -r "$work/archives" "$again/work"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$again/source"
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)} \
    "$again/source/packaging/build.py" --work "$again/work" --out "$again/out"
for file in "$again/out"/*; do cmp "$file" "$out/$(basename "$file")"; done

venv=$work/tests
if [ ! -e "$venv/ready" ]; then
    python3 -m venv "$venv" && "$venv/bin/pip" install -q pytest jsonschema skillsaw spdx-tools && touch "$venv/ready"
fi
static=$work/x86_64/server/mcp-spark-server
echo "== transcripts on the static binary"
python3 tests/transcripts/run.py "$static" tests/transcripts/*.txt
python3 tests/transcripts/flood.py "$static"
python3 tests/transcripts/silent_master.py "$static"
python3 tests/transcripts/private_spark.py "$static"
python3 tests/fuzz/feed_lines.py "$static"
if command -v qemu-aarch64 > /dev/null; then
    echo "== transcripts on aarch64"
    printf '#!/bin/sh\nexec qemu-aarch64 "%s" "$@"\n' "$work/aarch64/server/mcp-spark-server" > "$work/aarch64/emulated"
    chmod +x "$work/aarch64/emulated"
    python3 tests/transcripts/run.py "$work/aarch64/emulated" tests/transcripts/*.txt
fi
echo "== packages"
MCP_SPARK_STATIC=$static MCP_SPARK_FILES=$out "$venv/bin/python" -m pytest -q -p no:cacheprovider tests/packaging
