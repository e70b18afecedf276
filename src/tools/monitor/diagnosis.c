/*
 * What was slow or broken in an application, why and what to change: one turn asks for the
 * lists, one for what is told of the stages and plans that matter, one for the slowest tasks
 * where they stand out. At most 30 requests; src/diagnosis concludes from what came.
 */
#include "base/buffer.h"
#include "base/jx.h"
#include "diagnosis/findings.h"
#include "spark/driver.h"
#include "spark/rows.h"
#include "spark/session.h"
#include "tools/monitor/masking.h"
#include "tools/monitor/subject.h"
#include "tools/monitor/view.h"

#include <stdio.h>
#include <string.h>

enum { FAILED_CLOSE = 3, SLOWEST_CLOSE = 3, FAILED_TASKS = 5, SLOWEST_TASKS = 3 };

struct diagnosis {
    struct reply place, driver, jobs, stages, executors, queries, environment, storage;
    struct reply summaries[STAGES_CLOSE], failed[FAILED_CLOSE], slowest[SLOWEST_CLOSE];
    struct reply plans[PLANS_CLOSE];
    json_t *told;
    json_t *of_summaries, *of_failed, *of_slowest, *of_plans; /* whose these are */
};

static flow_step find, ask, ask_closely, ask_slowest, conclude;
static void describe(const json_t *result, struct buffer *text);

static void release(void *state)
{
    struct diagnosis *diagnosis = state;

    json_decref(diagnosis->told);
    json_decref(diagnosis->of_summaries);
    json_decref(diagnosis->of_failed);
    json_decref(diagnosis->of_slowest);
    json_decref(diagnosis->of_plans);
}

const struct view diagnosis_view = {
    .name = "diagnosis",
    .part = "diagnosis",
    .takes = SUBJECT_IDS " execution_id",
    .check = subject_check,
    .flow = {.name = "diagnosis",
             .first = find,
             .state_size = sizeof(struct diagnosis),
             .release = release},
    .describe = describe,
};

/* A driver that failed before it had an application tells why nevertheless. */
static struct next find(struct flow *flow)
{
    struct diagnosis *diagnosis = flow_state(flow);
    const char *submission = jx_string(flow_input(flow), "submission_id");

    if (submission[0] != '\0') {
        driver_follow(flow, submission, 0, true, &diagnosis->driver);
        subject_find(flow, optional(&diagnosis->place));
    } else {
        subject_find(flow, &diagnosis->place);
    }
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
    struct diagnosis *diagnosis = flow_state(flow);
    const json_t *place = diagnosis->place.body;

    if (place == NULL && !jx_has_string(diagnosis->driver.body, "exitCause"))
        return flow_fail(flow, &diagnosis->place.error);
    if (place != NULL) {
        jobs_get(flow, place, &diagnosis->jobs);
        stages_get(flow, place, &diagnosis->stages);
        rows_get(flow, place, "allexecutors", executor_keys,
                 optional(&diagnosis->executors));
        queries_get(flow, place, optional(&diagnosis->queries));
        watching_get(flow, place, "environment", optional(&diagnosis->environment));
        watching_get(flow, place, "storage/rdd", optional(&diagnosis->storage));
    }
    return flow_then(flow, ask_closely);
}

static void tell(json_t *told, const char *part, const json_t *body)
{
    if (body != NULL)
        json_object_set(told, part, (json_t *)body);
}

