/*
 * F1: why it failed. The last job or execution that failed is the one that counts; of its
 * events the earliest, and of that the innermost exception. What only follows from the end of
 * an executor is told by that executor's end.
 */
#include "diagnosis/causes.h"
#include "diagnosis/lost.h"
#include "diagnosis/rules.h"

#include "base/jx.h"
#include "base/text.h"
#include "spark/failure.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_SHOWN = 220 };

struct event {
    const char *text; /* "" for none */
    json_int_t at_ms;
};

/* ---- what failed ---- */

static struct spark_stage failed_stage_of(const struct facts *facts,
                                          const struct spark_job *job)
{
    struct spark_stage found = {.id = UNKNOWN, .failure = "", .name = ""};
    const json_t *member;
    size_t i;

    json_array_foreach (facts->all_stages, i, member) {
        if (jx_is(member, "status", "FAILED") &&
            ids_have(job->stage_ids, number_of(member, "stageId")) &&
            (found.id == UNKNOWN || number_of(member, "attemptId") > found.attempt))
            found = spark_stage_of(member);
    }
    return found;
}

/* Of the execution that the job belongs to; "" when it has none. */
static const char *error_of_query(const struct facts *facts, json_int_t job_id)
{
    const json_t *queries = jx_array(facts->told, "queries"), *member;
    json_int_t id = query_of_job(queries, job_id);
    size_t i;

    json_array_foreach (queries, i, member)
        if (id != UNKNOWN && number_of(member, "id") == id)
            return jx_string(member, "errorMessage");
    return "";
}

static bool is_cancelled(const struct facts *facts, const struct spark_job *job)
{
    struct spark_stage stage = failed_stage_of(facts, job);

    return cause_is_wanted(stage.id != UNKNOWN ? stage.failure
                                               : error_of_query(facts, job->id));
}

/* Others succeeded after it, so the application did not end by it. */
static bool went_on(const struct facts *facts, json_int_t job_id, json_int_t query_id)
{
    const json_t *member;
    size_t i;

    json_array_foreach (facts->jobs, i, member) {
        if (job_id != UNKNOWN && number_of(member, "jobId") > job_id &&
            jx_is(member, "status", "SUCCEEDED"))
            return true;
    }
    if (job_id != UNKNOWN || jx_object(facts->told, "scope") != NULL)
        return false;
    json_array_foreach (jx_array(facts->told, "queries"), i, member)
        if (query_id != UNKNOWN && number_of(member, "id") > query_id &&
            jx_is(member, "status", "COMPLETED"))
            return true;
    return false;
}

static struct spark_job last_failed_job(const struct facts *facts)
{
    struct spark_job found = {.id = UNKNOWN, .name = ""};
    const json_t *member;
    size_t i;

    json_array_foreach (facts->jobs, i, member) {
        struct spark_job job = spark_job_of(member);
        if (strcmp(job.status, "FAILED") == 0 && job.id > found.id &&
            !is_cancelled(facts, &job))
            found = job;
    }
    return found;
}

static struct spark_query last_failed_query(const struct facts *facts)
{
    const json_t *scope = jx_object(facts->told, "scope"), *member;
    json_int_t execution = jx_int_or(scope, "execution", UNKNOWN);
    struct spark_query found = {.id = UNKNOWN, .error = "", .description = ""};
    size_t i;

    if (jx_has_string(scope, "group"))
        return found;
    json_array_foreach (jx_array(facts->told, "queries"), i, member) {
        struct spark_query query = spark_query_of(member);
        if (strcmp(query.status, "FAILED") == 0 && query.id > found.id &&
            !cause_is_wanted(query.error) &&
            (execution == UNKNOWN || execution == query.id || execution == query.root))
            found = query;
    }
    return found;
}

/* ---- its events ---- */

static void take_earlier(struct event *event, const char *text, json_int_t at_ms)
{
    if (text[0] != '\0' && !cause_is_wanted(text) &&
        (event->text[0] == '\0' || (at_ms != UNKNOWN && at_ms < event->at_ms)))
        *event = (struct event){text, at_ms};
}

