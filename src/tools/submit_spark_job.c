/*
 * submit-spark-job: runs an application as a driver on the cluster and follows it for as
 * long as the caller wants to wait. A call that is cancelled leaves no driver behind.
 */
#include "tools/tool.h"

#include "base/jx.h"
#include "config.h"
#include "embedded.h"
#include "spark/application.h"
#include "spark/driver.h"
#include "spark/local.h"
#include "spark/submission.h"
#include "tools/describe.h"

#include <stdio.h>
#include <string.h>

enum { WAIT_SECONDS = 45 };

struct submit {
    struct reply local, version, created, report, killed;
    char id[160];
};

static flow_step start_spark, ask_version, create, follow, decide, answer;

static void kill_driver(void *state)
{
    struct submit *submit = state;

    if (submit->id[0] != '\0')
        submission_kill_unattended(submit->id);
}

const struct tool submit_spark_job = {
    .name = "submit-spark-job",
    .definition = embedded_submit_spark_job,
    .flow = {.name = "submit-spark-job",
             .first = start_spark,
             .state_size = sizeof(struct submit),
             .undo = kill_driver},
    .describe = describe_job,
};

static struct next start_spark(struct flow *flow)
{
    struct submit *submit = flow_state(flow);
    struct error error;

    if (config_is_on(CONFIG_READ_ONLY)) {
        error_set(&error, ERROR_REFUSED, "SPARK_READ_ONLY is set: nothing is submitted");
        error_next(&error, "execute-sql reads; whoever runs this server can unset it.");
        return flow_fail(flow, &error);
    }
    local_ensure(flow, &submit->local);
    return flow_then(flow, ask_version);
}

static struct next ask_version(struct flow *flow)
{
    struct submit *submit = flow_state(flow);

    submission_get_version(flow, &submit->version);
    return flow_then(flow, create);
}

static struct next create(struct flow *flow)
{
    struct submit *submit = flow_state(flow);
    json_t *warnings = json_array();
    struct error error;
    json_t *request = application_request(
        flow_input(flow), jx_string(submit->version.body, "serverSparkVersion"), warnings,
        &error);

    json_object_set_new(submit->version.body, "warnings", warnings);
    if (request == NULL)
        return flow_fail(flow, &error);
    flow_report(flow, 0, 0, "submitting");
    submission_create(flow, request, &submit->created);
    return flow_then(flow, follow);
}

static struct next follow(struct flow *flow)
{
    struct submit *submit = flow_state(flow);
    int wait_seconds = (int)jx_int_or(flow_input(flow), "wait_seconds", WAIT_SECONDS);

    snprintf(submit->id, sizeof submit->id, "%s",
             jx_string(submit->created.body, "submissionId"));
    flow_note(flow, "info", "the master accepted %s", submit->id);
    if (wait_seconds > 0)
        driver_follow(flow, submit->id, wait_seconds, false, optional(&submit->report));
    return flow_then(flow, decide);
}

/* A driver for which there is no room is taken back when the caller asked for that. */
static struct next decide(struct flow *flow)
{
    struct submit *submit = flow_state(flow);
    bool is_queued = strcmp(jx_string(submit->report.body, "state"), "SUBMITTED") == 0;
    bool has_room = jx_array(submit->report.body, "warnings") == NULL;

    if (is_queued && !has_room &&
        strcmp(jx_string(flow_input(flow), "if_no_room"), "cancel") == 0)
        submission_kill(flow, submit->id, optional(&submit->killed));
    return flow_then(flow, answer);
}

/* The report of a driver that was accepted but not followed. */
static json_t *handle(const struct submit *submit)
{
    json_t *report =
        jx_pack("{s:s, s:s, s:b}", "submissionId", submit->id, "state",
                submit->report.failed ? "UNKNOWN" : "SUBMITTED", "finished", 0);
    char text[sizeof submit->report.error];

    if (submit->report.failed) {
        error_describe(&submit->report.error, text, sizeof text);
        json_object_set_new(
            report, "warnings",
            jx_pack("[o]", jx_format("the driver was accepted, but could not "
                                     "be followed: %s",
                                     text)));
    }
    jx_set_format(report, "next",
                  "call monitor-cluster with submission_id '%s' and "
                  "wait_seconds to follow it, or kill-spark-job to end it.",
                  submit->id);
    return report;
}

static struct next answer(struct flow *flow)
{
    struct submit *submit = flow_state(flow);
    json_t *report =
        submit->report.body != NULL ? json_incref(submit->report.body) : handle(submit);
    json_t *warnings = jx_array(submit->version.body, "warnings");

    if (json_array_size(warnings) > 0) {
        if (jx_array(report, "warnings") != NULL)
            json_array_extend(warnings, jx_array(report, "warnings"));
        json_object_set(report, "warnings", warnings);
    }
    if (jx_bool(submit->killed.body, "success")) {
        jx_set_string(report, "state", "KILLED");
        json_object_set_new(report, "finished", json_true());
        jx_set_string(report, "next",
                      "It was taken back: ask for less, or try again when "
                      "monitor-cluster shows room.");
    }
    return flow_done(flow, report);
}
