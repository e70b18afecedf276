/*
 * One turn asks for the lists, one for what is told of the stages and plans that matter, one
 * for the slowest tasks where they stand out and for streams. With what finds the
 * application, at most 30 requests.
 */
#include "tools/monitor/collect.h"

#include "base/jx.h"
#include "diagnosis/findings.h"
#include "spark/rows.h"
#include "spark/run.h"
#include "spark/streams.h"

#include <stdio.h>
#include <string.h>

enum {
    STREAMS_CLOSE = 2,
    FAILED_TASKS = 5,
    SLOWEST_TASKS = 16,
};

struct collect {
    struct reply jobs, stages, executors, queries, environment;
    struct reply summaries[STAGES_CLOSE], failed[FAILED_CLOSE], slowest[SLOWEST_CLOSE];
    struct reply plans[PLANS_CLOSE];
    struct reply stream_page, streams[STREAMS_CLOSE];
    json_t *told;
    /* whose these are */
    json_t *of_summaries, *of_failed, *of_slowest, *of_plans, *of_streams;
};

static flow_step ask, ask_closely, ask_slowest, give;

static void release(void *state)
{
    struct collect *collect = state;

    json_decref(collect->told);
    json_decref(collect->of_summaries);
    json_decref(collect->of_failed);
    json_decref(collect->of_slowest);
    json_decref(collect->of_plans);
    json_decref(collect->of_streams);
}

static const struct flow_type collect_flow = {.name = "collect",
                                              .first = ask,
                                              .state_size = sizeof(struct collect),
                                              .release = release};

void collect_get(struct flow *flow, const json_t *place, json_int_t execution_id,
                 bool last_operation, struct reply *reply)
{
    flow_run(flow, &collect_flow,
             jx_pack("{s:O, s:I, s:b}", "place", place, "execution", execution_id, "last",
                     last_operation),
             reply);
}

/* ---- the lists ---- */

static struct next ask(struct flow *flow)
{
    static const char *const executor_keys[] = {"id",
                                                "hostPort",
                                                "isActive",
                                                "totalCores",
                                                "maxTasks",
                                                "addTime",
                                                "removeTime",
                                                "removeReason",
                                                "maxMemory",
                                                "memoryUsed",
                                                "totalTasks",
                                                "totalDuration",
                                                "totalInputBytes",
                                                "failedTasks",
                                                "totalGCTime",
                                                "totalShuffleRead",
                                                "peakMemoryMetrics",
                                                NULL};
    struct collect *collect = flow_state(flow);
    const json_t *place = json_object_get(flow_input(flow), "place");

    jobs_get(flow, place, &collect->jobs);
    stages_get(flow, place, &collect->stages);
    rows_get(flow, place, "allexecutors", executor_keys, optional(&collect->executors));
    queries_get(flow, place, optional(&collect->queries));
    watching_get(flow, place, "environment", optional(&collect->environment));
    return flow_then(flow, ask_closely);
}

static void tell(json_t *told, const char *part, const json_t *body)
{
    if (body != NULL)
        json_object_set(told, part, (json_t *)body);
}

static void set_scope(struct flow *flow)
{
    struct collect *collect = flow_state(flow);
    json_int_t execution = jx_int(flow_input(flow), "execution");
    struct spark_job last = {.id = UNKNOWN, .group = ""};
    const json_t *member;
    size_t i;

    if (execution != UNKNOWN)
        json_object_set_new(collect->told, "scope",
                            jx_pack("{s:I}", "execution", execution));
    if (execution != UNKNOWN || !jx_bool(flow_input(flow), "last"))
        return;
    json_array_foreach (collect->jobs.body, i, member) {
        struct spark_job job = spark_job_of(member);
        if (run_is_id(job.group) && job.id > last.id)
            last = job;
    }
    if (last.id != UNKNOWN)
        json_object_set_new(collect->told, "scope",
                            jx_pack("{s:s}", "group", last.group));
}

/* A batch of a streaming query is described by its query and run. */
static bool has_streams(const json_t *jobs)
{
    const json_t *job;
    size_t i;

    json_array_foreach (jobs, i, job)
        if (strstr(jx_string(job, "description"), "\nrunId = ") != NULL)
            return true;
    return false;
}

/* ---- what matters of them ---- */

static struct spark_stage stage_at(const json_t *list, size_t i)
{
    const json_t *name = json_array_get(list, i);

    return (struct spark_stage){.id = json_integer_value(json_array_get(name, 0)),
                                .attempt = json_integer_value(json_array_get(name, 1))};
}

static struct next ask_closely(struct flow *flow)
{
    struct collect *collect = flow_state(flow);
    const json_t *place = json_object_get(flow_input(flow), "place");
    json_auto_t *wants = NULL;
    size_t i;

