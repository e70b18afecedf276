/* The SQL executions of an application: those that failed, then the longest. */
#include "base/jx.h"
#include "spark/failure.h"
#include "spark/jobs.h"
#include "spark/queries.h"
#include "tools/monitor/queries.h"
#include "tools/monitor/rows.h"
#include "tools/monitor/subject.h"
#include "tools/monitor/titles.h"
#include "tools/monitor/view.h"

enum { BYTES = 2500, ERROR_SHOWN = 160 };

struct sql {
    struct reply place, queries;
};

static flow_step find, ask, list_queries;
static void describe(const json_t *result, struct buffer *text);

const struct view sql_view = {
    .name = "sql",
    .part = "executions",
    .takes = SUBJECT_IDS,
    .check = subject_check,
    .flow = {.name = "sql", .first = find, .state_size = sizeof(struct sql)},
    .describe = describe,
};

static struct next find(struct flow *flow)
{
    struct sql *sql = flow_state(flow);

    subject_find(flow, &sql->place);
    return flow_then(flow, ask);
}

static struct next ask(struct flow *flow)
{
    struct sql *sql = flow_state(flow);

    queries_get(flow, sql->place.body, &sql->queries);
    return flow_then(flow, list_queries);
}

static void add_jobs(json_t *row, const struct spark_query *query)
{
    json_auto_t *jobs = json_array();

    json_array_extend(jobs, (json_t *)query->failed_jobs);
    json_array_extend(jobs, (json_t *)query->running_jobs);
    json_array_extend(jobs, (json_t *)query->done_jobs);
    row_set_ids(row, "jobs", jobs);
}

json_t *query_row(const json_t *member)
{
    struct spark_query query = spark_query_of(member);
    json_t *row = jx_pack("{s:I, s:s}", "executionId", query.id, "status", query.status);

    row_set_time(row, "started", query.start_ms);
    row_set_seconds(row, "seconds", query.duration_ms);
    add_jobs(row, &query);
    if (query.root != UNKNOWN && query.root != query.id)
        row_set_number(row, "partOf", query.root);
    row_set_titles(row, query.description, "");
    if (query.error[0] != '\0') {
        struct failure failure = failure_of(query.error);
        row_set_line(row, "error", failure.what, ERROR_SHOWN);
        row_set_line(row, "at", failure.where, ERROR_SHOWN);
    }
    return row;
}

static struct next list_queries(struct flow *flow)
{
    struct sql *sql = flow_state(flow);
    json_auto_t *result = subject_result(sql->place.body);
    json_t *rows = json_array();
    const json_t *query;
    struct error error;
    size_t i;

    json_array_foreach (sql->queries.body, i, query)
        json_array_append_new(rows, query_row(query));
    if (!rows_list(result,
                   &(struct listing){.part = "executions",
                                     .by = "seconds",
                                     .bytes = BYTES,
                                     .forgotten = ids_forgotten(sql->queries.body, "id")},
                   rows, flow_input(flow), &error))
        return flow_fail(flow, &error);
    return flow_done(flow, json_incref(result));
}

void query_rows_describe(const json_t *result, const char *part, struct buffer *text)
{
    static const struct column columns[] = {{"executionId", "execution"},
                                            {"status", "status"},
                                            {"started", "started"},
                                            {"seconds", "seconds"},
                                            {"jobs", "jobs"},
                                            {"jobsInAll", "of"},
                                            {"partOf", "part of"},
                                            {"description", "what"},
                                            {"callSite", "call site"},
                                            {"error", "error"},
                                            {"at", "at"}};

    rows_describe(result, part, "None to show.", columns,
                  sizeof columns / sizeof *columns, text);
}

static void describe(const json_t *result, struct buffer *text)
{
    rows_describe_count(result, "executions", text);
    query_rows_describe(result, "executions", text);
}
