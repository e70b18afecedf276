/* The tools of the server, in the order in which clients see them. */
#include "tools/tool.h"

extern const struct tool submit_spark_job, kill_spark_job, monitor_cluster, execute_sql,
    manage_data, run_ml_pipeline;

const struct tool *const all_tools[] = {
    &execute_sql,     &manage_data, &run_ml_pipeline, &submit_spark_job, &kill_spark_job,
    &monitor_cluster, NULL,
};
