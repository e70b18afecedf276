#!/usr/bin/env bash
# Inside the namespaces that run.sh makes: starts Docker's daemon, runs a command, ends the daemon.
#
#     daemon.sh none|own FOLDER SCRATCH COMMAND...     (own: containers get networks; none: what is built sees this machine's)
set -uo pipefail

network=$1
folder=$2
scratch=$3
shift 3
export DOCKER_HOST=unix://$scratch/docker.sock DOCKER_CONFIG=$scratch/config

options=()
if [ "$network" = own ]; then ip link set lo up; else options=(--bridge=none --iptables=false --ip-forward=false); fi
dockerd --data-root "$folder/data" --exec-root "$scratch/exec" --pidfile "$scratch/docker.pid" --host "$DOCKER_HOST" \
    --cgroup-parent "/${scratch##*/}" "${options[@]}" > "$folder/dockerd.log" 2>&1 &
daemon=$!
for _ in $(seq 300); do
    docker info > /dev/null 2>&1 && break
    kill -0 $daemon 2> /dev/null || break
    sleep 0.1
done
docker info > /dev/null 2>&1 && "$@"
result=$?
kill $daemon
wait $daemon 2> /dev/null
exit $result
