#!/usr/bin/env bash
# Makes the images: stand-ins for those of the registry, then examples/docker's own as its README says.
#
#     images.sh VERSION TAG
set -euo pipefail

version=$1
tag=$2
made=$(cat tests/docker/images.sh tests/docker/layout.sh | sha256sum | cut -c 1-16)
export DOCKER_BUILDKIT=0 # Debian's client has no other builder

has_image() {
    docker image inspect -f '{{.Config.Labels}}' "$1" 2> /dev/null | grep -q "$made"
}

# timed TEXT COMMAND...
timed() {
    local text=$1 begun=$SECONDS
    shift
    "$@" > "build/docker/$1.log" 2>&1 || { cat "build/docker/$1.log" && return 1; }
    printf '%-32s %4d s\n' "$text" $((SECONDS - begun))
}

# make_root OPTION...: a Debian as a tar file.
make_root() {
    mmdebstrap --variant=minbase --quiet --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --customize-hook='mkdir -p "$1"/etc/ssl/certs; cp /etc/ssl/certs/ca-certificates.crt "$1"/etc/ssl/certs/' \
        "$@" bookworm - "$(mirror)"
}

mirror() {
    sed -n 's|^URIs: *\(http[^ ]*/debian\) *$|\1|p' /etc/apt/sources.list.d/*.sources 2> /dev/null | head -n 1 | grep . ||
        echo http://deb.debian.org/debian
}

make_debian() {
    make_root | docker import --change "LABEL made=$made" - debian:bookworm-slim
}

make_spark() {
    PYSPARK=$(echo "$PWD/build/venv-$version"/lib/python3*/site-packages) \
        make_root --include=openjdk-17-jre-headless,python3-minimal,python3-pip,procps,tini,ca-certificates \
        --customize-hook=tests/docker/layout.sh |
        docker import --change "LABEL made=$made" --change 'ENV SPARK_HOME=/opt/spark' \
            --change 'WORKDIR /opt/spark/work-dir' --change 'USER spark' --change 'ENTRYPOINT ["/opt/entrypoint.sh"]' - "$tag"
}

# This builder reads no Dockerfile.dockerignore.
make_server() {
    sed 's,^,./,; s,^\./\*\*/,*/,' examples/docker/Dockerfile.dockerignore | tar -c --anchored --exclude-from=/dev/stdin . |
        docker build --network host -q -f examples/docker/Dockerfile -t mcp-spark-server -
}

make_workers() {
    docker build --network host -q --build-arg "SPARK_IMAGE=$tag" -f examples/docker/Dockerfile.worker -t spark-worker examples/docker
}

make_cluster_images() {
    has_image "$tag" || timed "$tag" make_spark
    timed spark-worker make_workers
}

make_server_images() {
    has_image debian:bookworm-slim || timed debian:bookworm-slim make_debian
    timed mcp-spark-server make_server
}

make_cluster_images &
make_server_images
wait $!
docker image prune -f --filter until=24h > /dev/null # a compilation that is not the last
