#!/usr/bin/env bash
# Installs what is missing and runs every test: the second command of the README.
#
#     ./tests/run.sh              everything (40 to 60 minutes on two cores, as fast as they are)
#     ./tests/run.sh quick        what needs no Spark (about 3 minutes)
#
# Debian 12, Ubuntu 24.04 and later (as root or with sudo); elsewhere install by hand what is named below.
# Spark itself comes from PyPI, one virtual environment for each version, under build/.
set -uo pipefail
cd "$(dirname "$0")/.."

oldest=3.5.9
newest=4.3.0
passed=0
failed=0

has() {
    command -v "$1" > /dev/null 2>&1
}

has_daemon() {
    PATH=$PATH:/usr/sbin has "$1"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# check TEXT COMMAND...: one line for what passed, the whole output for what failed.
check() {
    local text=$1 begun=$SECONDS
    shift
    mkdir -p build
    if "$@" > build/check.log 2>&1; then
        passed=$((passed + 1))
        printf 'passed  %-58s %4d s  %s\n' "$text" $((SECONDS - begun)) "$(summary)"
    else
        failed=$((failed + 1))
        printf 'FAILED  %-58s %4d s\n' "$text" $((SECONDS - begun))
        cat build/check.log
    fi
}

# What the test runner said of itself.
summary() {
    grep -E '^(=+ .* in .*=+|[0-9]+ passed|[0-9]+% tests passed.*|skipped: .*)' build/check.log | tail -n 1 |
        tr -d '=' | sed 's/^ *//'
}

missing_packages() {
    has gcc || echo gcc
    has clang || echo clang
    has clang-format || echo clang-format
    has cmake || echo cmake
    has ninja || echo ninja-build
    has pkg-config || echo pkg-config
    has valgrind || echo valgrind
    has javac || javac_package
    has ps || echo procps
    has curl || echo curl
    has openssl || echo openssl
    # What stands before Spark in tests/spark/walls.py.
    has_daemon nginx || echo nginx
    has_daemon krb5kdc || echo krb5-kdc
    has_daemon kadmin.local || echo krb5-admin-server
    has kinit || echo krb5-user
    has_daemon apache2 || echo apache2-bin
    [ -e /usr/lib/apache2/modules/mod_auth_gssapi.so ] || echo libapache2-mod-auth-gssapi
    has ip || echo iproute2
    has nft || echo nftables
    pkg-config --exists 'libcurl >= 7.85' 2> /dev/null || echo libcurl4-openssl-dev
    pkg-config --exists 'jansson >= 2.14' 2> /dev/null || echo libjansson-dev
    pkg-config --exists cmocka 2> /dev/null || echo libcmocka-dev
    has python3 || echo python3
    python3 -c 'import ensurepip, venv' 2> /dev/null || echo python3-venv
    if [ "${CI:-}" = true ] && ! has npm; then echo nodejs npm; fi
}

# Spark 3.5 takes Java up to 17.
javac_package() {
    if apt-cache policy openjdk-17-jdk-headless | grep -q 'Candidate: [0-9]'; then
        echo openjdk-17-jdk-headless
    else
        echo default-jdk-headless
    fi
}

install_packages() {
    local packages
    has apt-get || return 0
    [ -z "$(missing_packages)" ] && return 0
    as_root apt-get update -q
    packages=$(missing_packages)
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q $packages
}

# install_spark VERSION: a virtual environment with it, the official MCP client and pytest; and its classes, as JVMs take them
# in the fastest way.
install_spark() {
    local venv=build/venv-$1
    if [ ! -e "$venv/ready" ]; then
        python3 -m venv "$venv" &&
            "$venv/bin/pip" install -q "pyspark==$1" -r tests/spark/requirements.txt || return 1
    fi
    if [ ! -e "$venv/classes.jsa" ]; then PYSPARK_PYTHON=$PWD/$venv/bin/python "$venv/bin/python" tests/spark/quick_java.py; fi
    touch "$venv/ready"
}

# Both at once: pip and the JVM of each keep one core busy.
install_sparks() {
    local first=0
    install_spark "$1" &
    install_spark "$2"
    local second=$?
    wait $! || first=$?
    [ $first = 0 ] && [ $second = 0 ]
}

build() {
    cmake --preset "$1" && cmake --build --preset "$1"
}

formatted() {
    find src include tests -name '*.[ch]' -exec clang-format --dry-run --Werror {} +
}

# The unit tests, without the sanitizers that valgrind does not go with.
under_valgrind() {
    build plain || return 1
    find build/plain/tests -maxdepth 1 -type f -executable -name 'test_*' ! -name '*.*' ! -name '*_fuzz_corpus' -print0 |
        xargs -0 -n 1 -P "$(nproc)" valgrind -q --leak-check=full --errors-for-leak-kinds=definite,indirect \
            --error-exitcode=1
}

conformance() {
    tests/conformance/run.sh build/dev
    local result=$?
    [ $result = 77 ] && [ "${CI:-}" != true ] && return 0
    return $result
}

inspector() {
    tests/conformance/inspector.sh build/dev
    local result=$?
    [ $result = 77 ] && [ "${CI:-}" != true ] && return 0
    return $result
}

# Where Docker cannot start, it says why and is passed.
dockerised() {
    tests/docker/run.sh "$@"
    local result=$?
    [ $result = 77 ] || return $result
}

# What a private Spark leaves is looked for on the whole machine, and the archive of its classes is made when nothing else is
# to be done: these files run alone, of all others three at a time.
alone='classes local local_end private_doors'
at_once='-n 3 --dist loadfile --no-loadscope-reorder'

# files PREFIX NAME...: of the tests against a real Spark.
files() {
    local prefix=$1 name
    shift
    for name in "$@"; do echo "${prefix}tests/spark/test_$name.py"; done
}

# on_spark VERSION PYTEST-ARGUMENTS...
on_spark() {
    local python
    python=$PWD/build/venv-$1/bin/python
    shift
    MCP_SPARK_SERVER=$PWD/build/dev/mcp-spark-server PYSPARK_PYTHON=$python \
        "$python" -m pytest -p no:cacheprovider "$@"
}

# on_runner VERSION PYTEST-ARGUMENTS...: the Python side alone, on that PySpark without a cluster.
on_runner() {
    local python
    python=$PWD/build/venv-$1/bin/python
    shift
    PYSPARK_PYTHON=$python "$python" -m pytest -p no:cacheprovider -n 2 --dist loadfile tests/runner "$@"
}

on_newest_only() {
    [ "${SPARK_TEST_SLOW:-}" = 1 ] && return
    printf -- '--ignore-glob=*/test_%s ' 'ml*' csv_layout.py 'data_*' random_data.py 'storage_*' 'session*' operations.py \
        launch.py download.py one_shot.py progress.py names.py docs.py
}

smoke() {
    PYSPARK_PYTHON=$PWD/build/venv-$newest/bin/python SPARK_EXECUTOR_MEMORY=1g \
        python3 examples/smoke_test.py build/dev/mcp-spark-server
}

check "packages" install_packages
check "formatting" formatted
check "build with gcc, sanitizers" build dev
check "units, transcripts, pages (gcc)" ctest --preset dev
check "build with clang, sanitizers" build clang
check "units, transcripts, pages (clang)" ctest --preset clang
check "units under valgrind" under_valgrind
check "MCP conformance suite, both eras" conformance
check "MCP Inspector" inspector
if [ "${1:-}" != quick ]; then
    check "Spark $oldest, $newest and the official client from PyPI" install_sparks $oldest $newest
    # On the oldest, for time, only what meets Spark's own ways most; SPARK_TEST_SLOW=1 adds the others, and each family of models.
    # shellcheck disable=SC2046
    check "runner on PySpark $oldest" on_runner $oldest $(on_newest_only)
    check "runner on PySpark $newest" on_runner $newest
    check "smoke test on a private Spark $newest" smoke
    # shellcheck disable=SC2046,SC2086
    check "end to end on Spark $oldest" on_spark $oldest $at_once tests/spark $(files --ignore= $alone)
    # One core is idle while those run: the images that the last check wants are made, which tells what went wrong.
    tests/docker/run.sh $newest images > /dev/null 2>&1 &
    # shellcheck disable=SC2046,SC2086
    check "private Sparks, end to end on Spark $oldest" on_spark $oldest $(files '' $alone)
    # shellcheck disable=SC2086
    check "the core, end to end on Spark $newest" on_spark $newest -m core $at_once tests/spark
    check "smoke test on a cluster in Docker, Spark $newest" dockerised $newest
fi

rm -f build/check.log
echo
echo "$passed passed, $failed failed"
[ $failed = 0 ]
