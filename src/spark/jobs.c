#include "spark/jobs.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/text.h"
#include "spark/rows.h"

enum { NS_PER_MS = 1000000 };

/* ---- asking ---- */

void jobs_get(struct flow *flow, const json_t *place, struct reply *reply)
{
    static const char *const keys[] = {"jobId",
                                       "submissionTime",
                                       "completionTime",
                                       "numTasks",
                                       "numCompletedTasks",
                                       "numFailedTasks",
                                       "numKilledTasks",
                                       "numSkippedTasks",
                                       "numActiveTasks",
                                       "status",
                                       "name",
                                       "description",
                                       "jobGroup",
                                       "jobTags",
                                       "stageIds",
                                       NULL};

    rows_get(flow, place, "jobs", keys, reply);
}

void stages_get(struct flow *flow, const json_t *place, struct reply *reply)
{
    static const char *const keys[] = {"stageId",
                                       "attemptId",
                                       "submissionTime",
                                       "firstTaskLaunchedTime",
                                       "completionTime",
                                       "numTasks",
                                       "numCompleteTasks",
                                       "numFailedTasks",
                                       "numKilledTasks",
                                       "numActiveTasks",
                                       "executorRunTime",
                                       "executorCpuTime",
                                       "jvmGcTime",
                                       "shuffleFetchWaitTime",
                                       "resultSize",
                                       "peakExecutionMemory",
                                       "inputBytes",
                                       "inputRecords",
                                       "outputBytes",
                                       "outputRecords",
                                       "shuffleReadBytes",
                                       "shuffleReadRecords",
                                       "shuffleWriteBytes",
                                       "shuffleWriteRecords",
                                       "memoryBytesSpilled",
                                       "diskBytesSpilled",
                                       "status",
                                       "name",
                                       "description",
                                       "failureReason",
                                       NULL};

    rows_get(flow, place, "stages", keys, reply);
}

void stage_get(struct flow *flow, const json_t *place, json_int_t id, struct reply *reply)
{
    struct buffer path = {0};

    buffer_printf(&path, "stages/%lld?details=false", (long long)id);
    watching_get(flow, place, buffer_text(&path), reply);
    buffer_release(&path);
}

void stage_get_summary(struct flow *flow, const json_t *place,
                       const struct spark_stage *stage, const char *quantiles,
                       struct reply *reply)
{
    struct buffer path = {0};

    buffer_printf(&path, "stages/%lld/%lld/taskSummary?quantiles=%s",
                  (long long)stage->id, (long long)stage->attempt, quantiles);
    watching_get(flow, place, buffer_text(&path), reply);
    buffer_release(&path);
}

void stage_get_tasks(struct flow *flow, const json_t *place,
                     const struct spark_stage *stage, const char *which, int most,
                     struct reply *reply)
{
    struct buffer path = {0};

    buffer_printf(&path, "stages/%lld/%lld/taskList?offset=0&length=%d&%s",
                  (long long)stage->id, (long long)stage->attempt, most, which);
    watching_get(flow, place, buffer_text(&path), reply);
    buffer_release(&path);
}

/* ---- reading ---- */

/* BroadcastExchangeExec tags its job so, with an id behind it. */
static bool has_broadcast_tag(const json_t *job)
{
    const json_t *tag;
    size_t i;

    json_array_foreach (jx_array(job, "jobTags"), i, tag)
        if (text_starts_with(json_string_value(tag), "broadcast exchange"))
            return true;
    return false;
}

struct spark_job spark_job_of(const json_t *job)
{
    return (struct spark_job){
        .id = number_of(job, "jobId"),
        .start_ms = time_of(job, "submissionTime"),
        .end_ms = time_of(job, "completionTime"),
        .tasks = number_of(job, "numTasks"),
        .tasks_done = number_of(job, "numCompletedTasks"),
        .tasks_failed = number_of(job, "numFailedTasks"),
        .tasks_killed = number_of(job, "numKilledTasks"),
        .tasks_skipped = number_of(job, "numSkippedTasks"),
        .tasks_active = number_of(job, "numActiveTasks"),
        .status = jx_string(job, "status"),
        .name = jx_string(job, "name"),
        .description = jx_string(job, "description"),
        .group = jx_string(job, "jobGroup"),
        .stage_ids = jx_array(job, "stageIds"),
        .is_broadcast = has_broadcast_tag(job),
    };
}

/* Spark says it in nanoseconds. */
static json_int_t ms_of(const json_t *object, const char *key)
{
    json_int_t ns = number_of(object, key);

    return ns == UNKNOWN ? UNKNOWN : ns / NS_PER_MS;
}

