/* The tools of the server, in the order in which clients see them. */
#include "tools/tool.h"

#include <stddef.h>

#define TOOLS(ROW)                                                                       \
    ROW(execute_sql)                                                                     \
    ROW(run_python)                                                                      \
    ROW(manage_data)                                                                     \
    ROW(run_ml_pipeline)                                                                 \
    ROW(submit_spark_job)                                                                \
    ROW(kill_spark_job)                                                                  \
    ROW(monitor_cluster)

#define DECLARE(name) extern const struct tool name;
#define POINTER(name) &name,

TOOLS(DECLARE)

const struct tool *const all_tools[] = {TOOLS(POINTER) NULL};