/* Of the session's application, when nothing else is named: its last operation. */
static void set_scope(struct flow *flow)
{
    struct diagnosis *diagnosis = flow_state(flow);
    const json_t *arguments = flow_input(flow), *member;
    struct spark_job last = {.id = UNKNOWN, .group = ""};
    size_t i;

    if (json_object_get(arguments, "execution_id") != NULL) {
        json_object_set_new(
            diagnosis->told, "scope",
            jx_pack("{s:I}", "execution", jx_int(arguments, "execution_id")));
        return;
    }
    if (jx_has_string(arguments, "application_id") ||
        jx_has_string(arguments, "submission_id"))
        return;
    json_array_foreach (diagnosis->jobs.body, i, member) {
        struct spark_job job = spark_job_of(member);
        if (strncmp(job.group, "op-", strlen("op-")) == 0 && job.id > last.id)
            last = job;
    }
    if (last.id != UNKNOWN)
        json_object_set_new(diagnosis->told, "scope",
                            jx_pack("{s:s}", "group", last.group));
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
    struct diagnosis *diagnosis = flow_state(flow);
    const json_t *place = diagnosis->place.body;
    size_t i;

    diagnosis->told = json_object();
    tell(diagnosis->told, "place", place);
    tell(diagnosis->told, "driver", diagnosis->driver.body);
    tell(diagnosis->told, "jobs", diagnosis->jobs.body);
    tell(diagnosis->told, "stages", diagnosis->stages.body);
    tell(diagnosis->told, "executors", diagnosis->executors.body);
    tell(diagnosis->told, "queries", diagnosis->queries.body);
    tell(diagnosis->told, "storage", diagnosis->storage.body);
    tell(diagnosis->told, "settings",
         jx_array(diagnosis->environment.body, "sparkProperties"));
    set_scope(flow);
    diagnosis->of_summaries = diagnosis_wants_summaries(diagnosis->told);
    diagnosis->of_failed = diagnosis_wants_failed(diagnosis->told);
    diagnosis->of_plans = diagnosis_wants_plans(diagnosis->told);
    for (i = 0; i < json_array_size(diagnosis->of_summaries) && i < STAGES_CLOSE; i++) {
        struct spark_stage stage = stage_at(diagnosis->of_summaries, i);
        stage_get_summary(flow, place, &stage, FACTS_QUANTILES,
                          optional(&diagnosis->summaries[i]));
    }
    for (i = 0; i < json_array_size(diagnosis->of_failed) && i < FAILED_CLOSE; i++) {
        struct spark_stage stage = stage_at(diagnosis->of_failed, i);
        stage_get_tasks(flow, place, &stage, "status=FAILED", FAILED_TASKS,
                        optional(&diagnosis->failed[i]));
    }
    for (i = 0; i < json_array_size(diagnosis->of_plans) && i < PLANS_CLOSE; i++)
        query_get(flow, place, json_integer_value(json_array_get(diagnosis->of_plans, i)),
                  optional(&diagnosis->plans[i]));
    return flow_then(flow, ask_slowest);
}

/* What was answered, under the names of the stages. */
static void tell_stages(struct diagnosis *diagnosis, const char *part, const json_t *of,
                        const struct reply *replies)
{
    json_t *object = json_object();

    for (size_t i = 0; i < json_array_size(of); i++) {
        struct spark_stage stage = stage_at(of, i);
        if (replies[i].body != NULL)
            json_object_set(object, facts_stage_name(&stage).text, replies[i].body);
    }
    json_object_set_new(diagnosis->told, part, object);
}

static void tell_plans(struct diagnosis *diagnosis)
{
    json_t *object = json_object();

    for (size_t i = 0; i < json_array_size(diagnosis->of_plans); i++) {
        char name[32];
        snprintf(name, sizeof name, "%lld",
                 (long long)json_integer_value(json_array_get(diagnosis->of_plans, i)));
        if (diagnosis->plans[i].body != NULL)
            json_object_set(object, name, diagnosis->plans[i].body);
    }
    json_object_set_new(diagnosis->told, "plans", object);
}

static struct next ask_slowest(struct flow *flow)
{
    struct diagnosis *diagnosis = flow_state(flow);

