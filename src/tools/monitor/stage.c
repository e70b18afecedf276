/* One stage: its attempts, how its tasks are spread, the slowest and those that failed. */
#include "base/jx.h"
#include "diagnosis/facts.h"
#include "diagnosis/tasks_picture.h"
#include "spark/jobs.h"
#include "tools/monitor/rows.h"
#include "tools/monitor/stage_rows.h"
#include "tools/monitor/subject.h"
#include "tools/monitor/view.h"

enum { TASKS_SHOWN = 3, FAILED_SHOWN = 5, WHY_SHOWN = 300 };

struct stage {
    struct reply place, attempts, summary, slowest, failed;
};

static flow_step find, ask, ask_tasks, show;
static void describe(const json_t *result, struct buffer *text);

const struct view stage_view = {
    .name = "stage",
    .part = "stage",
    .id = "stage_id",
    .takes = SUBJECT_IDS " stage_id",
    .check = subject_check,
    .flow = {.name = "stage", .first = find, .state_size = sizeof(struct stage)},
    .describe = describe,
};

static struct next find(struct flow *flow)
{
    struct stage *stage = flow_state(flow);

    subject_find(flow, &stage->place);
    return flow_then(flow, ask);
}

static struct next ask(struct flow *flow)
{
    struct stage *stage = flow_state(flow);

    stage_get(flow, stage->place.body, jx_int(flow_input(flow), "stage_id"),
              &stage->attempts);
    return flow_then(flow, ask_tasks);
}

/* The last attempt; with `failed`, the last one in which tasks failed. */
static struct spark_stage find_attempt(const struct stage *stage, bool failed)
{
    struct spark_stage found = {.id = UNKNOWN, .attempt = UNKNOWN};
    const json_t *member;
    size_t i;

    json_array_foreach (stage->attempts.body, i, member) {
        struct spark_stage attempt = spark_stage_of(member);
        if (attempt.attempt > found.attempt && (!failed || attempt.tasks_failed > 0))
            found = attempt;
    }
    return found;
}

static struct next ask_tasks(struct flow *flow)
{
    struct stage *stage = flow_state(flow);
    const json_t *place = stage->place.body;
    struct spark_stage last = find_attempt(stage, false),
                       failed = find_attempt(stage, true);

    if (last.id == UNKNOWN)
        return show(flow);
    stage_get_summary(flow, place, &last, FACTS_QUANTILES, optional(&stage->summary));
    stage_get_tasks(flow, place, &last, "sortBy=-runtime",
                    jx_bool(flow_input(flow), "image") ? TASKS_DRAWN : TASKS_SHOWN,
                    optional(&stage->slowest));
    if (failed.id != UNKNOWN)
        stage_get_tasks(flow, place, &failed, "status=FAILED", FAILED_SHOWN,
                        optional(&stage->failed));
    return flow_then(flow, show);
}

/* ---- quantiles ---- */

static const struct metric {
    const char *part, *key, *name;
    bool is_ms;
} metrics[] = {{NULL, "duration", "seconds", true},
               {NULL, "executorRunTime", "runSeconds", true},
               {NULL, "jvmGcTime", "gcSeconds", true},
               {NULL, "schedulerDelay", "schedulerDelaySeconds", true},
               {"inputMetrics", "bytesRead", "inputBytes", false},
               {"inputMetrics", "recordsRead", "inputRecords", false},
               {"outputMetrics", "bytesWritten", "outputBytes", false},
               {"shuffleReadMetrics", "readBytes", "shuffleReadBytes", false},
               {"shuffleReadMetrics", "readRecords", "shuffleReadRecords", false},
               {"shuffleReadMetrics", "fetchWaitTime", "fetchWaitSeconds", true},
               {"shuffleWriteMetrics", "writeBytes", "shuffleWriteBytes", false},
               {NULL, "memoryBytesSpilled", "memorySpillBytes", false},
               {NULL, "diskBytesSpilled", "spillBytes", false},
               {NULL, "peakExecutionMemory", "peakMemoryBytes", false}};

