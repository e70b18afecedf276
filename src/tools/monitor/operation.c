/* One operation of this server by its operation_id: its progress, or its result as often
 * as it is asked for while it is kept. */
#include "base/jx.h"
#include "tools/describe.h"
#include "tools/long_work.h"
#include "tools/monitor/view.h"
#include "tools/tool.h"

struct operation_view {
    struct reply told;
};

static flow_step follow, pass_on;
static void describe(const json_t *result, struct buffer *text);

const struct view operation_view = {
    .name = "operation",
    .part = "operationId",
    .id = "operation_id",
    .needs_no_spark = true,
    .flow = {.name = "operation",
             .first = follow,
             .state_size = sizeof(struct operation_view)},
    .describe = describe,
};

static struct next follow(struct flow *flow)
{
    struct operation_view *view = flow_state(flow);

    long_work_follow(flow, jx_string(flow_input(flow), "operation_id"),
                     (int)jx_int(flow_input(flow), "wait_seconds"), &view->told);
    return flow_then(flow, pass_on);
}

static struct next pass_on(struct flow *flow)
{
    struct operation_view *view = flow_state(flow);

    return flow_done(flow, json_incref(view->told.body));
}

/* One that goes on reads as in the answer that began it, a result as its tool writes it. */
static void describe(const json_t *result, struct buffer *text)
{
    const struct tool *tool = tool_find(jx_string(result, "tool"));
    const json_t *done = jx_object(result, "result");

    if (done == NULL || tool == NULL) {
        json_auto_t *state = json_copy((json_t *)result);
        json_object_del(state, "next"); /* written for all views */
        describe_value(state, text);
        return;
    }
    buffer_printf(text, "%s of %s FINISHED after %.1f s\n",
                  jx_string(result, "operationId"), tool->name,
                  json_number_value(json_object_get(result, "seconds")));
    tool->describe(done, text);
}