    tell_stages(diagnosis, "summaries", diagnosis->of_summaries, diagnosis->summaries);
    tell_stages(diagnosis, "failed", diagnosis->of_failed, diagnosis->failed);
    tell_plans(diagnosis);
    diagnosis->of_slowest = diagnosis_wants_slowest(diagnosis->told);
    for (size_t i = 0; i < json_array_size(diagnosis->of_slowest) && i < SLOWEST_CLOSE;
         i++) {
        struct spark_stage stage = stage_at(diagnosis->of_slowest, i);
        stage_get_tasks(flow, diagnosis->place.body, &stage, "sortBy=-runtime",
                        SLOWEST_TASKS, optional(&diagnosis->slowest[i]));
    }
    return flow_then(flow, conclude);
}

/* ---- the answer ---- */

/* What is quoted of Spark's texts may hold a password. */
static void mask(json_t *finding, const char *key)
{
    struct buffer text = {0};
    const char *said = jx_string(finding, key);

    masking_add(&text, said, strlen(said));
    jx_set_string(finding, key, buffer_text(&text));
    buffer_release(&text);
}

static json_t *masked(json_t *diagnosis)
{
    json_t *finding;
    size_t i;

    json_array_foreach (jx_array(diagnosis, "findings"), i, finding)
        mask(finding, "evidence");
    return diagnosis;
}

static struct next conclude(struct flow *flow)
{
    struct diagnosis *diagnosis = flow_state(flow);
    const json_t *scope = jx_object(diagnosis->told, "scope");
    json_t *result = diagnosis->place.body != NULL ? subject_result(diagnosis->place.body)
                                                   : json_object();

    tell_stages(diagnosis, "slowest", diagnosis->of_slowest, diagnosis->slowest);
    json_object_set_new(result, "diagnosis", masked(diagnose(diagnosis->told)));
    if (jx_has_string(scope, "group"))
        jx_set_format(result, "about", "the last operation, %s",
                      jx_string(scope, "group"));
    return flow_done(flow, result);
}

static void describe_finding(const json_t *finding, struct buffer *text)
{
    buffer_printf(text, "\n%s: %s (%s", jx_string(finding, "severity"),
                  jx_string(finding, "name"), jx_string(finding, "id"));
    if (json_object_get(finding, "savesSeconds") != NULL)
        buffer_printf(text, ", saves about %.1f s",
                      json_number_value(json_object_get(finding, "savesSeconds")));
    buffer_printf(text, ", %lld %% sure)\n  %s\n", (long long)jx_int(finding, "sure"),
                  jx_string(finding, "evidence"));
    if (json_object_get(finding, "jobId") != NULL)
        buffer_printf(text, "  In job %lld", (long long)jx_int(finding, "jobId"));
    if (json_object_get(finding, "stageId") != NULL)
        buffer_printf(text, ", stage %lld", (long long)jx_int(finding, "stageId"));
    if (json_object_get(finding, "executionId") != NULL)
        buffer_printf(text, ", execution %lld",
                      (long long)jx_int(finding, "executionId"));
    if (jx_has_string(finding, "at"))
        buffer_printf(text, "  At %s", jx_string(finding, "at"));
    buffer_printf(text, "\n  Change: %s\n", jx_string(finding, "change"));
}

static void describe(const json_t *result, struct buffer *text)
{
    const json_t *diagnosis = jx_object(result, "diagnosis"), *finding;
    size_t i;

    if (jx_has_string(result, "about"))
        buffer_printf(text, "About %s.\n", jx_string(result, "about"));
    buffer_printf(text, "%s\n", jx_string(diagnosis, "verdict"));
    json_array_foreach (jx_array(diagnosis, "findings"), i, finding)
        describe_finding(finding, text);
    buffer_printf(text, "\nLooked at %s.\n", jx_string(diagnosis, "lookedAt"));
    if (json_array_size(jx_array(diagnosis, "undecided")) > 0) {
        buffer_add_text(text, "Not decided: ");
        jx_join(text, jx_array(diagnosis, "undecided"), "; ");
        buffer_add_text(text, ".\n");
    }
}
