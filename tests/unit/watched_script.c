#include "watched_script.h"

#include "base/jx.h"
#include "scripted_http.h"
#include "tool_client.h"
#include "unit.h"
#include "waiting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const versions[] = {"spark-3.5.9", "spark-4.3.0"};

int begin(void **state)
{
    return client_begin() ? 0 : -1;
}

int end(void **state)
{
    return client_end() ? 0 : -1;
}

json_t *recorded(const char *version, const char *name)
{
    char path[100];

    snprintf(path, sizeof path, "%s/watched/%s", version, name);
    return recorded_json(path);
}

void script_rows(const char *words, json_t *rows)
{
    char *text = json_dumps(rows, 0);

    script_text(words, "application/json", text);
    free(text);
    json_decref(rows);
}

void script_live(const char *version)
{
    script_json("GET http://m:8080/json/", "{'workers':[]}");
    script_error(LOGGED, ERROR_NOT_FOUND, "no such app");
    script_text(PAGE, "text/html", "<a href=\"http://d:4040\">Application Detail UI</a>");
    script_value(LIVE, recorded(version, "application.json"));
}

void script_ended(const char *version)
{
    script_json("GET http://m:8080/json/", "{'workers':[]}");
    script_value(LOGGED, recorded(version, "application-ended.json"));
    script_error(PAGE, ERROR_NOT_FOUND, "no page");
}

void look(const char *arguments)
{
    char line[400];

    snprintf(line, sizeof line,
             "'monitor-cluster','arguments':{'application_id':'app-1',%s", arguments);
    call(line);
    loop_run(0);
    check_output("monitor-cluster");
}

const json_t *row_with(const char *part, const char *key, json_int_t value)
{
    const json_t *row;
    size_t i;

    json_array_foreach (jx_array(structured(), part), i, row)
        if (jx_int_or(row, key, -1) == value)
            return row;
    return NULL;
}

const json_t *first(const char *part)
{
    return json_array_get(jx_array(structured(), part), 0);
}

static size_t size_of(const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT);
    size_t size = strlen(text);

    free(text);
    return size;
}

void assert_fits(size_t most)
{
    assert_in_range(size_of(structured()), 100, most);
    assert_in_range(strlen(text()), 100, most);
}
