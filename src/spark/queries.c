#include "spark/queries.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "spark/rows.h"

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

static bool has_id(const json_t *ids, json_int_t id)
{
    const json_t *member;
    size_t i;

    json_array_foreach (ids, i, member)
        if (json_integer_value(member) == id)
            return true;
    return false;
}

json_int_t query_of_job(const json_t *queries, json_int_t job_id)
{
    const json_t *member;
    size_t i;

    json_array_foreach (queries, i, member) {
        struct spark_query query = spark_query_of(member);
        if (has_id(query.running_jobs, job_id) || has_id(query.done_jobs, job_id) ||
            has_id(query.failed_jobs, job_id))
            return query.id;
    }
    return UNKNOWN;
}
