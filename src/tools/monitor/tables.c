/* The tables and views of the catalog: an operation of the session (runner/tables). */
#include "base/jx.h"
#include "tools/describe.h"
#include "tools/long_work.h"
#include "tools/monitor/view.h"

#include <string.h>

struct tables {
    struct reply told;
};

static flow_step ask, pass_on;
static void describe(const json_t *result, struct buffer *text);

const struct view tables_view = {
    .name = "tables",
    .part = "tables",
    .flow = {.name = "tables", .first = ask, .state_size = sizeof(struct tables)},
    .describe = describe,
};

static struct next ask(struct flow *flow)
{
    static const char *const keys[] = {"pattern", "offset", "limit", "sample",
                                       "wait_seconds"};
    struct tables *tables = flow_state(flow);
    json_t *arguments = json_object();

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (json_object_get(flow_input(flow), keys[i]) != NULL)
            json_object_set(arguments, keys[i],
                            json_object_get(flow_input(flow), keys[i]));
    long_work_run(flow, "tables", arguments, &tables->told);
    return flow_then(flow, pass_on);
}

/* What takes long is an operation like others. */
static struct next pass_on(struct flow *flow)
{
    struct tables *tables = flow_state(flow);

    return flow_done(flow, json_incref(tables->told.body));
}

/* Its facts beside the name, in brackets. */
static void add_facts(const json_t *table, struct buffer *text)
{
    static const char *const words[] = {"type", "format"};
    const char *between = " (";

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (jx_has_string(table, words[i])) {
            buffer_printf(text, "%s%s", between, jx_string(table, words[i]));
            between = ", ";
        }
    if (json_object_get(table, "rowCount") != NULL) {
        buffer_printf(text, "%s%lld rows", between, (long long)jx_int(table, "rowCount"));
        between = ", ";
    }
    if (json_object_get(table, "bytes") != NULL) {
        buffer_printf(text, "%s%lld bytes", between, (long long)jx_int(table, "bytes"));
        between = ", ";
    }
    buffer_add_text(text, between[0] == ',' ? ")" : "");
}

static void describe(const json_t *result, struct buffer *text)
{
    const json_t *tables = jx_array(result, "tables"), *table, *value;
    size_t i, k;

    if (json_array_size(tables) == 0)
        buffer_add_text(text, "No tables.\n");
    json_array_foreach (tables, i, table) {
        buffer_add_text(text, jx_string(table, "table"));
        add_facts(table, text);
        if (jx_has_string(table, "comment"))
            buffer_printf(text, ": %s", jx_string(table, "comment"));
        if (jx_has_string(table, "error"))
            buffer_printf(text, "\n  error: %s", jx_string(table, "error"));
        if (jx_has_string(table, "columns"))
            buffer_printf(text, "\n  %s", jx_string(table, "columns"));
        if (jx_array(table, "partitionedBy") != NULL)
            buffer_add_text(text, "\n  partitioned by");
        json_array_foreach (jx_array(table, "partitionedBy"), k, value)
            buffer_printf(text, "%s %s", k > 0 ? "," : "", json_string_value(value));
        json_array_foreach (jx_array(table, "sample"), k, value) {
            buffer_add_text(text, "\n  ");
            jx_write(text, value);
        }
        buffer_add_text(text, "\n");
    }
}
