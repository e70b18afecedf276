/* The jobs and stages of an application, and the tasks of a stage, as /api/v1 gives them.
 * Bodies are Spark's own; a structure borrows from one of their members. Numbers are UNKNOWN
 * where Spark does not say them, and always in the unit of their name, whatever Spark's. */
#ifndef SPARK_JOBS_H
#define SPARK_JOBS_H

#include "flow.h"
#include "spark/watching.h"

#include <jansson.h>

struct spark_job {
    json_int_t id, start_ms, end_ms;
    json_int_t tasks, tasks_done, tasks_failed, tasks_killed, tasks_skipped, tasks_active;
    const char *status; /* RUNNING, SUCCEEDED, FAILED, UNKNOWN */
    const char *name, *description, *group;
    const json_t *stage_ids;
    bool is_broadcast; /* it brings to the driver what a join broadcasts from there */
};

struct spark_stage {
    json_int_t id, attempt, start_ms, first_task_ms, end_ms;
    json_int_t tasks, tasks_done, tasks_failed, tasks_killed, tasks_active;
    /* sums over its tasks */
    json_int_t run_ms, cpu_ms, gc_ms, fetch_wait_ms, result_bytes, peak_memory_bytes;
    json_int_t input_bytes, input_records, output_bytes, output_records;
    json_int_t shuffle_read_bytes, shuffle_read_records;
    json_int_t shuffle_write_bytes, shuffle_write_records;
    json_int_t memory_spilled_bytes, disk_spilled_bytes;
    const char *status; /* ACTIVE, COMPLETE, FAILED, PENDING, SKIPPED */
    const char *name, *description, *failure, *call_site; /* "" for none */
};

struct spark_task {
    json_int_t id, index, attempt, start_ms, duration_ms, run_ms, gc_ms;
    json_int_t records, bytes; /* read, from input and shuffle */
    const char *status, *host, *executor, *error;
};

void jobs_get(struct flow *flow, const json_t *place, struct reply *reply);
/* Without their call sites, each of which is a whole stack: those of one stage tell it. */
void stages_get(struct flow *flow, const json_t *place, struct reply *reply);
/* Every attempt of one stage. */
void stage_get(struct flow *flow, const json_t *place, json_int_t id,
               struct reply *reply);
/* Quantiles of its tasks that succeeded, each key an array of as many numbers as
 * `quantiles` ("0,0.5,1") names; ERROR_NOT_FOUND while there are none. */
void stage_get_summary(struct flow *flow, const json_t *place,
                       const struct spark_stage *stage, const char *quantiles,
                       struct reply *reply);
/* `which`: a query of taskList, "sortBy=-runtime", "status=FAILED". */
void stage_get_tasks(struct flow *flow, const json_t *place,
                     const struct spark_stage *stage, const char *which, int most,
                     struct reply *reply);

struct spark_job spark_job_of(const json_t *job);
struct spark_stage spark_stage_of(const json_t *stage);
struct spark_task spark_task_of(const json_t *task);
/* The number at this place of a summary: "executorRunTime", or of a part of it,
 * "shuffleReadMetrics", "readBytes". `part` may be NULL. */
json_int_t summary_number(const json_t *summary, const char *part, const char *key,
                          size_t quantile);

/* Whether an array of ids has this one. */
bool ids_have(const json_t *ids, json_int_t id);
/* How many there were of which Spark keeps only these: ids count from 0. */
json_int_t ids_forgotten(const json_t *rows, const char *key);

#endif
