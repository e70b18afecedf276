#!/usr/bin/env bash
# examples/docker as its README tells it: the cluster of the compose file, the server on this machine and in its container.
#
#     tests/docker/run.sh 4.3.0           (root; build/venv-4.3.0 holds that PySpark)
#     tests/docker/run.sh 4.3.0 images    (what can be made beforehand)
#
# No registry is asked: images.sh makes stand-ins for debian:bookworm-slim and apache/spark. Docker's daemon, its network and
# its containers are in namespaces of their own, so that this machine's Docker, ports and packet filter stay as they are, and
# all of it is gone when the script is (a SIGKILL leaves an empty folder and control groups). Images stay in build/docker:
# a second run builds the server's alone.
# Exit code 77: it cannot run here.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=$1
tag=apache/spark:$version-python3
cache=$PWD/build/docker
scratch=$(mktemp -d "${TMPDIR:-/tmp}/mcp-spark-docker.XXXXXX")
policy=
tree=
trap clean EXIT

clean() {
    [ -z "$tree" ] || kill -KILL "$tree" 2> /dev/null || true
    [ -z "$policy" ] || rm -f "$policy"
    rm -rf "$scratch"
    for _ in $(seq 50); do # what was killed needs a moment to be gone
        find /sys/fs/cgroup -depth -type d -path "*/${scratch##*/}*" -exec rmdir {} + 2> /dev/null && break
        sleep 0.1
    done
    find /run/docker /run/containerd -depth -type d -empty -delete 2> /dev/null || true
}

skip() {
    echo "skipped: $1"
    exit 77
}

# The packages' own daemon is kept from starting.
install_packages() {
    local missing=()
    command -v dockerd > /dev/null && command -v docker > /dev/null || missing+=(docker.io)
    docker compose version > /dev/null 2>&1 || command -v docker-compose > /dev/null || missing+=(docker-compose)
    command -v mmdebstrap > /dev/null || missing+=(mmdebstrap)
    [ ${#missing[@]} = 0 ] && return
    command -v apt-get > /dev/null || skip "not here: ${missing[*]}"
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        policy=/usr/sbin/policy-rc.d
        printf '#!/bin/sh\nexit 101\n' > $policy
        chmod 755 $policy
    fi
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}

# with_docker NETWORK COMMAND...: in a process tree that ends with this script.
with_docker() {
    local network=$1 options=(--mount --pid --fork --kill-child --mount-proc)
    shift
    [ "$network" = own ] && options+=(--net)
    setpriv --pdeathsig KILL unshare "${options[@]}" tests/docker/daemon.sh "$network" "$cache" "$scratch" "$@" &
    tree=$!
    wait $tree || local result=$?
    tree=
    return "${result:-0}"
}

[ "$(id -u)" = 0 ] || skip "Docker's daemon needs root"
unshare --mount --pid --net --fork true 2> /dev/null || skip "namespaces cannot be made here"
mkdir -p "$cache"
exec 9> "$cache/lock" && flock 9 # one daemon at a time has the images
install_packages
with_docker none true > "$cache/daemon.log" 2>&1 || skip "Docker's daemon does not start here: $(tail -n 1 "$cache/dockerd.log")"
with_docker none tests/docker/images.sh "$version" "$tag"
[ "${2:-}" = images ] || SPARK_IMAGE=$tag with_docker own tests/docker/cluster.sh
