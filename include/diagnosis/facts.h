/*
 * What a diagnosis knows: what Spark told of one application, as structures that its rules
 * read. Nothing here asks anybody.
 *
 * What was told is one object: {"place" (spark/watching.h), "jobs", "stages", "executors",
 * "queries", "storage" (lists of Spark's), "settings" (pairs), "summaries", "slowest",
 * "failed" (by "STAGE.ATTEMPT"), "plans" (by execution), "driver" (the report of a submission), "streams"
 * ([{"query", "series"}], spark/streams.h), "scope": {"execution"} or {"group"}: what is asked
 * about, when that is not all}. Any part may be missing: then nothing is concluded from it.
 */
#ifndef DIAGNOSIS_FACTS_H
#define DIAGNOSIS_FACTS_H

#include "base/buffer.h"
#include "spark/jobs.h"
#include "spark/plan.h"
#include "spark/queries.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The quantiles of a summary, and at which place they stand. */
#define FACTS_QUANTILES "0,0.25,0.5,0.75,0.95,1"
enum quantile { LEAST, P25, MEDIAN, P75, P95, MOST };

/* How many stages and executions are looked at closely: each costs requests. */
enum { STAGES_CLOSE = 6, PLANS_CLOSE = 4, FAILED_CLOSE = 3, SLOWEST_CLOSE = 3 };
/* A heap that nothing is set for. */
enum { HEAP_BYTES = 1 << 30 };

/* The latest attempt of a stage. */
struct stage_facts {
    struct spark_stage stage;
    json_int_t wall_ms;    /* since its first task began; 0 when none did */
    json_int_t earlier_ms; /* of task time in the attempts before */
    double slots;          /* tasks that could run at once meanwhile; at least 1 */
    const json_t *summary; /* NULL: not looked at, or no task has succeeded */
    const json_t *slowest, *failed; /* lists of tasks, or NULL */
    bool has_query;                 /* looked up once: it takes a walk through all jobs */
    json_int_t query;
};

struct executor_facts {
    json_int_t added_ms, removed_ms; /* JX_INT_MAX: it is still there */
    json_int_t slots;
};

struct query_facts {
    struct spark_query query;
    json_int_t wall_ms;
    const json_t *body; /* with nodes and edges */
    json_t *nodes;      /* plan_nodes() of it */
};

struct facts {
    const json_t *told;
    json_t *jobs, *all_stages; /* of the scope, as Spark tells them */
    json_int_t start_ms, end_ms;
    bool is_running, is_session;
    json_int_t busy_ms; /* while at least one job ran */
    json_int_t stages_forgotten;
    struct executor_facts *executors; /* those that run tasks */
    size_t executor_count;
    struct stage_facts *stages; /* those that had tasks, most of the wall first */
    size_t stage_count;
    struct query_facts queries[PLANS_CLOSE];
    size_t query_count;
};

/* Borrows what was told. */
void facts_read(struct facts *facts, const json_t *told);
void facts_release(struct facts *facts);

/* Names as parts of what is told: "7.0". */
struct stage_name {
    char text[48];
};
struct stage_name facts_stage_name(const struct spark_stage *stage);

/* ---- questions of rules ---- */

/* A number in a sum; UNKNOWN adds nothing. */
json_int_t or_0(json_int_t number);

/* How many tasks an executor runs at once; 0 when none. Of one without spark.executor.cores,
 * as on local[N], Spark 3.5 tells maxTasks 1 whatever cores it has
 * (ResourceProfile.calculateTasksAndLimitingResource). */
json_int_t facts_slots_of(const struct facts *facts, const json_t *executor);
/* A setting of the application; "" when it is not set. */
const char *facts_setting(const struct facts *facts, const char *name);
/* "470m", "2g" as bytes; UNKNOWN when it cannot be read. */
json_int_t facts_setting_bytes(const struct facts *facts, const char *name,
                               json_int_t otherwise);
json_int_t facts_setting_number(const struct facts *facts, const char *name,
                                json_int_t otherwise);

/* The heap that tasks share: an executor's, or the driver's own where Spark's master is
 * local[N], whatever is set for executors. */
struct heap_facts {
    const char *property; /* that sets it */
    json_int_t bytes, cores;
    bool is_drivers;
};
struct heap_facts facts_heap(const struct facts *facts);

/* Slow tasks are run twice. */
bool facts_speculates(const struct facts *facts);
/* AQE does not work here, as a plan with a shuffle shows; without one, as it is set. `query`
 * may be NULL. */
bool facts_aqe_is_off(const struct facts *facts, const struct query_facts *query);

/* The job that a stage belongs to, or an execution; id UNKNOWN for none. */
struct spark_job facts_job_of_stage(const struct facts *facts, json_int_t stage_id);
json_int_t facts_query_of_stage(const struct facts *facts, json_int_t stage_id);
/* NULL when its plan is not known. */
const struct query_facts *facts_plan_of_stage(const struct facts *facts,
                                              json_int_t stage_id);
/* NULL when its plan is not known; that of the execution which is asked about. */
const struct query_facts *facts_query(const struct facts *facts, json_int_t id);
const struct query_facts *facts_scope_query(const struct facts *facts);
/* Of the stages of an execution the longest; NULL when none is known. */
const struct stage_facts *facts_longest_stage(const struct facts *facts,
                                              const struct query_facts *query);
const struct stage_facts *facts_stage(const struct facts *facts, json_int_t stage_id);
/* How many tasks can run at once between two times, on average; slots are at least 1. */
double facts_slots(const struct facts *facts, json_int_t from_ms, json_int_t to_ms);

json_int_t stage_quantile(const struct stage_facts *stage, const char *part,
                          const char *key, enum quantile quantile);
/* The stage's metrics cover all its work: it has ended, and so many tasks tell. */
bool stage_has_quantiles(const struct stage_facts *stage, json_int_t tasks_min);

/* Whether a node's name has this part; false without a plan. */
bool query_has_node(const struct query_facts *query, const char *part);
/* The kind of node in which Python works, "BatchEvalPython"; NULL without. */
const char *query_python_node(const struct query_facts *query);
/* A node of a plan as Spark tells it, with its metrics; the row is one of query->nodes. */
const json_t *query_node(const struct query_facts *query, const json_t *row);
/* The metric's total; UNKNOWN when it has none of this name. */
json_int_t query_measure(const struct query_facts *query, const json_t *row,
                         const char *metric);
/* The next child of the row at `parent`, from `after` on (the parent first); UNKNOWN index
 * is SIZE_MAX. */
size_t query_child(const struct query_facts *query, size_t parent, size_t after);
/* Whether Spark's description of its plan has these words; false for NULL. */
bool query_plan_says(const struct query_facts *query, const char *words);
/* What makes its plan, without what differs from run to run; with_numbers also the literals
 * in it. Nothing for one that is not known. */
void query_add_key(struct buffer *key, const struct query_facts *query,
                   bool with_numbers);
/* Rows that reach a node: its own count or that of the nearest node below. */
json_int_t query_rows(const struct query_facts *query, size_t at);

#endif
