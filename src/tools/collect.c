/*
 * One turn finds the application, one asks for the lists, one for what is told of the stages
 * and plans that matter, one for the slowest tasks where they stand out and for streams: in
 * all less than 30 requests.
 */
#include "tools/collect.h"

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

/* What is asked about some stages or executions: about which, and the answers. */
struct closely {
    json_t *of;
    struct reply answers[STAGES_CLOSE];
};

struct collect {
    struct reply place, jobs, stages, executors, queries, environment, storage;
    struct closely summaries, failed, slowest, plans, streams;
    struct reply stream_page;
    json_t *told;
};

static flow_step find, ask, ask_closely, ask_slowest, give;

static void release(void *state)
{
    struct collect *collect = state;

    json_decref(collect->told);
    json_decref(collect->summaries.of);
    json_decref(collect->failed.of);
    json_decref(collect->slowest.of);
    json_decref(collect->plans.of);
    json_decref(collect->streams.of);
}

static const struct flow_type collect_flow = {.name = "collect",
                                              .first = find,
                                              .state_size = sizeof(struct collect),
                                              .release = release};

void collect_get(struct flow *flow, const char *application, const char *submission_id,
                 json_t *scope, struct reply *reply)
{
    flow_run(flow, &collect_flow,
             jx_pack("{s:s, s:s, s:o}", "application", application, "submission",
                     submission_id, "scope", scope != NULL ? scope : json_null()),
             reply);
}

static struct next find(struct flow *flow)
{
    struct collect *collect = flow_state(flow);

    watching_find(flow, jx_string(flow_input(flow), "application"),
                  jx_string(flow_input(flow), "submission"), &collect->place);
    return flow_then(flow, ask);
}

/* ---- the lists ---- */

static struct next ask(struct flow *flow)
{
    static const char *const executor_keys[] = {"id",
                                                "hostPort",
                                                "isActive",
                                                "totalCores",
                                                "maxTasks",
                                                "resources",
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
                                                NULL},
                             *const storage_keys[] = {
                                 "id",         "numPartitions", "numCachedPartitions",
                                 "memoryUsed", "storageLevel",  NULL};
    struct collect *collect = flow_state(flow);
    const json_t *place = collect->place.body;

    jobs_get(flow, place, &collect->jobs);
    stages_get(flow, place, &collect->stages);
    rows_get(flow, place, "allexecutors", executor_keys, optional(&collect->executors));
    queries_get(flow, place, optional(&collect->queries));
    watching_get(flow, place, "environment", optional(&collect->environment));
    rows_get(flow, place, "storage/rdd", storage_keys, optional(&collect->storage));
    return flow_then(flow, ask_closely);
}

static void tell(json_t *told, const char *part, const json_t *body)
{
    if (body != NULL)
        json_object_set(told, part, (json_t *)body);
}

/* Of the session's last operation, as Spark knows it; NULL when it has had none. */
static json_t *scope_of_last(const json_t *jobs)
{
    struct spark_job last = {.id = UNKNOWN, .group = ""};
    const json_t *member;
    size_t i;

    json_array_foreach (jobs, i, member) {
        struct spark_job job = spark_job_of(member);
        if (run_is_id(job.group) && job.id > last.id)
            last = job;
    }
    return last.id != UNKNOWN ? jx_pack("{s:s}", "group", last.group) : NULL;
}

