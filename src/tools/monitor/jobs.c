/* The jobs of an application: those that failed, then the longest. */
#include "spark/jobs.h"

#include "base/jx.h"
#include "spark/queries.h"
#include "tools/monitor/rows.h"
#include "tools/monitor/subject.h"
#include "tools/monitor/titles.h"
#include "tools/monitor/view.h"

enum { BYTES = 2500 };

struct jobs {
    struct reply place, jobs, queries;
};

static flow_step find, ask, list_jobs;
static void describe(const json_t *result, struct buffer *text);

const struct view jobs_view = {
    .name = "jobs",
    .part = "jobs",
    .takes = SUBJECT_IDS,
    .check = subject_check,
    .flow = {.name = "jobs", .first = find, .state_size = sizeof(struct jobs)},
    .describe = describe,
};

static struct next find(struct flow *flow)
{
    struct jobs *jobs = flow_state(flow);

    subject_find(flow, &jobs->place);
    return flow_then(flow, ask);
}

static struct next ask(struct flow *flow)
{
    struct jobs *jobs = flow_state(flow);

    jobs_get(flow, jobs->place.body, &jobs->jobs);
    queries_get(flow, jobs->place.body, optional(&jobs->queries));
    return flow_then(flow, list_jobs);
}

static json_t *row_of(const struct jobs *jobs, const json_t *by_job, const json_t *member)
{
    struct spark_job job = spark_job_of(member);
    json_int_t end_ms =
        job.end_ms != UNKNOWN ? job.end_ms : jx_int(jobs->place.body, "toldMs");
    json_t *row = jx_pack("{s:I, s:s}", "jobId", job.id, "status", job.status);

    row_set_time(row, "started", job.start_ms);
    row_set_seconds(row, "seconds", span_of(job.start_ms, end_ms));
    row_set_number(row, "tasks", job.tasks);
    row_set_number(row, "tasksDone", job.tasks_done);
    row_set_number(row, "tasksFailed", job.tasks_failed);
    row_set_ids(row, "stages", job.stage_ids);
    row_set_number(row, "executionId", query_by_job(by_job, job.id));
    row_set_titles(row, job.description, job.name);
    return row;
}

static struct next list_jobs(struct flow *flow)
{
    struct jobs *jobs = flow_state(flow);
    json_auto_t *result = subject_result(jobs->place.body);
    json_auto_t *by_job = queries_by_job(jobs->queries.body);
    json_t *rows = json_array();
    const json_t *job;
    struct error error;
    size_t i;

    json_array_foreach (jobs->jobs.body, i, job)
        json_array_append_new(rows, row_of(jobs, by_job, job));
    if (!rows_list(
            result,
            &(struct listing){.part = "jobs",
                              .by = "seconds",
                              .bytes = BYTES,
                              .forgotten = ids_forgotten(jobs->jobs.body, "jobId")},
            rows, flow_input(flow), &error))
        return flow_fail(flow, &error);
    return flow_done(flow, json_incref(result));
}

static void describe(const json_t *result, struct buffer *text)
{
    static const struct column columns[] = {
        {"jobId", "job"},          {"status", "status"},
        {"started", "started"},    {"seconds", "seconds"},
        {"tasks", "tasks"},        {"tasksDone", "done"},
        {"tasksFailed", "failed"}, {"stages", "stages"},
        {"stagesInAll", "of"},     {"executionId", "execution"},
        {"description", "what"},   {"callSite", "call site"}};

    rows_describe_count(result, "jobs", text);
    rows_describe(result, "jobs", "None to show.", columns,
                  sizeof columns / sizeof *columns, text);
}
