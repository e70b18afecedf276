/*
 * F3: executors that were lost, F2: tasks that failed though the job went on.
 *
 * "Executor killed by driver." is dynamic allocation at work; what ends within some seconds
 * of the application ends with it; a worker that shuts down takes its executors along.
 */
#include "diagnosis/lost.h"

#include "base/jx.h"
#include "base/text.h"
#include "diagnosis/causes.h"
#include "diagnosis/rules.h"
#include "spark/failure.h"

#include <stdio.h>
#include <string.h>

enum { END_MS = 10000, TEXT_SHOWN = 160 };

static bool is_lost(const struct facts *facts, const json_t *executor)
{
    static const char *const wanted[] = {"killed by driver", "decommission",
                                         "worker lost", "Worker shutting down"};
    const char *why = jx_string(executor, "removeReason");
    json_int_t at_ms = time_of(executor, "removeTime");

    if (why[0] == '\0' || number_of(executor, "maxTasks") == 0)
        return false;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (strstr(why, wanted[i]) != NULL)
            return false;
    return facts->is_running || at_ms == UNKNOWN || at_ms < facts->end_ms - END_MS ||
           number_of(executor, "failedTasks") > 0 || cause_of(why, "") != NULL;
}

const json_t *lost_first(const struct facts *facts, json_int_t until_ms)
{
    const json_t *found = NULL, *executor;
    json_int_t found_ms = UNKNOWN;
    size_t i;

    json_array_foreach (jx_array(facts->told, "executors"), i, executor) {
        json_int_t at_ms = time_of(executor, "removeTime");

        if (is_lost(facts, executor) && (until_ms == UNKNOWN || at_ms <= until_ms) &&
            (found == NULL || at_ms < found_ms)) {
            found = executor;
            found_ms = at_ms;
        }
    }
    return found;
}

json_int_t lost_count(const struct facts *facts)
{
    const json_t *executor;
    json_int_t count = 0;
    size_t i;

    json_array_foreach (jx_array(facts->told, "executors"), i, executor)
        count += is_lost(facts, executor);
    return count;
}

void lost_tell(const json_t *executor, const struct facts *facts, struct finding *finding)
{
    const char *why = jx_string(executor, "removeReason");
    const struct cause *cause = cause_of(why, "");
    json_int_t after_ms = span_of(facts->start_ms, time_of(executor, "removeTime"));

    finding->name = cause != NULL ? cause->name : "an executor was lost";
    finding->sure = cause != NULL ? 90 : 70;
    finding_evidence(finding, "Executor %s on %s was lost", jx_string(executor, "id"),
                     jx_string(executor, "hostPort"));
    if (after_ms != UNKNOWN)
        finding_evidence(finding, " %s after the start", in_seconds(after_ms).text);
    if (lost_count(facts) > 1)
        finding_evidence(finding, ", the first of %lld", (long long)lost_count(facts));
    finding_evidence(finding, ": %.*s", (int)text_cut(why, TEXT_SHOWN), why);
    if (cause != NULL)
        cause_advise(cause, facts, finding);
    else
        finding_change(finding,
                       "Its log says more: metric_type 'logs', executor_id %s, log "
                       "'stderr'.",
                       jx_string(executor, "id"));
}

void rule_executors_lost(const struct facts *facts, struct findings *findings)
{
    const json_t *lost = lost_first(facts, UNKNOWN);
    struct finding finding = finding_of(facts, "F3", "", NULL);
    json_int_t repeated = 0, earlier_ms = 0;

    if (lost == NULL || findings_have(findings, "F1"))
        return;
    for (size_t i = 0; i < facts->stage_count; i++) {
        repeated += facts->stages[i].stage.attempt > 0;
        if (earlier_ms < JX_INT_MAX)
            earlier_ms += facts->stages[i].earlier_ms;
    }
    lost_tell(lost, facts, &finding);
    if (repeated > 0)
        finding_evidence(&finding, ". %lld stages were done again; %s of task time lost.",
                         (long long)repeated, in_seconds(earlier_ms).text);
    finding.is_failure = true;
    finding.saves_ms = 0;
    findings_add(findings, &finding);
}

/* ---- F2 ---- */

/* What the tasks that are known have run, for all that failed. */
static json_int_t lost_ms_of(const struct stage_facts *stage, const char **error)
{
    json_int_t count = 0;
    double sum = 0;
    const json_t *member;
    size_t i;

    json_array_foreach (stage->failed, i, member) {
        struct spark_task task = spark_task_of(member);

        if (cause_is_consequence(task.error) || cause_is_wanted(task.error))
            continue;
        if (count++ == 0)
            *error = task.error;
        sum += task.duration_ms > 0 ? (double)task.duration_ms : 0;
    }
    return count > 0 ? whole_of(sum / (double)count * (double)stage->stage.tasks_failed)
                     : 0;
}

/* Tasks that ran at the same time cost the wall once. */
void rule_tasks_failed(const struct facts *facts, struct findings *findings)
{
    for (size_t i = 0; i < facts->stage_count; i++) {
        const struct stage_facts *stage = &facts->stages[i];
        const char *error = "";
        json_int_t lost_ms = lost_ms_of(stage, &error),
                   failed = stage->stage.tasks_failed;
        double at_once = (double)failed < stage->slots ? (double)failed : stage->slots;
        struct finding finding;
        struct failure failure;
        const struct cause *cause;

        if (lost_ms == 0 || strcmp(stage->stage.status, "FAILED") == 0)
            continue;
        failure = failure_of(error);
        cause = cause_of(failure.what, error);
        finding = finding_of(facts, "F2", "tasks failed and were done again", stage);
        finding.saves_ms = whole_of((double)lost_ms / at_once);
        finding.sure = 85;
        text_copy(finding.at, sizeof finding.at,
                  failure.where[0] != '\0' ? failure.where : finding.at);
        finding_evidence(&finding, "%lld of %lld tasks failed after %s in all: %.*s",
                         (long long)failed, (long long)stage->stage.tasks,
                         in_seconds(lost_ms).text,
                         (int)text_cut(failure.what, TEXT_SHOWN), failure.what);
        if (cause != NULL)
            cause_advise(cause, facts, &finding);
        else
            finding_change(&finding, "Mend what makes them fail; more attempts "
                                     "(spark.task.maxFailures) only repeat it.");
        findings_add(findings, &finding);
    }
}
