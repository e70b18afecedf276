#!/usr/bin/env bash
# What bash completes: test_completion.sh docs/completion/mcp-spark-server.bash
source "$1"

# completes WANTED WORD...: of the last word.
completes() {
    local wanted=$1
    shift
    COMP_WORDS=(mcp-spark-server "$@")
    COMP_CWORD=$#
    _mcp_spark_server 2> /dev/null # compopt, outside of a completion
    [ "${COMPREPLY[*]}" = "$wanted" ] && return
    echo "'$*' becomes '${COMPREPLY[*]}', not '$wanted'"
    exit 1
}

completes "call" ca
completes "--check" --che
completes "submit-spark-job" call su
completes "save_path= save_mode=" call execute-sql save
completes "cache_table=" sql "SELECT 1" ca
completes "submission_id= stage_id=" call kill-spark-job operation_id=1 s
completes "--session-shared=" --session-sh
