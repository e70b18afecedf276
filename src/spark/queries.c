#include "spark/queries.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "spark/jobs.h"
#include "spark/rows.h"

#include <stdio.h>

/* Left out, `length` is 20 before Spark 4.2, and all from then on. */
void queries_get(struct flow *flow, const json_t *place, struct reply *reply)
{
    static const char *const keys[] = {"id",
                                       "submissionTime",
                                       "duration",
                                       "rootExecutionId",
                                       "status",
                                       "description",
                                       "errorMessage",
                                       "runningJobIds",
                                       "successJobIds",
                                       "failedJobIds",
                                       NULL};

    rows_get(flow, place, "sql?details=false&planDescription=false&offset=0&length=20000",
             keys, reply);
}

void query_get(struct flow *flow, const json_t *place, json_int_t id, struct reply *reply)
{
    struct buffer path = {0};

    buffer_printf(&path, "sql/%lld?details=true&planDescription=true", (long long)id);
    watching_get(flow, place, buffer_text(&path), reply);
    buffer_release(&path);
}

struct spark_query spark_query_of(const json_t *query)
{
    return (struct spark_query){
        .id = number_of(query, "id"),
        .start_ms = time_of(query, "submissionTime"),
        .duration_ms = number_of(query, "duration"),
        .root = number_of(query, "rootExecutionId"),
        .status = jx_string(query, "status"),
        .description = jx_string(query, "description"),
        .error = jx_string(query, "errorMessage"),
        .running_jobs = jx_array(query, "runningJobIds"),
        .done_jobs = jx_array(query, "successJobIds"),
        .failed_jobs = jx_array(query, "failedJobIds"),
    };
}

bool query_has_job(const struct spark_query *query, json_int_t job_id)
{
    return ids_have(query->running_jobs, job_id) || ids_have(query->done_jobs, job_id) ||
           ids_have(query->failed_jobs, job_id);
}

/* The lists of a query's jobs, as Spark names them. */
static const char *const lists[] = {"successJobIds", "runningJobIds", "failedJobIds"};

json_int_t query_of_job(const json_t *queries, json_int_t job_id)
{
    const json_t *query;
    size_t i;

    json_array_foreach (queries, i, query)
        for (size_t list = 0; list < sizeof lists / sizeof *lists; list++)
            if (ids_have(jx_array(query, lists[list]), job_id))
                return number_of(query, "id");
    return UNKNOWN;
}

enum { ID_DIGITS = 24 };

json_t *queries_by_job(const json_t *queries)
{
    json_t *by_job = json_object();
    const json_t *query, *job;
    char key[ID_DIGITS];
    size_t i, k;

    json_array_foreach (queries, i, query)
        for (size_t list = 0; list < sizeof lists / sizeof *lists; list++)
            json_array_foreach (jx_array(query, lists[list]), k, job) {
                snprintf(key, sizeof key, "%lld", (long long)json_integer_value(job));
                if (json_object_get(by_job, key) == NULL) /* the first, as above */
                    json_object_set(by_job, key, json_object_get(query, "id"));
            }
    return by_job;
}

json_int_t query_by_job(const json_t *by_job, json_int_t job_id)
{
    char key[ID_DIGITS];

    snprintf(key, sizeof key, "%lld", (long long)job_id);
    return number_of(by_job, key);
}
