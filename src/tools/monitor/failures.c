/*
 * What failed in an application: its failed tasks grouped by what happened and where, with
 * one stack each, the executors that were lost, and the executions that failed. An executor
 * that its driver let go, as dynamic allocation does, is no failure.
 */
#include "base/jx.h"
#include "base/text.h"
#include "spark/failure.h"
#include "spark/jobs.h"
#include "spark/queries.h"
#include "spark/rows.h"
#include "tools/monitor/rows.h"
#include "tools/monitor/subject.h"
#include "tools/monitor/titles.h"
#include "tools/monitor/view.h"

#include <string.h>

enum {
    STAGES_MAX = 8, /* those with most failed tasks */
    TASKS_MAX = 50, /* of each */
    BYTES = 2200,
    EXECUTIONS_SHOWN = 5,
    EXECUTORS_SHOWN = 8,
    IDS_SHOWN = 8,
    TEXT_SHOWN = 200,
};

struct failures {
    struct reply place, stages, executors, queries, tasks[STAGES_MAX];
    struct spark_stage failed[STAGES_MAX]; /* borrows from the stages */
    json_int_t tasks_failed;
};

static flow_step find, ask, ask_tasks, show;
static void describe(const json_t *result, struct buffer *text);

const struct view failures_view = {
    .name = "failures",
    .part = "failures",
    .takes = SUBJECT_IDS,
    .check = subject_check,
    .flow = {.name = "failures", .first = find, .state_size = sizeof(struct failures)},
    .describe = describe,
};

static struct next find(struct flow *flow)
{
    struct failures *failures = flow_state(flow);

    subject_find(flow, &failures->place);
    return flow_then(flow, ask);
}

static struct next ask(struct flow *flow)
{
    static const char *const executor_keys[] = {"id", "hostPort", "removeTime",
                                                "removeReason", NULL};
    struct failures *failures = flow_state(flow);
    const json_t *place = failures->place.body;

    stages_get(flow, place, &failures->stages);
    rows_get(flow, place, "allexecutors", executor_keys, optional(&failures->executors));
    queries_get(flow, place, optional(&failures->queries));
    return flow_then(flow, ask_tasks);
}

/* Those with most failed tasks, in that order. */
static void choose_stages(struct failures *failures)
{
    const json_t *member;
    size_t i;

    json_array_foreach (failures->stages.body, i, member) {
        struct spark_stage stage = spark_stage_of(member);

        if (stage.tasks_failed <= 0)
            continue;
        if (failures->tasks_failed < JX_INT_MAX)
            failures->tasks_failed += stage.tasks_failed;
        for (size_t at = 0; at < STAGES_MAX; at++)
            if (stage.tasks_failed > failures->failed[at].tasks_failed) {
                struct spark_stage less = failures->failed[at];
                failures->failed[at] = stage;
                stage = less;
            }
    }
}

static struct next ask_tasks(struct flow *flow)
{
    struct failures *failures = flow_state(flow);

    choose_stages(failures);
    for (size_t i = 0; i < STAGES_MAX && failures->failed[i].tasks_failed > 0; i++)
        stage_get_tasks(flow, failures->place.body, &failures->failed[i], "status=FAILED",
                        TASKS_MAX, optional(&failures->tasks[i]));
    return flow_then(flow, show);
}

/* ---- groups of tasks ---- */

static void add_to_set(json_t *group, const char *key, json_t *value)
{
    json_t *set = json_object_get(group, key), *member;
    size_t i;

    json_array_foreach (set, i, member)
        if (json_equal(member, value)) {
            json_decref(value);
            return;
        }
    if (json_array_size(set) < IDS_SHOWN)
        json_array_append_new(set, value);
    else
        json_decref(value);
}

static json_t *new_group(const struct failure *failure)
{
    json_t *group = jx_pack("{s:s, s:i, s:[], s:[], s:[]}", "what", failure->what,
                            "count", 0, "stages", "hosts", "executors");

    jx_set_string(group, "at", failure->where);
    jx_set_string(group, "stack", failure->stack);
    return group;
}

static json_t *find_group(json_t *groups, const struct failure *failure)
{
    json_t *group;
    size_t i;

    json_array_foreach (groups, i, group) {
        struct failure known = {0};
        text_copy(known.what, sizeof known.what, jx_string(group, "what"));
        text_copy(known.where, sizeof known.where, jx_string(group, "at"));
        if (failure_is_same(&known, failure))
            return group;
    }
    group = new_group(failure);
    json_array_append_new(groups, group);
    return group;
}

static void add_task(json_t *groups, const struct spark_stage *stage,
                     const struct spark_task *task)
{
    struct failure failure = failure_of(task->error);
    json_t *group = find_group(groups, &failure);
    json_int_t end_ms = task->start_ms == UNKNOWN || task->duration_ms == UNKNOWN
                            ? task->start_ms
                            : task->start_ms + task->duration_ms;
    json_int_t first_ms = jx_int_or(group, "firstMs", end_ms),
               last_ms = jx_int_or(group, "lastMs", end_ms);

    json_object_set_new(group, "count", json_integer(jx_int(group, "count") + 1));
    add_to_set(group, "stages", json_integer(stage->id));
    add_to_set(group, "hosts", json_string(task->host));
    add_to_set(group, "executors", json_string(task->executor));
    json_object_set_new(group, "firstMs",
                        json_integer(end_ms < first_ms ? end_ms : first_ms));
    json_object_set_new(group, "lastMs",
                        json_integer(end_ms > last_ms ? end_ms : last_ms));
}

