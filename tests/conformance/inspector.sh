#!/bin/sh
# Drive the product with the command line of the MCP Inspector, in both eras: list the
# tools (no schema may be unportable), call one (without a Spark: a tool error).
#
# usage: inspector.sh [BUILD_DIRECTORY]          (default: build/dev)
#
# Needs npm, and Node 22, which npm can bring (node.sh); exits with 77 without npm.
# The Inspector is installed into build/inspector; its output stays there.
set -eu

inspector=@modelcontextprotocol/inspector@2.12.0
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${1:-$here/../../build/dev}" && pwd)
work=$here/../../build/inspector

. "$here/node.sh"

mkdir -p "$work/home"
work=$(cd "$work" && pwd)
cd "$work"
[ -e package.json ] || echo '{"private": true}' >package.json
npm install --silent --no-audit --no-fund --prefer-offline --ignore-scripts \
    --save-exact "$inspector"

failed=0

# Nothing listens on port 9. All addresses are given: those that SPARK_MASTER implies have
# Spark's own ports, where a real cluster may listen.
#
# check NAME EXIT_CODE TEXT ARGUMENTS..: one run; it exits so, and TEXT is in its output.
check() {
    name=$1 want=$2 text=$3
    shift 3
    came=0
    HOME=$work/home "$node" node_modules/.bin/mcp-inspector \
        --cli "$build/mcp-spark-server" -e SPARK_MASTER=spark://127.0.0.1:9 \
        -e SPARK_REST_URL=http://127.0.0.1:9 -e SPARK_MASTER_UI_URL=http://127.0.0.1:9 \
        -e SPARK_HISTORY_URL=http://127.0.0.1:9 --format json "$@" >"$name.out" 2>"$name.err" </dev/null || came=$?
    if [ "$came" -eq "$want" ] && grep -q -F -e "$text" "$name.out"; then
        echo "passed: $name"
    else
        failed=1
        echo "FAILED: $name: want exit code $want and '$text', got exit code $came and"
        cat "$name.out" "$name.err"
    fi
}

for era in legacy modern; do
    check "$era-list" 0 '"name":"submit-spark-job"' \
        --protocol-era $era --method tools/list --strict
    check "$era-call" 5 '127.0.0.1' \
        --protocol-era $era --method tools/call --tool-name monitor-cluster
done

exit $failed
