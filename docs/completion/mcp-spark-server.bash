# bash completion of mcp-spark-server. Printed by the build (target manual); do not edit by hand.
_mcp_spark_server() {
    local word=${COMP_WORDS[COMP_CWORD]} command= tool= i words
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        tools | call | sql) [ -z "$command" ] && command=${COMP_WORDS[i]} && tool=${COMP_WORDS[i + 1]} ;;
        esac
    done
    [ "$command" = sql ] && tool=execute-sql
    case $command:$tool in
    :*) words="tools call sql --check --help --version --master= --app-name= --executor-memory= --executor-cores= --sql-warehouse-dir= --serializer= --pyspark-python= --conf= --rest-url= --master-ui-url= --history-url= --host-map= --proxy= --no-proxy= --ca-file= --rest-auth= --rest-ca-file= --rest-client-cert= --rest-client-key= --ui-auth= --ui-ca-file= --ui-client-cert= --ui-client-key= --history-auth= --history-ca-file= --history-client-cert= --history-client-key= --connect-timeout= --http-timeout= --wait-seconds= --session= --session-start= --session-port= --session-idle= --session-grace= --session-shared= --read-only= --download-max-bytes= --spark-home= --java-home= --pass-environment= --clusters= --log-level= --log-file= --audit-file=" ;;
    *:execute-sql) words="sql= format= save_path= save_mode= download_path= cache_table= limit= offset= max_bytes= parameters= views= explain= timeout_seconds= wait_seconds= --json" ;;
    *:run-python) words="code= limit= max_bytes= timeout_seconds= wait_seconds= --json" ;;
    *:manage-data) words="operation= source_path= target_path= format= transformation_config= wait_seconds= --json" ;;
    *:run-ml-pipeline) words="pipeline_config= data_path= model_output_path= evaluation_metrics= format= label_column= text_column= feature_columns= limit= wait_seconds= --json" ;;
    *:submit-spark-job) words="application_file= code= class= args= executor_memory= executor_cores= num_executors= conf= driver_memory= driver_cores= py_files= jars= packages= name= environment= supervise= watch_streaming= if_no_room= wait_seconds= --json" ;;
    *:kill-spark-job) words="submission_id= operation_id= application_id= job_id= stage_id= --json" ;;
    *:monitor-cluster) words="metric_type= pattern= sample= time_range= application_id= other_application_id= submission_id= operation_id= other_execution_id= stage_id= execution_id= image= details= prefix= executor_id= log= offset= length= status= sort= limit= wait_seconds= --json" ;;
    call:*) words="execute-sql run-python manage-data run-ml-pipeline submit-spark-job kill-spark-job monitor-cluster" ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    [[ ${COMPREPLY[0]} = *= ]] && compopt -o nospace
}
complete -F _mcp_spark_server mcp-spark-server
