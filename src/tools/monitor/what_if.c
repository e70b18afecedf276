/* How long an application would have taken with half, twice or four times the cores. */
#include "diagnosis/what_if.h"

#include "base/jx.h"
#include "tools/collect.h"
#include "tools/monitor/rows.h"
#include "tools/monitor/subject.h"
#include "tools/monitor/view.h"

struct what_if_view {
    struct reply told;
};

static flow_step ask, estimate;
static void describe(const json_t *result, struct buffer *text);

const struct view what_if_view = {
    .name = "what_if",
    .part = "whatIf",
    .takes = SUBJECT_IDS,
    .check = subject_check,
    .flow = {.name = "what_if", .first = ask, .state_size = sizeof(struct what_if_view)},
    .describe = describe,
};

static struct next ask(struct flow *flow)
{
    struct what_if_view *view = flow_state(flow);

    collect_get(flow, jx_string(flow_input(flow), "application_id"),
                jx_string(flow_input(flow), "submission_id"), NULL, &view->told);
    return flow_then(flow, estimate);
}

static struct next estimate(struct flow *flow)
{
    struct what_if_view *view = flow_state(flow);
    json_t *result = subject_result(jx_object(view->told.body, "place"));

    json_object_set_new(result, "whatIf", what_if(view->told.body));
    return flow_done(flow, result);
}

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static void describe(const json_t *result, struct buffer *text)
{
    static const struct column columns[] = {
        {"cores", "cores"}, {"seconds", "seconds"}, {"coreHours", "core hours"}};
    const json_t *told = jx_object(result, "whatIf");

    if (jx_has_string(told, "refused")) {
        buffer_printf(text, "No estimate: %s.\n", jx_string(told, "refused"));
        return;
    }
    buffer_printf(
        text,
        "It took %.1f s with %lld cores: %.1f s of the driver alone and %.1f s of "
        "task time. The model misses that by %lld %%.\n",
        number(told, "wallSeconds"), (long long)jx_int(told, "cores"),
        number(told, "driverSeconds"), number(told, "taskSeconds"),
        (long long)jx_int(told, "modelErrorPercent"));
    rows_describe(told, "estimates", "", columns, sizeof columns / sizeof *columns, text);
    buffer_printf(text,
                  "No number of cores makes it shorter than %.1f s (stage %lld is the "
                  "longest then); above %lld cores little is gained.\n",
                  number(told, "floorSeconds"), (long long)jx_int(told, "floorStageId"),
                  (long long)jx_int(told, "kneeCores"));
}
