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
#include "spark/driver_state.h"
#include "spark/placing.h"
#include "spark/submission.h"
#include "tools/advice.h"
#include "tools/describe.h"
#include "tools/glance.h"
#include "tools/job_arguments.h"
#include "tools/running_queries.h"

struct submit {
    struct placing placing; /* first */
    struct reply report, killed, seen, queries;
    json_t *warnings;
};

static flow_step place, follow, take_back, look_back, tell_outcome;
static bool check(const json_t *arguments, struct error *error);

static void release(void *state)
{
    json_decref(((struct submit *)state)->warnings);
}

const struct tool submit_spark_job = {
    .name = "submit-spark-job",
    .definition = embedded_submit_spark_job,
    .writes = true,
    .needs_spark = true,
    .check = check,
    .flow = {.name = "submit-spark-job",
             .first = place,
             .state_size = sizeof(struct submit),
             .undo = placing_undo,
             .release = release},
    .describe = describe_job,
};

static bool check(const json_t *arguments, struct error *error)
{
    if (jx_has_string(arguments, "application_file") != jx_has_string(arguments, "code"))
        return true;
    error_set(error, ERROR_ARGUMENTS, "%s",
              jx_has_string(arguments, "code")
                  ? "both application_file and code were given"
                  : "neither application_file nor code was given");
    error_hint(error, "Give application_file, or code: Python in place of a file.");
    return false;
}

static json_t *make_request(struct flow *flow, const char *spark_version,
                            struct error *error)
{
    struct submit *submit = flow_state(flow);
    struct job job = job_of_arguments(flow_input(flow));

    job.nonce = submit->placing.nonce;
    submit->warnings = json_array();
    if (job.watch_streaming)
        json_array_append_new(
            submit->warnings,
            json_string("spark.sql.streaming.metricsEnabled=true was added, as "
                        "watch_streaming asks: the metrics of its driver "
                        "(/metrics/json) have its streaming queries"));
    return application_request(&job, spark_version, submit->warnings, error);
}

static struct next place(struct flow *flow)
{
    static const struct placing_order order = {.driver = "the job's driver",
                                               .what = "the job",
                                               .request = make_request,
                                               .placed = follow};

    return placing_begin(flow, &order);
}

static struct next follow(struct flow *flow)
{
    struct submit *submit = flow_state(flow);
    int wait_seconds =
        (int)jx_int_or(flow_input(flow), "wait_seconds", config_int(CONFIG_WAIT_SECONDS));

    flow_note(flow, "info", "the master accepted %s", submit->placing.driver_id);
    if (wait_seconds > 0)
        driver_follow(flow, submit->placing.driver_id, wait_seconds, false,
                      optional(&submit->report));
    return flow_then(flow, take_back);
}

/* A driver for which there is no room is taken back when the caller asked for that. */
static struct next take_back(struct flow *flow)
{
    struct submit *submit = flow_state(flow);
    bool is_queued = driver_state_of(submit->report.body, "state") == DRIVER_SUBMITTED;
    bool has_room = jx_array(submit->report.body, "warnings") == NULL;

    if (is_queued && !has_room && jx_is(flow_input(flow), "if_no_room", "cancel"))
        submission_kill(flow, submit->placing.driver_id, optional(&submit->killed));
    return flow_then(flow, look_back);
}

static struct next look_back(struct flow *flow)
{
    struct submit *submit = flow_state(flow);

    glance_at_report(flow, submit->report.body, &submit->seen);
    running_queries_look(flow, submit->report.body, &submit->queries);
    return flow_then(flow, tell_outcome);
}

/* The report of a driver that was accepted but not followed. */
static json_t *handle(const struct submit *submit)
{
    json_t *report =
        jx_pack("{s:s, s:s, s:b}", "submissionId", submit->placing.driver_id, "state",
                submit->report.failed ? "UNKNOWN" : "SUBMITTED", "finished", 0);
    char text[sizeof submit->report.error];

    if (submit->report.failed) {
        error_describe(&submit->report.error, text, sizeof text);
        json_object_set_new(
            report, "warnings",
            jx_pack("[o]",
                    jx_format("the driver was accepted, but could not be followed: %s",
                              text)));
    }
    return report;
}

static struct next tell_outcome(struct flow *flow)
{
    struct submit *submit = flow_state(flow);
    json_t *report =
        submit->report.body != NULL ? json_incref(submit->report.body) : handle(submit);

    if (jx_has_string(submit->placing.created.body, "lostAnswer"))
        json_array_append_new(
            submit->warnings,
            jx_format(
                "the answer to the submission was lost (%s); the job was found among "
                "the master's drivers",
                jx_string(submit->placing.created.body, "lostAnswer")));
    json_array_extend(submit->warnings, jx_array(report, "warnings"));
    if (json_array_size(submit->warnings) > 0)
        json_object_set(report, "warnings", submit->warnings);
    glance_add(&submit->seen, report);
    running_queries_add(&submit->queries, report);
    advice_for_report(report);
    if (jx_bool(submit->killed.body, "success")) {
        jx_set_string(report, "state", "KILLED");
        json_object_set_new(report, "finished", json_true());
        jx_set_string(
            report, "next",
            "No worker has room, so the job was withdrawn: "
            "ask for less, or try again when monitor-cluster shows that enough is free.");
    }
    return flow_done(flow, report);
}