static void set_scope(struct flow *flow)
{
    struct collect *collect = flow_state(flow);
    json_t *scope = jx_object(flow_input(flow), "scope");

    if (jx_bool(scope, "last"))
        scope = scope_of_last(collect->jobs.body);
    else
        json_incref(scope);
    if (scope != NULL)
        json_object_set_new(collect->told, "scope", scope);
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

static json_int_t id_at(const struct closely *closely, size_t i)
{
    return json_integer_value(json_array_get(closely->of, i));
}

static size_t count_of(const struct closely *closely, size_t most)
{
    size_t count = json_array_size(closely->of);

    return count < most ? count : most;
}

static struct next ask_closely(struct flow *flow)
{
    struct collect *collect = flow_state(flow);
    const json_t *place = collect->place.body;
    json_auto_t *wants = NULL;
    size_t i;

    collect->told = json_object();
    tell(collect->told, "place", place);
    tell(collect->told, "jobs", collect->jobs.body);
    tell(collect->told, "stages", collect->stages.body);
    tell(collect->told, "executors", collect->executors.body);
    tell(collect->told, "queries", collect->queries.body);
    tell(collect->told, "storage", collect->storage.body);
    tell(collect->told, "settings",
         jx_array(collect->environment.body, "sparkProperties"));
    set_scope(flow);
    wants = diagnosis_wants(collect->told);
    collect->summaries.of = json_incref(jx_array(wants, "summaries"));
    collect->failed.of = json_incref(jx_array(wants, "failed"));
    collect->plans.of = json_incref(jx_array(wants, "plans"));
    for (i = 0; i < count_of(&collect->summaries, STAGES_CLOSE); i++) {
        struct spark_stage stage = stage_at(collect->summaries.of, i);
        stage_get_summary(flow, place, &stage, FACTS_QUANTILES,
                          optional(&collect->summaries.answers[i]));
    }
    for (i = 0; i < count_of(&collect->failed, FAILED_CLOSE); i++) {
        struct spark_stage stage = stage_at(collect->failed.of, i);
        stage_get_tasks(flow, place, &stage, "status=FAILED", FAILED_TASKS,
                        optional(&collect->failed.answers[i]));
    }
    for (i = 0; i < count_of(&collect->plans, PLANS_CLOSE); i++)
        query_get(flow, place, id_at(&collect->plans, i),
                  optional(&collect->plans.answers[i]));
    if (has_streams(collect->jobs.body) && jx_object(collect->told, "scope") == NULL)
        streams_get(flow, place, optional(&collect->stream_page));
    return flow_then(flow, ask_slowest);
}

/* What was answered, under the names of the stages. */
static void tell_stages(struct collect *collect, const char *part,
                        const struct closely *closely)
{
    json_t *object = json_object();

    for (size_t i = 0; i < count_of(closely, STAGES_CLOSE); i++) {
        struct spark_stage stage = stage_at(closely->of, i);
        if (closely->answers[i].body != NULL)
            json_object_set(object, facts_stage_name(&stage).text,
                            closely->answers[i].body);
    }
    json_object_set_new(collect->told, part, object);
}

static void tell_plans(struct collect *collect)
{
    json_t *object = json_object();

    for (size_t i = 0; i < count_of(&collect->plans, PLANS_CLOSE); i++) {
        char name[32];
        snprintf(name, sizeof name, "%lld", (long long)id_at(&collect->plans, i));
        if (collect->plans.answers[i].body != NULL)
            json_object_set(object, name, collect->plans.answers[i].body);
    }
    json_object_set_new(collect->told, "plans", object);
}

static struct next ask_slowest(struct flow *flow)
{
    struct collect *collect = flow_state(flow);
    const json_t *place = collect->place.body;
    size_t i;

    tell_stages(collect, "summaries", &collect->summaries);
    tell_stages(collect, "failed", &collect->failed);
    tell_plans(collect);
    collect->slowest.of = diagnosis_wants_slowest(collect->told);
    for (i = 0; i < count_of(&collect->slowest, SLOWEST_CLOSE); i++) {
        struct spark_stage stage = stage_at(collect->slowest.of, i);
        stage_get_tasks(flow, place, &stage, "sortBy=-runtime", SLOWEST_TASKS,
                        optional(&collect->slowest.answers[i]));
    }
    collect->streams.of = streams_read(collect->stream_page.body);
    for (i = 0; i < count_of(&collect->streams, STREAMS_CLOSE); i++)
        stream_get(flow, place,
                   jx_string(json_array_get(collect->streams.of, i), "Run ID"),
                   optional(&collect->streams.answers[i]));
    return flow_then(flow, give);
}

static void tell_streams(struct collect *collect)
{
    static const char *const names[] = {
        "input-rows",    "input-rate",
        "process-rate",  "aggregated-num-total-state-rows",
        "watermark-gap", "aggregated-num-rows-dropped-by-watermark"};
    json_t *list = json_array();

    for (size_t i = 0; i < count_of(&collect->streams, STREAMS_CLOSE); i++) {
        json_t *series = json_object();

        for (size_t n = 0; n < sizeof names / sizeof *names; n++)
            json_object_set_new(
                series, names[n],
                stream_series(collect->streams.answers[i].body, names[n]));
        json_array_append_new(list, jx_pack("{s:O, s:o}", "query",
                                            json_array_get(collect->streams.of, i),
                                            "series", series));
    }
    json_object_set_new(collect->told, "streams", list);
}

static struct next give(struct flow *flow)
{
    struct collect *collect = flow_state(flow);

    tell_stages(collect, "slowest", &collect->slowest);
    tell_streams(collect);
    return flow_done(flow, json_incref(collect->told));
}
