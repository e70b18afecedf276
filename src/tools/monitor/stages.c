/* The stages of an application: those that failed, then the longest; of the first ones,
 * whether a task took much longer than the others. */
#include "base/jx.h"
#include "spark/jobs.h"
#include "tools/monitor/rows.h"
#include "tools/monitor/stage_rows.h"
#include "tools/monitor/subject.h"
#include "tools/monitor/view.h"

enum {
    BYTES = 3300,
    LOOKED_AT = 8,
    TASKS_MIN = 4, /* of fewer, the median is one of those that are compared */
    SKEWED = 3,    /* times the median */
};

struct stages {
    struct reply place, stages, summaries[LOOKED_AT];
    json_t *result;
};

static flow_step find, ask, list_stages, add_skew;
static void describe(const json_t *result, struct buffer *text);

static void release(void *state)
{
    struct stages *stages = state;

    json_decref(stages->result);
}

const struct view stages_view = {
    .name = "stages",
    .part = "stages",
    .takes = SUBJECT_IDS,
    .check = subject_check,
    .flow = {.name = "stages",
             .first = find,
             .state_size = sizeof(struct stages),
             .release = release},
    .describe = describe,
};

static struct next find(struct flow *flow)
{
    struct stages *stages = flow_state(flow);

    subject_find(flow, &stages->place);
    return flow_then(flow, ask);
}

static struct next ask(struct flow *flow)
{
    struct stages *stages = flow_state(flow);

    stages_get(flow, stages->place.body, &stages->stages);
    return flow_then(flow, list_stages);
}

static const json_t *row_at(const struct stages *stages, size_t i)
{
    return json_array_get(jx_array(stages->result, "stages"), i);
}

static struct next list_stages(struct flow *flow)
{
    struct stages *stages = flow_state(flow);
    json_t *rows = json_array();
    const json_t *member, *row;
    struct error error;
    size_t i;

    stages->result = subject_result(stages->place.body);
    json_array_foreach (stages->stages.body, i, member) {
        struct spark_stage stage = spark_stage_of(member);
        json_array_append_new(rows,
                              stage_row(&stage, jx_int(stages->place.body, "toldMs")));
    }
    if (!rows_list(
            stages->result,
            &(struct listing){.part = "stages",
                              .by = "seconds",
                              .bytes = BYTES,
                              .forgotten = ids_forgotten(stages->stages.body, "stageId")},
            rows, flow_input(flow), &error))
        return flow_fail(flow, &error);
    for (i = 0; i < LOOKED_AT && (row = row_at(stages, i)) != NULL; i++)
        if (jx_int(row, "tasksDone") >= TASKS_MIN)
            stage_get_summary(flow, stages->place.body,
                              &(struct spark_stage){.id = jx_int(row, "stageId"),
                                                    .attempt = jx_int(row, "attempt")},
                              "0.5,1", optional(&stages->summaries[i]));
    return flow_then(flow, add_skew);
}

static struct next add_skew(struct flow *flow)
{
    struct stages *stages = flow_state(flow);

    for (size_t i = 0; i < LOOKED_AT; i++) {
        const json_t *summary = stages->summaries[i].body;
        json_int_t median = summary_number(summary, NULL, "executorRunTime", 0),
                   longest = summary_number(summary, NULL, "executorRunTime", 1);

        if (median > 0 && longest >= SKEWED * median)
            json_object_set_new((json_t *)row_at(stages, i), "longestToMedian",
                                json_real((double)(longest * 10 / median) / 10));
    }
    return flow_done(flow, json_incref(stages->result));
}

static void describe(const json_t *result, struct buffer *text)
{
    rows_describe_count(result, "stages", text);
    stage_rows_describe(result, "stages", text);
}
