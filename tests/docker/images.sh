#!/usr/bin/env bash
# Makes the images: stand-ins for those of the registry, then examples/docker's own as its README says.
#
#     images.sh VERSION TAG
set -euo pipefail

version=$1
tag=$2
export DOCKER_BUILDKIT=0 # Debian's client has no other builder

has_image() {
    docker image inspect "$1" > /dev/null 2>&1
}

# timed TEXT COMMAND...
timed() {
    local text=$1 begun=$SECONDS
    shift
    "$@" > "build/docker/$1.log" 2>&1 || { cat "build/docker/$1.log" && return 1; }
    printf '%-32s %4d s\n' "$text" $((SECONDS - begun))
}

# What Spark's image needs is in the other one, too: one file system serves both.
make_debian() {
    local mirror
    mirror=$(sed -n 's|^URIs: *\(http[^ ]*/debian\) *$|\1|p' /etc/apt/sources.list.d/*.sources 2> /dev/null | head -n 1)
    # shellcheck disable=SC2016 # mmdebstrap's hooks
    mmdebstrap --variant=minbase --quiet \
        --include=openjdk-17-jre-headless,python3-minimal,python3-pip,procps,tini,ca-certificates \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --customize-hook='chroot "$1" useradd --system --uid 185 --user-group spark' \
        --customize-hook='cp /etc/ssl/certs/ca-certificates.crt "$1"/etc/ssl/certs/' \
        bookworm - "${mirror:-http://deb.debian.org/debian}" | docker import - debian:bookworm-slim
}

# PyPI's pyspark, laid out as the official image has it.
make_spark() {
    local lib
    lib=$(echo build/venv-"$version"/lib/python3*/site-packages)
    tar -c -C "$lib" --exclude=__pycache__ \
        --transform 's,^pyspark/\(bin\|sbin\|jars\|examples\|data\|python/lib\)\($\|/\),spark/\1\2,' \
        --transform 's,^pyspark/,spark/python/pyspark/,' --transform 's,^spark/lib,spark/python/lib,' pyspark \
        -C "$PWD/tests/docker/spark" Dockerfile entrypoint.sh | docker build -q -t "$tag" -
}

# This builder reads no Dockerfile.dockerignore.
make_server() {
    sed 's,^,./,; s,^\./\*\*/,*/,' examples/docker/Dockerfile.dockerignore | tar -c --anchored --exclude-from=/dev/stdin . |
        docker build --network host -q -f examples/docker/Dockerfile -t mcp-spark-server -
}

make_workers() {
    docker build --network host -q --build-arg "SPARK_IMAGE=$tag" -f examples/docker/Dockerfile.worker -t spark-worker examples/docker
}

has_image debian:bookworm-slim || timed "debian:bookworm-slim" make_debian
has_image "$tag" || timed "$tag" make_spark
timed spark-worker make_workers &
timed mcp-spark-server make_server
wait $!
docker image prune -f > /dev/null