/* The earliest failure of a task that is a cause of its own; else of any task. */
static struct event first_task_failure(const struct facts *facts,
                                       const struct spark_job *job,
                                       const struct spark_stage *failed)
{
    struct event own = {"", UNKNOWN}, any = {"", UNKNOWN};
    const json_t *member, *tasks, *row;
    size_t i, at;

    json_array_foreach (facts->all_stages, i, member) {
        struct spark_stage stage = spark_stage_of(member);

        if (!ids_have(job->stage_ids, stage.id))
            continue;
        if (failed->id != UNKNOWN && failed->id != stage.id)
            continue;
        tasks = json_object_get(jx_object(facts->told, "failed"),
                                facts_stage_name(&stage).text);
        json_array_foreach (tasks, at, row) {
            struct spark_task task = spark_task_of(row);
            json_int_t end_ms = task.start_ms != UNKNOWN && task.duration_ms != UNKNOWN
                                    ? task.start_ms + task.duration_ms
                                    : task.start_ms;
            take_earlier(&any, task.error, end_ms);
            if (!cause_is_consequence(task.error))
                take_earlier(&own, task.error, end_ms);
        }
    }
    return own.text[0] != '\0' ? own : any;
}

/* ---- the finding ---- */

static void set_line(struct finding *finding, const struct failure *failure)
{
    if (failure->where[0] != '\0')
        text_copy(finding->at, sizeof finding->at, failure->where);
}

static void tell_unknown(struct finding *finding, const struct failure *failure)
{
    bool is_drivers = finding->job == UNKNOWN && finding->at[0] != '\0';

    if (failure->where[0] != '\0' || is_drivers) {
        finding->name = "your own code raised an exception";
        finding->sure = 95;
        finding_change(finding, "Mend it at that line, or leave the records out that it "
                                "cannot take.");
        return;
    }
    finding->name = "an exception that is not one of the known causes";
    finding->sure = 50;
    finding_change(finding, "See metric_type 'failures' for its stack, and 'logs' of the "
                            "driver.");
}

static void tell_text(struct finding *finding, const struct facts *facts,
                      const char *text)
{
    struct failure failure = failure_of(text);
    const struct cause *cause = finding->job == UNKNOWN
                                    ? cause_of_driver(failure.what, text)
                                    : cause_of(failure.what, text);

    if (failure.what[0] == '\0')
        finding_evidence(finding, "Spark keeps no text of why");
    else
        finding_evidence(finding, "Spark says: %.*s",
                         (int)text_cut(failure.what, TEXT_SHOWN), failure.what);
    set_line(finding, &failure);
    if (cause == NULL) {
        tell_unknown(finding, &failure);
        return;
    }
    finding->name = cause->name;
    finding->sure = 95;
    cause_advise(cause, facts, finding);
}

static void tell(struct finding *finding, const struct facts *facts,
                 const struct event *event, json_int_t until_ms)
{
    const json_t *lost = NULL;

    if (cause_is_consequence(event->text))
        lost = lost_first(facts, until_ms);
    if (lost == NULL) {
        tell_text(finding, facts, event->text);
        return;
    }
    lost_tell(lost, facts, finding);
}

/* What ended the driver, when that was not the job or execution that failed last. The user's
 * frame stands before the exception (spark/cause.h): File "/jobs/a.py", line 3, in main */
static void tell_driver(const struct facts *facts, const char *text,
                        struct findings *findings)
{
    struct finding finding = finding_of(facts, "F1", "", NULL);
    const char *end = strchr(text, '\n');

    finding.is_failure = true;
    if (end != NULL && text_starts_with(text, "File \"")) {
        snprintf(finding.at, sizeof finding.at, "%.*s", (int)(end - text), text);
        text = end + 1;
    }
    tell_text(&finding, facts, text);
    findings_add(findings, &finding);
}

void rule_failed(const struct facts *facts, struct findings *findings)
{
    const char *driver = jx_string(jx_object(facts->told, "driver"), "exitCause");
    struct spark_job job = last_failed_job(facts);
    struct spark_query query = last_failed_query(facts);
    struct spark_stage stage = failed_stage_of(facts, &job);
    struct event event = first_task_failure(facts, &job, &stage);
    bool others_followed = went_on(facts, job.id, query.id);
    struct finding finding = finding_of(facts, "F1", "", NULL);

    if (driver[0] != '\0' &&
        (others_followed || (job.id == UNKNOWN && query.id == UNKNOWN))) {
        tell_driver(facts, driver, findings);
        return;
    }
    if (job.id == UNKNOWN && query.id == UNKNOWN)
        return;
    if (job.id != UNKNOWN) {
        finding = finding_of(facts, "F1", "", facts_stage(facts, stage.id));
        finding.job = job.id;
        take_earlier(&event, stage.failure, job.end_ms);
        query.id = query_of_job(jx_array(facts->told, "queries"), job.id);
    } else {
        event.text = query.error[0] != '\0' ? query.error : driver;
    }
    finding.query = query.id;
    finding.is_failure = true;
    if (others_followed)
        finding.saves_ms = 0;
    tell(&finding, facts, &event, job.end_ms);
    findings_add(findings, &finding);
}
