/*
 * kill-spark-job: asks for the end of a driver, of an operation in the session, or of what
 * Spark's pages can end (kill_link.h), waits until it is gone, and says what it was. Spark itself answers the request at once and
 * kills up to ten seconds later.
 */
#include "tools/tool.h"

#include "base/clock.h"
#include "base/jx.h"
#include "base/text.h"
#include "embedded.h"
#include "spark/driver_state.h"
#include "spark/find_driver.h"
#include "spark/kill_link.h"
#include "spark/run.h"
#include "spark/session.h"
#include "spark/submission.h"
#include "tools/long_work.h"

#include <stdio.h>
#include <string.h>

enum { POLL_MS = 300 };

struct kill {
    struct reply before, successor, asked, status, session;
    char id[160]; /* the job's present one */
    char state_before[24];
    int64_t begun_ms;
};

static flow_step ask_state, pass_on, ask_end, find_present, ask_present, follow,
    check_state, tell_end;
static bool check(const json_t *arguments, struct error *error);
static bool is_of_operation(const json_t *arguments);
static void describe(const json_t *result, struct buffer *text);

const struct tool kill_spark_job = {
    .name = "kill-spark-job",
    .definition = embedded_kill_spark_job,
    .writes = true,
    .needs_spark = true,
    .is_about_server = is_of_operation,
    .check = check,
    .flow = {.name = "kill-spark-job",
             .first = ask_state,
             .state_size = sizeof(struct kill)},
    .describe = describe,
};

static const char *given_id(struct flow *flow)
{
    return jx_string(flow_input(flow), "submission_id");
}

/* Either key takes either id. "" when it is a driver's. */
static const char *operation_of(const json_t *arguments)
{
    const char *id = jx_string(arguments, "submission_id");

    if (jx_has_string(arguments, "operation_id"))
        return jx_string(arguments, "operation_id");
    return run_is_id(id) ? id : "";
}

static bool is_of_operation(const json_t *arguments)
{
    return operation_of(arguments)[0] != '\0';
}

/* "application", "job" or "stage", of which Spark's pages end one; NULL: none is named. */
static const char *part_of(const json_t *arguments)
{
    return json_object_get(arguments, "stage_id") != NULL ? "stage"
           : json_object_get(arguments, "job_id") != NULL ? "job"
           : jx_has_string(arguments, "application_id")   ? "application"
                                                          : NULL;
}

static bool check(const json_t *arguments, struct error *error)
{
    const char *id = jx_string(arguments, "submission_id"), *part = part_of(arguments);

    if (part != NULL && (id[0] != '\0' || is_of_operation(arguments) ||
                         (json_object_get(arguments, "job_id") &&
                          json_object_get(arguments, "stage_id")))) {
        error_set(error, ERROR_ARGUMENTS, "more than one thing to end was named");
        error_hint(error, "Name one: a submission, an operation, or an application with "
                          "at most one of job_id and stage_id.");
        return false;
    }
    if (part != NULL || is_of_operation(arguments))
        return true;
    if (id[0] == '\0') {
        error_set(error, ERROR_ARGUMENTS, "nothing to end was named");
        error_hint(
            error,
            "Give a submission_id, operation_id or application_id; monitor-cluster "
            "with metric_type 'drivers' lists submissions.");
        return false;
    }
    if (text_starts_with(id, "app-")) {
        error_set(error, ERROR_ARGUMENTS, "'%.100s' is an application, not a submission",
                  id);
        error_hint(
            error,
            "Give the submissionId of the job that runs it (it begins with 'driver-'), "
            "which monitor-cluster lists with metric_type 'drivers'; without one, give "
            "it as application_id.");
        return false;
    }
    return true;
}

static struct next ask_state(struct flow *flow)
{
    struct kill *kill = flow_state(flow);

    if (is_of_operation(flow_input(flow))) {
        long_work_kill(flow, operation_of(flow_input(flow)), &kill->asked);
        return flow_then(flow, pass_on);
    }
    if (part_of(flow_input(flow)) != NULL) {
        const json_t *arguments = flow_input(flow);
        const char *part = part_of(arguments);
        kill_link_follow(
            flow, part, jx_string(arguments, "application_id"),
            jx_int(arguments, strcmp(part, "stage") == 0 ? "stage_id" : "job_id"),
            long_work_kill_limit_ms(), &kill->asked);
        return flow_then(flow, pass_on);
    }
    kill->begun_ms = clock_ms();
    text_copy(kill->id, sizeof kill->id, given_id(flow));
    submission_get_status(flow, kill->id, &kill->before);
    return flow_then(flow, ask_end);
}

static struct next pass_on(struct flow *flow)
{
    struct kill *kill = flow_state(flow);

    return flow_done(flow, json_incref(kill->asked.body));
}

static json_t *result_of(struct flow *flow, bool is_killed, const char *state)
{
    struct kill *kill = flow_state(flow);
    json_t *result = jx_pack("{s:s, s:b, s:s}", "submissionId", kill->id, "killed",
                             is_killed, "state", state);

    if (strcmp(kill->id, given_id(flow)) != 0)
        jx_set_string(result, "relaunchedFrom", given_id(flow));
    jx_set_string(result, "stateBefore", kill->state_before);
    return result;
}

static bool is_over(const struct kill *kill)
{
    return clock_ms() - kill->begun_ms >= long_work_kill_limit_ms();
}

