#!/usr/bin/env bash
# From a fresh machine to a running demo: installs what is missing, builds the server, runs demo.py.
#
#     ./examples/demo.sh
#
# Debian 12, Ubuntu 24.04 and later (as root or with sudo). The macOS part (brew) is written but untried.
# What is there is used as it is; with everything there, no network is needed.
set -euo pipefail
cd "$(dirname "$0")/.."

curl="libcurl >= 7.85"
jansson="jansson >= 2.14"

log=$(mktemp "${TMPDIR:-/tmp}/spark-demo.XXXXXX")
trap 'rm -f "$log"' EXIT

fail() {
    printf '\nerror: %s\n' "$1" >&2
    exit 1
}

# step TEXT COMMAND...: run a command quietly; one line, and its output only when it fails.
step() {
    local text=$1 begun=$SECONDS
    shift
    printf '%-64s' "$text"
    if ! "$@" > "$log" 2>&1; then
        printf 'failed\n\n' && tail -n 30 "$log" >&2
        fail "'$*' failed; its last lines are above"
    fi
    printf '%4d s\n' $((SECONDS - begun))
}

has() {
    command -v "$1" > /dev/null 2>&1
}

has_library() {
    has pkg-config && pkg-config --exists "$1"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif has sudo; then
        sudo "$@"
    else
        echo "need root or sudo to install packages" && return 1
    fi
}

# The major version of the java that a login shell finds; 0 without one.
java_version() {
    local java=java
    [ -n "${JAVA_HOME:-}" ] && java=$JAVA_HOME/bin/java
    "$java" -version 2>&1 | sed -n 's/.*version "\(1\.\)\{0,1\}\([0-9]*\).*/\2/p' | head -n 1 | grep . || echo 0
}

python_is() {
    python3 -c "import sys; sys.exit(sys.version_info < ($1))" 2> /dev/null
}

java_package() {
    local name
    for name in openjdk-17-jre-headless openjdk-21-jre-headless; do
        apt-cache policy "$name" | grep 'Candidate: [0-9]' > /dev/null && echo "$name" && return
    done
    echo default-jre-headless
}

missing_on_debian() {
    has cc || echo build-essential
    has cmake || echo cmake
    has ninja || echo ninja-build
    has pkg-config || echo pkg-config
    has ps || echo procps
    has_library "$curl" || echo libcurl4-openssl-dev
    has_library "$jansson" || echo libjansson-dev
    has python3 || echo python3
    python3 -c 'import ensurepip, venv' 2> /dev/null || echo python3-venv
    [ "$(java_version)" -ge 17 ] || echo java
}

install_on_debian() {
    local packages
    packages=$(missing_on_debian | tr '\n' ' ')
    [ -n "$packages" ] || return 0
    [ "$(id -u)" = 0 ] || ! has sudo || sudo -v # asks for the password before the output is hidden
    step "apt-get update" as_root apt-get update -q
    packages=${packages/java /$(java_package) }
    # shellcheck disable=SC2086 # a list of words
    step "apt-get install ${packages% }" as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends $packages
}

install_on_macos() { # untried
    local packages=()
    has brew || fail "need Homebrew (https://brew.sh)"
    has cc || fail "need the command line tools: xcode-select --install"
    has cmake || packages+=(cmake)
    has ninja || packages+=(ninja)
    has pkg-config || packages+=(pkg-config)
    has_library "$curl" || packages+=(curl)
    has_library "$jansson" || packages+=(jansson)
    python_is "3, 11" || packages+=(python@3.13)
    [ "$(java_version)" -ge 17 ] || packages+=(openjdk@17)
    [ ${#packages[@]} = 0 ] || step "brew install ${packages[*]}" brew install "${packages[@]}"
    PKG_CONFIG_PATH="$(brew --prefix)/opt/curl/lib/pkgconfig:${PKG_CONFIG_PATH:-}"
    export PKG_CONFIG_PATH
    if [ "$(java_version)" -lt 17 ]; then # brew keeps its Java out of the path
        JAVA_HOME="$(brew --prefix openjdk@17)/libexec/openjdk.jdk/Contents/Home"
        export JAVA_HOME
    fi
}

make_venv() {
    local pyspark=pyspark==3.5.9
    if python_is "3, 11" && [ "$(java_version)" -ge 17 ]; then
        pyspark=pyspark==4.3.0
    fi
    if ! .venv/bin/python -c 'import sys' 2> /dev/null; then
        step "python3 -m venv .venv" python3 -m venv --clear .venv
    fi
    if ! .venv/bin/python -c 'import pyspark, numpy' 2> /dev/null; then
        step "pip install $pyspark numpy (a whole Spark, about 450 MB)" \
            .venv/bin/python -m pip install --quiet --disable-pip-version-check "$pyspark" numpy
    fi
}

cat << EOF
Installs what is missing here (compiler, cmake, libraries, Java 17, Python; PySpark in .venv, about 450 MB), builds the server
and runs it. About 2 minutes with all of that there; a fresh machine takes a few more, and the time of its downloads.

EOF
if [ "$(uname)" = Darwin ]; then
    install_on_macos
elif has apt-get; then
    install_on_debian
else
    echo "no apt-get here: going on with what is installed"
fi
if ! { has cc && has cmake && has ninja && has python3; }; then
    fail "need a C compiler, cmake, ninja and python3"
elif ! { has_library "$curl" && has_library "$jansson"; }; then
    fail "need $curl and $jansson (development files): Debian 12, Ubuntu 24.04 and later have them"
fi
[ "$(java_version)" -ge 17 ] || fail "need Java 17 or later, found version $(java_version): set JAVA_HOME to it"
python_is "3, 8" || fail "need Python 3.8 or later"

make_venv
step "cmake --preset release" cmake --preset release
step "cmake --build --preset release" cmake --build --preset release
.venv/bin/python examples/demo.py "$@"