/* What is 0 for every task is named in `zero`. */
static json_t *quantile_rows(const json_t *summary, json_t *zero)
{
    static const char *const names[] = {"min", "p25", "median", "p75", "p95", "max"};
    json_t *rows = json_array();

    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        const struct metric *metric = &metrics[i];
        json_int_t most = summary_number(summary, metric->part, metric->key, MOST);
        json_t *row = jx_pack("{s:s}", "metric", metric->name);

        for (size_t q = 0; q < sizeof names / sizeof *names; q++) {
            json_int_t number = summary_number(summary, metric->part, metric->key, q);
            if (metric->is_ms)
                row_set_seconds(row, names[q], number);
            else
                row_set_number(row, names[q], number);
        }
        if (most == 0)
            json_array_append_new(zero, json_string(metric->name));
        if (most > 0)
            json_array_append(rows, row);
        json_decref(row);
    }
    return rows;
}

/* ---- the result ---- */

static json_t *task_rows(const json_t *tasks, size_t most)
{
    json_t *rows = json_array();
    const json_t *member;
    size_t i;

    json_array_foreach (tasks, i, member) {
        struct spark_task task = spark_task_of(member);
        if (i < most)
            json_array_append_new(rows, task_row(&task));
    }
    return rows;
}

static struct next show(struct flow *flow)
{
    struct stage *stage = flow_state(flow);
    json_t *result = subject_result(stage->place.body), *rows = json_array(),
           *zero = json_array();
    struct spark_stage last = find_attempt(stage, false);
    const json_t *member;
    size_t i;

    json_array_foreach (stage->attempts.body, i, member) {
        struct spark_stage attempt = spark_stage_of(member);
        json_array_append_new(rows,
                              stage_row(&attempt, jx_int(stage->place.body, "toldMs")));
    }
    json_object_set_new(result, "stage", rows);
    if (last.failure != NULL)
        row_set_line(result, "failure", last.failure, WHY_SHOWN);
    if (stage->summary.body != NULL) {
        json_object_set_new(result, "taskQuantiles",
                            quantile_rows(stage->summary.body, zero));
        json_object_set(result, "zeroForAllTasks", zero);
    }
    json_decref(zero);
    json_object_set_new(result, "slowestTasks",
                        task_rows(stage->slowest.body, TASKS_SHOWN));
    json_object_set_new(result, "failedTasks",
                        task_rows(stage->failed.body, FAILED_SHOWN));
    if (jx_bool(flow_input(flow), "image"))
        json_object_set_new(result, "image",
                            tasks_picture(&last, stage->slowest.body,
                                          summary_number(stage->summary.body, NULL,
                                                         "executorRunTime", MEDIAN)));
    return flow_done(flow, result);
}

static void describe_quantiles(const json_t *result, struct buffer *text)
{
    static const struct column columns[] = {{"metric", "of tasks that succeeded"},
                                            {"min", "min"},
                                            {"p25", "25 %"},
                                            {"median", "median"},
                                            {"p75", "75 %"},
                                            {"p95", "95 %"},
                                            {"max", "max"}};

    if (json_object_get(result, "taskQuantiles") == NULL) {
        buffer_add_text(text, "\nSpark has no quantiles: no task has succeeded.\n");
        return;
    }
    buffer_add_text(text, "\n");
    rows_describe(result, "taskQuantiles", "All quantiles are 0.", columns,
                  sizeof columns / sizeof *columns, text);
    if (json_array_size(jx_array(result, "zeroForAllTasks")) > 0) {
        buffer_add_text(text, "0 for all: ");
        jx_join(text, jx_array(result, "zeroForAllTasks"), ", ");
        buffer_add_text(text, "\n");
    }
}

static void describe(const json_t *result, struct buffer *text)
{
    stage_rows_describe(result, "stage", text);
    if (jx_has_string(result, "failure"))
        buffer_printf(text, "Failed: %s\n", jx_string(result, "failure"));
    describe_quantiles(result, text);
    buffer_add_text(text, "\nSlowest tasks:\n");
    task_rows_describe(result, "slowestTasks", text);
    buffer_add_text(text, "\nFailed tasks:\n");
    task_rows_describe(result, "failedTasks", text);
}
