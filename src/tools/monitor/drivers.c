/* The drivers that the master knows, those that wait for a worker too. */
#include "base/jx.h"
#include "spark/master.h"
#include "tools/monitor/rows.h"
#include "tools/monitor/view.h"

struct drivers {
    struct reply master;
};

static flow_step ask, list_drivers;
static void describe(const json_t *result, struct buffer *text);

const struct view drivers_view = {
    .name = "drivers",
    .part = "drivers",
    .flow = {.name = "drivers", .first = ask, .state_size = sizeof(struct drivers)},
    .describe = describe,
};

static struct next ask(struct flow *flow)
{
    struct drivers *drivers = flow_state(flow);

    master_get_state(flow, &drivers->master);
    return flow_then(flow, list_drivers);
}

static void add_rows(json_t *rows, const json_t *list, bool is_active,
                     const struct filter *filter)
{
    const json_t *driver;
    size_t i;

    json_array_foreach (list, i, driver) {
        int64_t start_ms = jx_int(driver, "starttime");
        json_auto_t *row = jx_pack(
            "{s:s, s:s, s:I, s:I, s:s}", "id", jx_string(driver, "id"), "state",
            jx_string(driver, "state"), "cores", jx_int(driver, "cores"), "memoryMiB",
            jx_int(driver, "memory"), "mainClass", jx_string(driver, "mainclass"));

        if (!jx_is(driver, "worker", "None"))
            jx_set_string(row, "worker", jx_string(driver, "worker"));
        row_set_time(row, "started", start_ms);
        /* When an ended driver ended, the master does not tell. */
        if (filter_wants(filter, row, start_ms, is_active ? 0 : start_ms))
            json_array_append(rows, row);
    }
}

static struct next list_drivers(struct flow *flow)
{
    struct drivers *drivers = flow_state(flow);
    const json_t *master = drivers->master.body;
    struct filter filter = filter_of(flow_input(flow));
    json_t *rows = json_array(), *result = json_object();

    filter.application_id = ""; /* the master does not tell which driver it belongs to */
    add_rows(rows, jx_array(master, "activedrivers"), true, &filter);
    add_rows(rows, jx_array(master, "completeddrivers"), false, &filter);
    rows_set_newest(result, "drivers", rows, &filter);
    return flow_done(flow, result);
}

static void describe(const json_t *result, struct buffer *text)
{
    static const struct column columns[] = {
        {"id", "driver"},           {"state", "state"},   {"started", "started"},
        {"cores", "cores"},         {"memoryMiB", "MiB"}, {"worker", "worker"},
        {"mainClass", "main class"}};

    rows_describe(result, "drivers", "No drivers.", columns,
                  sizeof columns / sizeof *columns, text);
}
