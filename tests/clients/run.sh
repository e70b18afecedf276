#!/usr/bin/env bash
# Calls the built server through frameworks that people use: each is installed from PyPI or npm into
# build/clients, no model and no network is needed after that. Not part of tests/run.sh, for time.
#
#     tests/clients/run.sh                all
#     tests/clients/run.sh crewai mcp     these
#
# MCP_SPARK_SERVER names the binary (build/dev/mcp-spark-server). UPGRADE=1 brings the newest versions.
set -uo pipefail
cd "$(dirname "$0")/../.."

here=$PWD/tests/clients
work=$PWD/build/clients
passed=0
failed=0

# The first package is the one whose version is told.
packages_of() {
    case $1 in
    mcp) echo mcp ;;
    fastmcp) echo fastmcp ;;
    openai-agents) echo openai-agents ;;
    google-adk) echo google-adk mcp ;;
    langchain) echo langchain-mcp-adapters langchain-openai langchain-google-genai ;;
    llama-index) echo llama-index-tools-mcp llama-index-llms-google-genai ;;
    crewai) echo crewai-tools 'crewai-tools[mcp]' crewai ;;
    pydantic-ai) echo pydantic-ai-slim 'pydantic-ai-slim[mcp,openai,google]' ;;
    vercel-ai) echo ai @ai-sdk/mcp @ai-sdk/openai @ai-sdk/google ;;
    *) return 1 ;;
    esac
}

# install NAME PACKAGE...: once.
install() {
    local folder=$work/$1
    shift
    [ "${UPGRADE:-}" != 1 ] || rm -rf "$folder"
    [ ! -e "$folder/ready" ] || return 0
    mkdir -p "$folder"
    case $folder in
    */vercel-ai) npm install --silent --no-fund --no-audit --prefix "$folder" "$@" ;; # what this Node takes
    *) python3 -m venv "$folder" && "$folder/bin/pip" install -q "$@" ;;
    esac && touch "$folder/ready"
}

# try NAME: the program of that client.
try() {
    case $1 in
    vercel-ai) python3 "$here/test_vercel_ai.py" "$work/$1" ;;
    *) "$work/$1/bin/python" "$here/test_${1//-/_}.py" ;;
    esac
}

version_of() {
    case $1 in
    vercel-ai) node -p "require('$work/$1/node_modules/$2/package.json').version" ;;
    *) "$work/$1/bin/python" -c "import importlib.metadata as m; print(m.version('$2'))" ;;
    esac
}

check() {
    local name=$1 begun=$SECONDS packages log=$work/$1.log
    packages=$(packages_of "$name") || { echo "FAILED  $name: no such client"; failed=$((failed + 1)); return; }
    mkdir -p "$work"
    # shellcheck disable=SC2086
    if { install "$name" $packages && timeout 300 bash -c "$(declare -f try); here='$here' work='$work' try $name"; } \
        > "$log" 2>&1; then
        passed=$((passed + 1))
        # shellcheck disable=SC2086
        printf 'passed  %-14s %s %s, %d s\n' "$name" ${packages%% *} "$(version_of "$name" ${packages%% *})" \
            $((SECONDS - begun))
    else
        failed=$((failed + 1))
        printf 'FAILED  %-14s see %s\n' "$name" "$log"
        tail -n 5 "$log"
    fi
}

[ $# -gt 0 ] || set -- mcp fastmcp openai-agents google-adk langchain llama-index crewai pydantic-ai vercel-ai
for name in "$@"; do
    check "$name"
done
echo
echo "$passed passed, $failed failed"
[ $failed = 0 ]
