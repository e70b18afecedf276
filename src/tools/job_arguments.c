#include "tools/job_arguments.h"

#include "base/jx.h"

#include <string.h>

/* NULL when absent. */
static const char *text_or_null(const json_t *arguments, const char *key)
{
    return jx_has_string(arguments, key) ? jx_string(arguments, key) : NULL;
}

static const char *argument_of(const char *property)
{
    if (strcmp(property, "spark.driver.memory") == 0)
        return "driver_memory";
    return strcmp(property, "spark.executor.memory") == 0 ? "executor_memory" : NULL;
}

struct job job_of_arguments(const json_t *arguments)
{
    return (struct job){
        .file = jx_string(arguments, "application_file"),
        .code = text_or_null(arguments, "code"),
        .main_class = text_or_null(arguments, "class"),
        .name = text_or_null(arguments, "name"),
        .driver_memory = text_or_null(arguments, "driver_memory"),
        .executor_memory = text_or_null(arguments, "executor_memory"),
        .driver_cores = jx_int(arguments, "driver_cores"),
        .executor_cores = jx_int(arguments, "executor_cores"),
        .executors = jx_int(arguments, "num_executors"),
        .args = jx_array(arguments, "args"),
        .py_files = jx_array(arguments, "py_files"),
        .jars = jx_array(arguments, "jars"),
        .packages = jx_array(arguments, "packages"),
        .conf = jx_object(arguments, "conf"),
        .environment = jx_object(arguments, "environment"),
        .supervise = json_object_get(arguments, "supervise"),
        .watch_streaming = jx_bool(arguments, "watch_streaming"),
        .name_of = argument_of,
    };
}