static json_t *group_tasks(const struct failures *failures)
{
    json_t *groups = json_array(), *group;
    const json_t *member;
    size_t i;

    for (size_t s = 0; s < STAGES_MAX; s++)
        json_array_foreach (failures->tasks[s].body, i, member) {
            struct spark_task task = spark_task_of(member);
            add_task(groups, &failures->failed[s], &task);
        }
    json_array_foreach (groups, i, group) {
        row_set_time(group, "first", jx_int(group, "firstMs"));
        row_set_time(group, "last", jx_int(group, "lastMs"));
        json_object_del(group, "firstMs");
        json_object_del(group, "lastMs");
    }
    return groups;
}

/* ---- executors and executions ---- */

/* Some of them; how many there are is counted. */
static json_t *lost_executors(const json_t *executors, json_int_t *count)
{
    json_t *rows = json_array();
    const json_t *executor;
    size_t i;

    json_array_foreach (executors, i, executor) {
        const char *why = jx_string(executor, "removeReason");
        json_t *row;

        if (why[0] == '\0' || strcmp(why, "Executor killed by driver.") == 0)
            continue;
        if (++*count > EXECUTORS_SHOWN)
            continue;
        row = jx_pack("{s:s, s:s}", "executor", jx_string(executor, "id"), "hostPort",
                      jx_string(executor, "hostPort"));
        row_set_time(row, "removed", time_of(executor, "removeTime"));
        row_set_line(row, "why", why, TEXT_SHOWN);
        json_array_append_new(rows, row);
    }
    return rows;
}

static json_t *failed_executions(const json_t *queries)
{
    json_t *rows = json_array();
    const json_t *member;
    size_t i;

    json_array_foreach (queries, i, member) {
        struct spark_query query = spark_query_of(member);
        struct failure failure = failure_of(query.error);
        json_t *row;

        if (strcmp(query.status, "FAILED") != 0 ||
            (query.root != UNKNOWN && query.root != query.id) ||
            json_array_size(rows) == EXECUTIONS_SHOWN)
            continue;
        row = jx_pack("{s:I}", "executionId", query.id);
        row_set_time(row, "started", query.start_ms);
        row_set_titles(row, query.description, "");
        row_set_line(row, "error", failure.what, TEXT_SHOWN);
        json_array_append_new(rows, row);
    }
    return rows;
}

static struct next show(struct flow *flow)
{
    struct failures *failures = flow_state(flow);
    json_auto_t *result = subject_result(failures->place.body);
    struct error error;
    json_int_t lost = 0;

    if (!rows_list(result,
                   &(struct listing){.part = "failures", .by = "count", .bytes = BYTES},
                   group_tasks(failures), flow_input(flow), &error))
        return flow_fail(flow, &error);
    json_object_set_new(result, "tasksFailed", json_integer(failures->tasks_failed));
    json_object_set_new(result, "lostExecutors",
                        lost_executors(failures->executors.body, &lost));
    json_object_set_new(result, "executorsLost", json_integer(lost));
    json_object_set_new(result, "failedExecutions",
                        failed_executions(failures->queries.body));
    return flow_done(flow, json_incref(result));
}

/* ---- as text ---- */

static void describe_group(const json_t *group, struct buffer *text)
{
    static const char *const sets[] = {"stages", "hosts", "executors"};

    buffer_printf(text, "\n%lld x %s", (long long)jx_int(group, "count"),
                  jx_string(group, "what"));
    if (jx_has_string(group, "at"))
        buffer_printf(text, "\n  at %s", jx_string(group, "at"));
    buffer_printf(text, "\n  first %s, last %s", jx_string(group, "first"),
                  jx_string(group, "last"));
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        buffer_printf(text, "; %s ", sets[i]);
        jx_join(text, jx_array(group, sets[i]), ", ");
    }
    buffer_printf(text, "\n%s\n", jx_string(group, "stack"));
}

static void describe(const json_t *result, struct buffer *text)
{
    static const struct column lost[] = {{"executor", "executor"},
                                         {"hostPort", "host"},
                                         {"removed", "removed"},
                                         {"why", "why"}},
                               executions[] = {{"executionId", "execution"},
                                               {"started", "started"},
                                               {"description", "what"},
                                               {"callSite", "call site"},
                                               {"error", "error"}};
    const json_t *group;
    size_t i;

    buffer_printf(text, "%lld tasks failed, in %lld ways.\n",
                  (long long)jx_int(result, "tasksFailed"),
                  (long long)jx_int(result, "total"));
    json_array_foreach (jx_array(result, "failures"), i, group)
        describe_group(group, text);
    buffer_printf(text, "\n%lld executors were lost:\n",
                  (long long)jx_int(result, "executorsLost"));
    rows_describe(result, "lostExecutors", "None.", lost, sizeof lost / sizeof *lost,
                  text);
    buffer_add_text(text, "\nFailed executions:\n");
    rows_describe(result, "failedExecutions", "None.", executions,
                  sizeof executions / sizeof *executions, text);
}
