#!/bin/sh
# Run the MCP conformance suite: the required scenarios of two revisions on
# conformance-server, the scenarios that need no test tools on the product.
#
# usage: run.sh [BUILD_DIRECTORY]          (default: build/dev)
#
# Needs npm, and Node 22, which npm can bring (node.sh); exits with 77 without npm.
# The suite is installed into build/conformance, where its logs stay, too.
set -eu

suite=@modelcontextprotocol/conformance@0.2.0-alpha.12
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${1:-$here/../../build/dev}" && pwd)
work=$here/../../build/conformance

. "$here/node.sh"

mkdir -p "$work"
work=$(cd "$work" && pwd)
cd "$work"
[ -e package.json ] || echo '{"private": true}' >package.json
npm install --silent --no-audit --no-fund --prefer-offline --ignore-scripts \
    --save-exact "$suite"

bridge=
stop_bridge() {
    [ -z "$bridge" ] || kill "$bridge" 2>/dev/null || true
    bridge=
}
trap stop_bridge EXIT
trap 'exit 1' HUP INT PIPE TERM

# Nothing listens on port 9. All addresses are given: those that SPARK_MASTER implies have
# Spark's own ports, where a real cluster may listen.
export SPARK_MASTER=spark://127.0.0.1:9
export SPARK_REST_URL=http://127.0.0.1:9
export SPARK_MASTER_UI_URL=http://127.0.0.1:9
export SPARK_HISTORY_URL=http://127.0.0.1:9

# start_bridge BINARY: puts it behind HTTP; the address is in $url.
start_bridge() {
    stop_bridge
    rm -f bridge.url
    python3 "$here/http_bridge.py" --port 0 -- "$1" \
        >bridge.url 2>bridge.log &
    bridge=$!
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        [ ! -s bridge.url ] || break
        sleep 0.5
    done
    url=$(cat bridge.url)
    [ -n "$url" ] || { cat bridge.log; exit 1; }
}

failed=0

# check NAME ARGUMENTS..: one run of the suite.
check() {
    name=$1
    shift
    log=$name.log
    if "$node" node_modules/@modelcontextprotocol/conformance/dist/index.js \
        server --url "$url" "$@" >"$log" 2>&1; then
        echo "passed: $name"
    else
        failed=1
        echo "FAILED: $name, see $work/$log"
        sed -n '/Unexpected\|[Ss]tale/,$p' "$log" | grep . || tail -n 20 "$log"
        cat bridge.log
    fi
}

start_bridge "$build/conformance-server"
for revision in 2025-11-25 2026-07-28; do
    check "server-$revision" --requirements "$revision" \
        --expected-failures "$here/left_out.yml"
    check "server-$revision-json-schema" --scenario json-schema-2020-12 \
        --spec-version "$revision"
done

start_bridge "$build/mcp-spark-server"
for scenario in server-initialize ping logging-set-level tools-list \
    server-sse-multiple-streams; do
    check "product-2025-11-25-$scenario" --scenario "$scenario" --spec-version 2025-11-25
done
for scenario in server-stateless tools-list server-sse-multiple-streams \
    http-header-validation sep-2164-resource-not-found \
    input-required-result-unsupported-methods; do
    check "product-2026-07-28-$scenario" --scenario "$scenario" \
        --spec-version 2026-07-28 --expected-failures "$here/left_out_of_product.yml"
done

exit $failed
