/* One SQL execution: its plan as a tree, with what each node did and where the time went. */
#include "base/jx.h"
#include "base/text.h"
#include "spark/plan.h"
#include "spark/queries.h"
#include "tools/monitor/masking.h"
#include "tools/monitor/queries.h"
#include "tools/monitor/rows.h"
#include "tools/monitor/subject.h"
#include "tools/monitor/view.h"

#include <string.h>

enum {
    BYTES = 4000,
    TEXT_SHOWN = 70,
    INITIAL_SHOWN = 6000,
    HOT_PERCENT = 25, /* of the time of all nodes */
    HOT_MS = 500,
};

struct execution {
    struct reply place, query;
};

static flow_step find, ask, show;
static void describe(const json_t *result, struct buffer *text);

const struct view execution_view = {
    .name = "execution",
    .part = "plan",
    .id = "execution_id",
    .takes = SUBJECT_IDS " execution_id",
    .check = subject_check,
    .flow = {.name = "execution", .first = find, .state_size = sizeof(struct execution)},
    .describe = describe,
};

static struct next find(struct flow *flow)
{
    struct execution *execution = flow_state(flow);

    subject_find(flow, &execution->place);
    return flow_then(flow, ask);
}

static struct next ask(struct flow *flow)
{
    struct execution *execution = flow_state(flow);

    query_get(flow, execution->place.body, jx_int(flow_input(flow), "execution_id"),
              &execution->query);
    return flow_then(flow, show);
}

/* The time of its own metrics, and of the code that begins with it. */
static double time_of_node(const json_t *node)
{
    return (double)jx_int(node, "ms") + (double)jx_int(node, "pipelineMs");
}

static void set_text(json_t *row, const json_t *node)
{
    struct buffer text = {0};
    const char *name = jx_string(node, "name"), *said = jx_string(node, "text");

    if (text_starts_with(said, name)) /* "Filter isnotnull(id)" */
        said += strlen(name);
    said += strspn(said, " ");
    masking_add(&text, said, strlen(said));
    row_set_line(row, "text", buffer_text(&text), TEXT_SHOWN);
    buffer_release(&text);
}

static json_t *row_of(const json_t *node, double all_ms)
{
    double ms = time_of_node(node);
    json_t *row = jx_pack("{s:I, s:s}", "depth", jx_int(node, "depth"), "node",
                          jx_string(node, "name"));

    row_set_number(row, "rows", number_of(node, "rows"));
    row_set_number(row, "bytes", number_of(node, "bytes"));
    row_set_seconds(row, "seconds", number_of(node, "ms"));
    row_set_seconds(row, "pipelineSeconds", number_of(node, "pipelineMs"));
    if (jx_int(node, "spillBytes") > 0)
        row_set_number(row, "spillBytes", number_of(node, "spillBytes"));
    if (jx_int(node, "peakBytes") > 0)
        row_set_number(row, "peakMemoryBytes", number_of(node, "peakBytes"));
    row_set_number(row, "stageId", number_of(node, "stage"));
    if (ms >= HOT_MS && ms * 100 >= all_ms * HOT_PERCENT)
        json_object_set_new(row, "hot", json_true());
    set_text(row, node);
    return row;
}

/* As many as fit; what is left out is counted. */
static void set_plan(json_t *result, const json_t *query)
{
    json_auto_t *nodes = plan_nodes(query);
    json_t *rows = json_array();
    double all_ms = 0;
    size_t bytes = 0, i;
    const json_t *node;

    json_array_foreach (nodes, i, node)
        all_ms += time_of_node(node);
    json_array_foreach (nodes, i, node) {
        json_auto_t *row = row_of(node, all_ms);

        bytes += row_size(row);
        if (bytes > BYTES && i > 0)
            break;
        json_array_append(rows, row);
    }
    json_object_set_new(result, "plan", rows);
    row_set_number(result, "nodes", (json_int_t)json_array_size(nodes));
    if (i < json_array_size(nodes))
        row_set_number(result, "nodesOmitted", (json_int_t)(json_array_size(nodes) - i));
}

static void set_initial_plan(json_t *result, const json_t *query)
{
    size_t length;
    const char *plan = plan_initial(jx_string(query, "planDescription"), &length);
    struct buffer text = {0};

    if (plan == NULL)
        return;
    masking_add(&text, plan, length < INITIAL_SHOWN ? length : INITIAL_SHOWN);
    json_object_set_new(result, "initialPlan", jx_text(buffer_text(&text), text.length));
    buffer_release(&text);
}

static struct next show(struct flow *flow)
{
    struct execution *execution = flow_state(flow);
    const json_t *query = execution->query.body;
    json_t *result = subject_result(execution->place.body);

    json_object_set_new(result, "execution", jx_pack("[o]", query_row(query)));
    set_plan(result, query);
    if (jx_bool(flow_input(flow), "details"))
        set_initial_plan(result, query);
    return flow_done(flow, result);
}

/* ---- as text ---- */

static void describe_number(const json_t *row, const char *key, const char *unit,
                            struct buffer *text)
{
    const json_t *number = json_object_get(row, key);

    if (number == NULL)
        return;
    buffer_add_text(text, "  ");
    jx_write_plain(text, number);
    buffer_printf(text, " %s", unit);
}

static void describe_node(const json_t *row, struct buffer *text)
{
    buffer_printf(text, "%*s%s%s", (int)jx_int(row, "depth"), "",
                  jx_bool(row, "hot") ? "HOT " : "", jx_string(row, "node"));
    describe_number(row, "rows", "rows", text);
    describe_number(row, "bytes", "bytes", text);
    describe_number(row, "seconds", "s", text);
    describe_number(row, "pipelineSeconds", "s in its pipeline", text);
    describe_number(row, "spillBytes", "bytes spilled", text);
    describe_number(row, "peakMemoryBytes", "bytes at peak", text);
    if (json_object_get(row, "stageId") != NULL)
        buffer_printf(text, "  stage %lld", (long long)jx_int(row, "stageId"));
    if (jx_has_string(row, "text"))
        buffer_printf(text, "  %s", jx_string(row, "text"));
    buffer_add_text(text, "\n");
}

static void describe(const json_t *result, struct buffer *text)
{
    const json_t *row;
    size_t i;

    query_rows_describe(result, "execution", text);
    buffer_printf(text, "\n%lld nodes, times summed over tasks:\n",
                  (long long)jx_int(result, "nodes"));
    json_array_foreach (jx_array(result, "plan"), i, row)
        describe_node(row, text);
    if (json_object_get(result, "nodesOmitted") != NULL)
        buffer_printf(text, "%lld more nodes below.\n",
                      (long long)jx_int(result, "nodesOmitted"));
    if (jx_has_string(result, "initialPlan"))
        buffer_printf(text, "\nBefore it was adapted:\n%s\n",
                      jx_string(result, "initialPlan"));
}