    collect->told = json_object();
    tell(collect->told, "place", place);
    tell(collect->told, "jobs", collect->jobs.body);
    tell(collect->told, "stages", collect->stages.body);
    tell(collect->told, "executors", collect->executors.body);
    tell(collect->told, "queries", collect->queries.body);
    tell(collect->told, "settings",
         jx_array(collect->environment.body, "sparkProperties"));
    set_scope(flow);
    wants = diagnosis_wants(collect->told);
    collect->of_summaries = json_incref(jx_array(wants, "summaries"));
    collect->of_failed = json_incref(jx_array(wants, "failed"));
    collect->of_plans = json_incref(jx_array(wants, "plans"));
    for (i = 0; i < json_array_size(collect->of_summaries) && i < STAGES_CLOSE; i++) {
        struct spark_stage stage = stage_at(collect->of_summaries, i);
        stage_get_summary(flow, place, &stage, FACTS_QUANTILES,
                          optional(&collect->summaries[i]));
    }
    for (i = 0; i < json_array_size(collect->of_failed) && i < FAILED_CLOSE; i++) {
        struct spark_stage stage = stage_at(collect->of_failed, i);
        stage_get_tasks(flow, place, &stage, "status=FAILED", FAILED_TASKS,
                        optional(&collect->failed[i]));
    }
    for (i = 0; i < json_array_size(collect->of_plans) && i < PLANS_CLOSE; i++)
        query_get(flow, place, json_integer_value(json_array_get(collect->of_plans, i)),
                  optional(&collect->plans[i]));
    if (has_streams(collect->jobs.body) && jx_object(collect->told, "scope") == NULL)
        streams_get(flow, place, optional(&collect->stream_page));
    return flow_then(flow, ask_slowest);
}

/* What was answered, under the names of the stages. */
static void tell_stages(struct collect *collect, const char *part, const json_t *of,
                        const struct reply *replies)
{
    json_t *object = json_object();

    for (size_t i = 0; i < json_array_size(of); i++) {
        struct spark_stage stage = stage_at(of, i);
        if (replies[i].body != NULL)
            json_object_set(object, facts_stage_name(&stage).text, replies[i].body);
    }
    json_object_set_new(collect->told, part, object);
}

static void tell_plans(struct collect *collect)
{
    json_t *object = json_object();

    for (size_t i = 0; i < json_array_size(collect->of_plans); i++) {
        char name[32];
        snprintf(name, sizeof name, "%lld",
                 (long long)json_integer_value(json_array_get(collect->of_plans, i)));
        if (collect->plans[i].body != NULL)
            json_object_set(object, name, collect->plans[i].body);
    }
    json_object_set_new(collect->told, "plans", object);
}

static struct next ask_slowest(struct flow *flow)
{
    struct collect *collect = flow_state(flow);

    tell_stages(collect, "summaries", collect->of_summaries, collect->summaries);
    tell_stages(collect, "failed", collect->of_failed, collect->failed);
    tell_plans(collect);
    collect->of_slowest = diagnosis_wants_slowest(collect->told);
    for (size_t i = 0; i < json_array_size(collect->of_slowest) && i < SLOWEST_CLOSE;
         i++) {
        struct spark_stage stage = stage_at(collect->of_slowest, i);
        stage_get_tasks(flow, json_object_get(flow_input(flow), "place"), &stage,
                        "sortBy=-runtime", SLOWEST_TASKS, optional(&collect->slowest[i]));
    }
    collect->of_streams = streams_read(collect->stream_page.body);
    for (size_t i = 0; i < json_array_size(collect->of_streams) && i < STREAMS_CLOSE; i++)
        stream_get(flow, json_object_get(flow_input(flow), "place"),
                   jx_string(json_array_get(collect->of_streams, i), "Run ID"),
                   optional(&collect->streams[i]));
    return flow_then(flow, give);
}

static void tell_streams(struct collect *collect)
{
    static const char *const names[] = {
        "input-rows",    "input-rate",
        "process-rate",  "aggregated-num-total-state-rows",
        "watermark-gap", "aggregated-num-rows-dropped-by-watermark"};
    json_t *list = json_array();

    for (size_t i = 0; i < json_array_size(collect->of_streams) && i < STREAMS_CLOSE;
         i++) {
        json_t *series = json_object();

        for (size_t n = 0; n < sizeof names / sizeof *names; n++)
            json_object_set_new(series, names[n],
                                stream_series(collect->streams[i].body, names[n]));
        json_array_append_new(list, jx_pack("{s:O, s:o}", "query",
                                            json_array_get(collect->of_streams, i),
                                            "series", series));
    }
    json_object_set_new(collect->told, "streams", list);
}

static struct next give(struct flow *flow)
{
    struct collect *collect = flow_state(flow);

    tell_stages(collect, "slowest", collect->of_slowest, collect->slowest);
    tell_streams(collect);
    return flow_done(flow, json_incref(collect->told));
}