struct spark_stage spark_stage_of(const json_t *stage)
{
    return (struct spark_stage){
        .id = number_of(stage, "stageId"),
        .attempt = number_of(stage, "attemptId"),
        .start_ms = time_of(stage, "submissionTime"),
        .first_task_ms = time_of(stage, "firstTaskLaunchedTime"),
        .end_ms = time_of(stage, "completionTime"),
        .tasks = number_of(stage, "numTasks"),
        .tasks_done = number_of(stage, "numCompleteTasks"),
        .tasks_failed = number_of(stage, "numFailedTasks"),
        .tasks_killed = number_of(stage, "numKilledTasks"),
        .tasks_active = number_of(stage, "numActiveTasks"),
        .run_ms = number_of(stage, "executorRunTime"),
        .cpu_ms = ms_of(stage, "executorCpuTime"),
        .gc_ms = number_of(stage, "jvmGcTime"),
        .fetch_wait_ms = number_of(stage, "shuffleFetchWaitTime"),
        .result_bytes = number_of(stage, "resultSize"),
        .peak_memory_bytes = number_of(stage, "peakExecutionMemory"),
        .input_bytes = number_of(stage, "inputBytes"),
        .input_records = number_of(stage, "inputRecords"),
        .output_bytes = number_of(stage, "outputBytes"),
        .output_records = number_of(stage, "outputRecords"),
        .shuffle_read_bytes = number_of(stage, "shuffleReadBytes"),
        .shuffle_read_records = number_of(stage, "shuffleReadRecords"),
        .shuffle_write_bytes = number_of(stage, "shuffleWriteBytes"),
        .shuffle_write_records = number_of(stage, "shuffleWriteRecords"),
        .memory_spilled_bytes = number_of(stage, "memoryBytesSpilled"),
        .disk_spilled_bytes = number_of(stage, "diskBytesSpilled"),
        .status = jx_string(stage, "status"),
        .name = jx_string(stage, "name"),
        .description = jx_string(stage, "description"),
        .failure = jx_string(stage, "failureReason"),
        .call_site = jx_string(stage, "details"),
    };
}

static json_int_t sum_of(json_int_t first, json_int_t second)
{
    return first == UNKNOWN ? second : second == UNKNOWN ? first : first + second;
}

/* A task that failed before it had anything to report has no taskMetrics. */
struct spark_task spark_task_of(const json_t *task)
{
    const json_t *metrics = jx_object(task, "taskMetrics"),
                 *input = jx_object(metrics, "inputMetrics"),
                 *shuffle = jx_object(metrics, "shuffleReadMetrics");
    json_int_t shuffled = sum_of(number_of(shuffle, "remoteBytesRead"),
                                 number_of(shuffle, "localBytesRead"));

    return (struct spark_task){
        .id = number_of(task, "taskId"),
        .index = number_of(task, "index"),
        .attempt = number_of(task, "attempt"),
        .start_ms = time_of(task, "launchTime"),
        .duration_ms = number_of(task, "duration"),
        .run_ms = number_of(metrics, "executorRunTime"),
        .gc_ms = number_of(metrics, "jvmGcTime"),
        .records =
            sum_of(number_of(input, "recordsRead"), number_of(shuffle, "recordsRead")),
        .bytes = sum_of(number_of(input, "bytesRead"), shuffled),
        .status = jx_string(task, "status"),
        .host = jx_string(task, "host"),
        .executor = jx_string(task, "executorId"),
        .error = jx_string(task, "errorMessage"),
    };
}

json_int_t summary_number(const json_t *summary, const char *part, const char *key,
                          size_t quantile)
{
    const json_t *numbers =
        jx_array(part != NULL ? jx_object(summary, part) : summary, key);
    const json_t *number = json_array_get(numbers, quantile);

    return json_is_number(number) ? whole_of(json_number_value(number)) : UNKNOWN;
}

bool ids_have(const json_t *ids, json_int_t id)
{
    const json_t *member;
    size_t i;

    json_array_foreach (ids, i, member)
        if (json_integer_value(member) == id)
            return true;
    return false;
}

json_int_t ids_forgotten(const json_t *rows, const char *key)
{
    json_int_t largest = -1, kept = 0, last = -1;
    const json_t *row;
    size_t i;

    json_array_foreach (rows, i, row) {
        json_int_t id = number_of(row, key);

        largest = id > largest ? id : largest;
        kept += id != last; /* attempts of a stage stand together */
        last = id;
    }
    return largest + 1 > kept ? largest + 1 - kept : 0;
}
