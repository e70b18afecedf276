#include "application_script.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "spark/application.h"
#include "spark/cluster.h"
#include "tools/job_arguments.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

struct error error;
json_t *request, *warnings;
static json_t *packed;

bool application_script_begin(void)
{
    memset(&error, 0, sizeof error);
    warnings = json_array();
    return configure(&error, "SPARK_MASTER=spark://m:7077", NULL) &&
           cluster_configure(&error);
}

void application_script_end(void)
{
    json_decref(request);
    json_decref(warnings);
    json_decref(packed);
    request = warnings = packed = NULL;
    unit_release();
}

bool make_with(json_t *arguments, const char *spark_version)
{
    struct job job = job_of_arguments(arguments);

    json_decref(request);
    request = application_request(&job, spark_version, warnings, &error);
    json_decref(arguments);
    return request != NULL;
}

bool make(const char *file, const char *arguments)
{
    json_t *all = json_of(arguments);

    json_object_set_new(all, "application_file", json_string(file));
    return make_with(all, "4.0.0");
}

const char *property(const char *key)
{
    return jx_string(jx_object(request, "sparkProperties"), key);
}

const char *variable(const char *name)
{
    return jx_string(jx_object(request, "environmentVariables"), name);
}

const json_t *app_args(void)
{
    return jx_array(request, "appArgs");
}

const json_t *travelling(void)
{
    struct buffer text = {0};
    char name[40];

    for (int i = 0;; i++) {
        snprintf(name, sizeof name, "MCP_SPARK_REQUEST_%d", i);
        if (variable(name)[0] == '\0')
            break;
        buffer_add_text(&text, variable(name));
    }
    json_decref(packed);
    packed = json_loads(buffer_text(&text), 0, NULL);
    buffer_release(&text);
    return packed;
}

const char *script(const char *content)
{
    return file_with("job.py", content, strlen(content));
}
