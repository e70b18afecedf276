/*
 * kill-spark-job: asks for the end of a driver, or of an operation in the session, waits
 * until it is gone, and says what it was. Spark itself answers the request at once and
 * kills up to ten seconds later.
 */
#include "tools/tool.h"

#include "base/clock.h"
#include "base/jx.h"
#include "base/text.h"
#include "config.h"
#include "embedded.h"
#include "spark/driver_state.h"
#include "spark/local.h"
#include "spark/submission.h"
#include "tools/long_work.h"

#include <stdio.h>
#include <string.h>

enum { POLL_MS = 300, LIMIT_MS = 20000 };

struct kill {
    struct reply local, before, asked, status;
    int64_t asked_ms;
};

static flow_step start_spark, answer_operation, look, ask, follow, judge;
static void describe(const json_t *result, struct buffer *text);

const struct tool kill_spark_job = {
    .name = "kill-spark-job",
    .definition = embedded_kill_spark_job,
    .flow = {.name = "kill-spark-job",
             .first = start_spark,
             .state_size = sizeof(struct kill)},
    .describe = describe,
};

static const char *id_of(struct flow *flow)
{
    return jx_string(flow_input(flow), "submission_id");
}

/* Either key takes either id. */
static const char *operation_of(struct flow *flow)
{
    const char *id = jx_string(flow_input(flow), "operation_id");

    if (id[0] != '\0')
        return id;
    return text_starts_with(id_of(flow), "op-") ? id_of(flow) : "";
}

static struct next answer_operation(struct flow *flow)
{
    struct kill *kill = flow_state(flow);

    return flow_done(flow, json_incref(kill->asked.body));
}

static struct next start_spark(struct flow *flow)
{
    struct kill *kill = flow_state(flow);
    struct error error;

    if (operation_of(flow)[0] != '\0') {
        long_work_kill(flow, operation_of(flow), &kill->asked);
        return flow_then(flow, answer_operation);
    }
    if (id_of(flow)[0] == '\0') {
        error_set(&error, ERROR_ARGUMENTS, "neither submission_id nor operation_id");
        error_next(&error, "Give one; monitor-cluster with metric_type 'drivers' lists "
                           "submissions.");
        return flow_fail(flow, &error);
    }
    if (config_is_on(CONFIG_READ_ONLY)) {
        error_set(&error, ERROR_REFUSED, "SPARK_READ_ONLY is set: jobs are not killed");
        error_next(&error, "Operations of this server can be ended by operation_id.");
        return flow_fail(flow, &error);
    }
    if (text_starts_with(id_of(flow), "app-")) {
        error_set(&error, ERROR_ARGUMENTS, "'%.100s' is an application, not a submission",
                  id_of(flow));
        error_next(&error,
                   "Give the submissionId of the job that runs it (it begins with "
                   "'driver-'); monitor-cluster with metric_type 'drivers' lists them.");
        return flow_fail(flow, &error);
    }
    local_ensure(flow, &kill->local);
    return flow_then(flow, look);
}

static struct next look(struct flow *flow)
{
    struct kill *kill = flow_state(flow);

    submission_get_status(flow, id_of(flow), &kill->before);
    return flow_then(flow, ask);
}

static json_t *result_of(struct flow *flow, bool is_killed, const char *state)
{
    struct kill *kill = flow_state(flow);
    json_t *result = jx_pack("{s:s, s:b, s:s}", "submissionId", id_of(flow), "killed",
                             is_killed, "state", state);

    jx_set_string(result, "stateBefore", jx_string(kill->before.body, "driverState"));
    return result;
}

static struct next ask(struct flow *flow)
{
    struct kill *kill = flow_state(flow);
    const char *state = jx_string(kill->before.body, "driverState");

    if (driver_state_is_end(driver_state_parse(state)))
        return flow_done(flow, result_of(flow, false, state));
    submission_kill(flow, id_of(flow), &kill->asked);
    kill->asked_ms = clock_ms();
    return flow_then(flow, follow);
}

static struct next follow(struct flow *flow)
{
    struct kill *kill = flow_state(flow);

    flow_report(flow, (double)(clock_ms() - kill->asked_ms) / 1000, 0, "ending %s",
                id_of(flow));
    submission_get_status(flow, id_of(flow), optional(&kill->status));
    flow_sleep(flow, POLL_MS);
    return flow_then(flow, judge);
}

static struct next judge(struct flow *flow)
{
    struct kill *kill = flow_state(flow);
    const char *state = jx_string(kill->status.body, "driverState");
    json_t *result;

    if (driver_state_is_end(driver_state_parse(state)))
        return flow_done(
            flow, result_of(flow, driver_state_parse(state) == DRIVER_KILLED, state));
    if (clock_ms() - kill->asked_ms < LIMIT_MS)
        return follow(flow);
    result = result_of(flow, false, state[0] != '\0' ? state : "UNKNOWN");
    jx_set_string(result, "next",
                  "Spark accepted the request, but the driver has not ended "
                  "yet; look again with monitor-cluster.");
    return flow_done(flow, result);
}

/* Of a driver or of an operation. */
static bool is_end(const char *state)
{
    return driver_state_is_end(driver_state_parse(state)) ||
           strcmp(state, "CANCELLED") == 0;
}

static void describe(const json_t *result, struct buffer *text)
{
    const char *id = jx_has_string(result, "operationId")
                         ? jx_string(result, "operationId")
                         : jx_string(result, "submissionId"),
               *state = jx_string(result, "state");

    if (jx_bool(result, "killed"))
        buffer_printf(text, "%s was %s and has been killed.", id,
                      jx_string(result, "stateBefore"));
    else if (is_end(jx_string(result, "stateBefore")))
        buffer_printf(text, "%s had already ended as %s; there was nothing to kill.", id,
                      state);
    else
        buffer_printf(text, "%s is %s now.", id, state);
    if (jx_has_string(result, "next"))
        buffer_printf(text, "\n%s", jx_string(result, "next"));
}