static struct next ask_end(struct flow *flow)
{
    struct kill *kill = flow_state(flow);
    enum driver_state state = driver_state_of(kill->before.body, "driverState");

    text_copy(kill->state_before, sizeof kill->state_before,
              jx_string(kill->before.body, "driverState"));
    if (state == DRIVER_RELAUNCHING) {
        find_driver_successor(flow, kill->id, &kill->successor);
        return flow_then(flow, find_present);
    }
    if (driver_state_is_end(state))
        return flow_done(flow, result_of(flow, false, kill->state_before));
    submission_kill(flow, kill->id, &kill->asked);
    return flow_then(flow, follow);
}

/* ---- a supervised driver that the master has submitted again ---- */

static struct next tell_alike(struct flow *flow, const json_t *alike)
{
    json_t *result = result_of(flow, false, "RELAUNCHING");
    struct buffer names = {0};

    jx_join(&names, alike, ", ");
    if (names.length > 0)
        jx_set_format(
            result, "next",
            "Its worker was lost and the master submitted it again, it seems as "
            "%s, which cannot be told apart from other jobs yet: kill it by that "
            "id if it is yours.",
            buffer_text(&names));
    else
        jx_set_string(
            result, "next",
            "Its worker was lost and the master submitted it again, but none of "
            "the master's drivers is that one any more: nothing of it runs.");
    buffer_release(&names);
    return flow_done(flow, result);
}

static struct next find_present(struct flow *flow)
{
    struct kill *kill = flow_state(flow);
    const json_t *alike = jx_array(kill->successor.body, "alike");

    if (jx_has_string(kill->successor.body, "id")) {
        text_copy(kill->id, sizeof kill->id, jx_string(kill->successor.body, "id"));
        return ask_present(flow);
    }
    if (json_array_size(alike) == 0 || is_over(kill))
        return tell_alike(flow, alike);
    flow_sleep(flow, POLL_MS); /* it may get a worker, and then a log that names it */
    return flow_then(flow, ask_present);
}

static struct next ask_present(struct flow *flow)
{
    struct kill *kill = flow_state(flow);

    submission_get_status(flow, kill->id, &kill->before);
    return flow_then(flow, ask_end);
}

/* ---- waiting for its end ---- */

static struct next follow(struct flow *flow)
{
    struct kill *kill = flow_state(flow);

    flow_report(flow, (double)(clock_ms() - kill->begun_ms) / 1000, 0, "ending %s",
                kill->id);
    submission_get_status(flow, kill->id, optional(&kill->status));
    flow_sleep(flow, POLL_MS);
    return flow_then(flow, check_state);
}

static struct next check_state(struct flow *flow)
{
    struct kill *kill = flow_state(flow);
    const char *state = jx_string(kill->status.body, "driverState");
    json_t *result;

    if (driver_state_is_end(driver_state_parse(state))) {
        /* The next call must not meet it. */
        if (strcmp(kill->id, session_driver_id()) == 0)
            session_examine(flow, optional(&kill->session));
        return flow_then(flow, tell_end);
    }
    if (driver_state_parse(state) == DRIVER_RELAUNCHING)
        return ask_present(flow);
    if (!is_over(kill))
        return follow(flow);
    result = result_of(flow, false, state[0] != '\0' ? state : "UNKNOWN");
    jx_set_string(result, "next",
                  "Spark accepted the request, but the driver has not ended yet; "
                  "look again with monitor-cluster.");
    return flow_done(flow, result);
}

static struct next tell_end(struct flow *flow)
{
    struct kill *kill = flow_state(flow);
    const char *state = jx_string(kill->status.body, "driverState");

    return flow_done(flow,
                     result_of(flow, driver_state_parse(state) == DRIVER_KILLED, state));
}

/* Of a driver, an operation, an application, a job or a stage. */
static bool is_end(const char *state)
{
    static const char *const ends[] = {"CANCELLED", "SUCCEEDED", "COMPLETE", "SKIPPED"};

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (strcmp(state, ends[i]) == 0)
            return true;
    return driver_state_is_end(driver_state_parse(state));
}

static void describe(const json_t *result, struct buffer *text)
{
    static const char *const keys[] = {"operationId", "submissionId", "applicationId"};
    const char *id = "", *state = jx_string(result, "state");

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (jx_has_string(result, keys[i]))
            id = jx_string(result, keys[i]);
    if (json_object_get(result, "jobId") != NULL)
        buffer_printf(text, "Job %lld of ", (long long)jx_int(result, "jobId"));
    if (json_object_get(result, "stageId") != NULL)
        buffer_printf(text, "Stage %lld of ", (long long)jx_int(result, "stageId"));
    if (jx_bool(result, "killed"))
        buffer_printf(text, "%s was %s and has been killed.", id,
                      jx_string(result, "stateBefore"));
    else if (is_end(jx_string(result, "stateBefore")))
        buffer_printf(text, "%s had already ended as %s; there was nothing to kill.", id,
                      state);
    else
        buffer_printf(text, "%s is %s now.", id, state);
    if (jx_has_string(result, "relaunchedFrom"))
        buffer_printf(text, " (The master had submitted %s again under that id.)",
                      jx_string(result, "relaunchedFrom"));
    if (jx_has_string(result, "next"))
        buffer_printf(text, "\n%s", jx_string(result, "next"));
}
