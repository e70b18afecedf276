/* What an application keeps cached: tables and RDDs, how much of each, and where. */
#include "base/jx.h"
#include "spark/rows.h"
#include "spark/watching.h"
#include "tools/monitor/rows.h"
#include "tools/monitor/subject.h"
#include "tools/monitor/view.h"

enum { BYTES = 1600, NAME_SHOWN = 100 };

struct storage {
    struct reply place, storage;
};

static flow_step find, ask, show;
static void describe(const json_t *result, struct buffer *text);

const struct view storage_view = {
    .name = "storage",
    .part = "cached",
    .takes = SUBJECT_IDS,
    .check = subject_check,
    .flow = {.name = "storage", .first = find, .state_size = sizeof(struct storage)},
    .describe = describe,
};

static struct next find(struct flow *flow)
{
    struct storage *storage = flow_state(flow);

    subject_find(flow, &storage->place);
    return flow_then(flow, ask);
}

static struct next ask(struct flow *flow)
{
    static const char *const keys[] = {
        "id",         "name",     "numPartitions", "numCachedPartitions",
        "memoryUsed", "diskUsed", "storageLevel",  NULL};
    struct storage *storage = flow_state(flow);

    rows_get(flow, storage->place.body, "storage/rdd", keys, &storage->storage);
    return flow_then(flow, show);
}

static json_t *row_of(const json_t *rdd)
{
    json_int_t partitions = number_of(rdd, "numPartitions"),
               cached = number_of(rdd, "numCachedPartitions");
    json_t *row = jx_pack("{s:I}", "rddId", jx_int(rdd, "id"));

    row_set_line(row, "name", jx_string(rdd, "name"), NAME_SHOWN);
    row_set_number(row, "partitions", partitions);
    row_set_number(row, "partitionsCached", cached);
    row_set_percent(row, "cachedPercent", cached, partitions);
    row_set_number(row, "memoryBytes", number_of(rdd, "memoryUsed"));
    row_set_number(row, "diskBytes", number_of(rdd, "diskUsed"));
    row_set_line(row, "level", jx_string(rdd, "storageLevel"), NAME_SHOWN);
    return row;
}

static struct next show(struct flow *flow)
{
    struct storage *storage = flow_state(flow);
    const json_t *place = storage->place.body, *rdd;
    json_auto_t *result = subject_result(place);
    json_t *rows = json_array();
    struct error error;
    size_t i;

    json_array_foreach (storage->storage.body, i, rdd)
        json_array_append_new(rows, row_of(rdd));
    if (!rows_list(
            result,
            &(struct listing){.part = "cached", .by = "memoryBytes", .bytes = BYTES},
            rows, flow_input(flow), &error))
        return flow_fail(flow, &error);
    if (!watching_is_live(place))
        jx_set_string(result, "note",
                      "The history server knows what is cached only of applications with "
                      "spark.eventLog.logBlockUpdates.enabled=true.");
    return flow_done(flow, json_incref(result));
}

static void describe(const json_t *result, struct buffer *text)
{
    static const struct column columns[] = {{"rddId", "RDD"},
                                            {"name", "name"},
                                            {"partitionsCached", "cached"},
                                            {"partitions", "of partitions"},
                                            {"cachedPercent", "%"},
                                            {"memoryBytes", "memory B"},
                                            {"diskBytes", "disk B"},
                                            {"level", "level"}};

    rows_describe_count(result, "cached tables and RDDs", text);
    rows_describe(result, "cached", "None.", columns, sizeof columns / sizeof *columns,
                  text);
    if (jx_has_string(result, "note"))
        buffer_printf(text, "%s\n", jx_string(result, "note"));
}
