#!/usr/bin/env bash
# Where Docker's daemon runs: starts the cluster of examples/docker, and the smoke test from this machine and from the
# server's container, with no more settings than the README's.
#
#     cluster.sh [COMMAND...]       (a command in place of the tests)
set -euo pipefail

file=examples/docker/docker-compose.yml
server=${MCP_SPARK_SERVER:-build/dev/mcp-spark-server}

# docker-compose 1 knows all of the file but the project's name.
compose() {
    if docker compose version > /dev/null 2>&1; then
        docker compose -f $file "$@"
    else
        sed '/^name:/d' $file | docker-compose --project-directory examples/docker -p spark -f - "$@"
    fi
}

health() {
    docker ps --format '{{.Names}} {{.Status}}'
}

# Ports are open first; a worker may need a moment more until the master knows it.
await_health() {
    for _ in $(seq 120); do
        [ "$(health | grep -c '(healthy)')" = 4 ] && await_workers && return
        sleep 1
    done
    health && compose logs --tail 50 && return 1
}

await_workers() {
    SPARK_MASTER=spark://localhost:7077 "$server" --check | grep -q 'ALIVE, 2 workers'
}

end() {
    compose down -t 1 -v > /dev/null 2>&1
}

# How README runs the server in a container; scripts of the smoke test lie in /tmp.
write_in_container() {
    cat > "$1" << 'END'
#!/bin/sh
exec docker run -i --rm --init --network spark --user "$(id -u)" -v /tmp:/tmp:ro \
    -e SPARK_MASTER=spark://spark-master:7077 -e SPARK_HISTORY_URL=http://spark-history:18080 \
    -e SPARK_CONF=spark.eventLog.enabled=true,spark.eventLog.dir=file:///spark-events mcp-spark-server "$@"
END
    chmod +x "$1"
}

trap end EXIT
begun=$SECONDS
compose up -d --no-build > build/docker/up.log 2>&1 || { cat build/docker/up.log && exit 1; }
await_health
echo "the cluster is up after $((SECONDS - begun)) s"
if [ $# != 0 ]; then
    "$@"
    exit
fi
result=0
echo "from this machine:"
SPARK_MASTER=spark://localhost:7077 SPARK_CONF=spark.eventLog.enabled=true,spark.eventLog.dir=file:///spark-events \
    examples/smoke_test.py "$server" || result=1
echo "from the server's container:"
write_in_container build/docker/in-container
examples/smoke_test.py build/docker/in-container || result=1
exit $result
