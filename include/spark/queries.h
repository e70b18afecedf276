/* The SQL executions of an application (/api/v1/.../sql): a list without plans, which Spark
 * sends with all of them unless told otherwise, and one with its plan (plan.h). */
#ifndef SPARK_QUERIES_H
#define SPARK_QUERIES_H

#include "flow.h"
#include "spark/watching.h"

#include <jansson.h>
#include <stdbool.h>

struct spark_query {
    json_int_t id, start_ms, duration_ms;
    json_int_t root;    /* of which it is a part, itself for none; 4.2 on */
    const char *status; /* RUNNING, COMPLETED, FAILED */
    const char *description;
    const char *error;                                    /* 4.2 on; "" for none */
    const json_t *running_jobs, *done_jobs, *failed_jobs; /* ids */
};

void queries_get(struct flow *flow, const json_t *place, struct reply *reply);
/* With planDescription, nodes and edges. */
void query_get(struct flow *flow, const json_t *place, json_int_t id,
               struct reply *reply);

struct spark_query spark_query_of(const json_t *query);
bool query_has_job(const struct spark_query *query, json_int_t job_id);
/* The execution that a job belongs to; UNKNOWN for none, or when there is no list. */
json_int_t query_of_job(const json_t *queries, json_int_t job_id);
/* The same for each job of a long list, which is made ready for it first (new). */
json_t *queries_by_job(const json_t *queries);
json_int_t query_by_job(const json_t *by_job, json_int_t job_id);

#endif
