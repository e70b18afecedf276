/*
 * Runs outlive the flows here, which only wait for them: one that serves a call cancels
 * its run when the call is cancelled, those that follow or kill by an id do not. A run
 * may be forgotten while a flow waits, so each step finds it anew by its id.
 */
#include "tools/long_work.h"

#include "base/clock.h"
#include "base/jx.h"
#include "base/text.h"
#include "config.h"
#include "spark/run.h"
#include "tools/download_arguments.h"
#include "tools/glance.h"
#include "tools/tool.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { KILL_LIMIT_SECONDS = 20, ARRIVAL_MS = 3000 };

struct long_work {
    struct reply news, taken, seen;
    json_t *told; /* what is answered when it has been looked into */
    char id[40];
    int64_t deadline_ms;
    double done; /* of what was told last */
    char progress[400];
};

static void release(void *state)
{
    json_decref(((struct long_work *)state)->told);
}

/* "" for an operation that no tool has. That of tables is a view's (monitor/tables.c). */
static const char *tool_of(const struct run *run)
{
    for (size_t i = 0; all_tools[i] != NULL; i++)
        if (all_tools[i]->operation != NULL &&
            strcmp(all_tools[i]->operation, run_operation(run)) == 0)
            return all_tools[i]->name;
    return strcmp(run_operation(run), "tables") == 0 ? "monitor-cluster" : "";
}

static struct next fail_as_unknown(struct flow *flow, const char *id)
{
    char next[200];

    if (run_is_foreign(id))
        return flow_refuse(
            flow, ERROR_NOT_FOUND,
            config_is_on(CONFIG_SESSION_SHARED)
                ? "Another server process had it: its result was handed out, or its "
                  "session has ended; call the tool again."
                : "Another server process had it, and it ended with that one; call the "
                  "tool again. SPARK_SESSION_SHARED=true lets processes share them.",
            "no operation '%.100s' is known", id);

    snprintf(
        next, sizeof next,
        "Results are kept for %d minutes, while this server runs; call the tool again.",
        RUN_KEPT_MS / 60000);
    return flow_refuse(flow, ERROR_NOT_FOUND, next, "no operation '%.100s' is known", id);
}

/* What is known of a run that goes on, whoever asks. */
static json_t *describe_state(const struct run *run)
{
    double done, total;
    const char *progress = run_progress(run, &done, &total);
    json_t *state = jx_pack("{s:s, s:s, s:s}", "operationId", run_id(run), "tool",
                            tool_of(run), "state", "RUNNING");

    jx_set_string(state, "progress", run_stuck(run)[0] ? run_stuck(run) : progress);
    if (total > 0)
        json_object_set_new(state, "percentDone",
                            json_integer((json_int_t)(100 * done / total)));
    jx_set_seconds(state, "seconds", run_age_ms(run));
    jx_set_format(state, "next",
                  "It is still running: call monitor-cluster with operation_id '%s' and "
                  "wait_seconds for the result, or kill-spark-job to end it.",
                  run_id(run));
    return state;
}

/* What has been told is not told again. */
static void report(struct flow *flow, const struct run *run)
{
    struct long_work *work = flow_state(flow);
    double done, total;
    const char *progress = run_progress(run, &done, &total);

    if (done == work->done && strcmp(progress, work->progress) == 0)
        return;
    work->done = done;
    text_copy(work->progress, sizeof work->progress, progress);
    flow_report(flow, done, total, "%s", progress);
}

/* ---- for a tool: begin, follow_run, tell_result ---- */

/* An id is given out for later servers only when the session knows it; but nobody waits here
 * for a session that still starts. */
static bool must_arrive(const struct run *run)
{
    return config_is_on(CONFIG_SESSION_SHARED) && !run_has_arrived(run) &&
           run_age_ms(run) < ARRIVAL_MS;
}

static bool may_wait(const struct long_work *work, const struct run *run)
{
    return (clock_ms() < work->deadline_ms || must_arrive(run)) &&
           run_stuck(run)[0] == '\0';
}

static void cancel_run(void *state)
{
    struct long_work *work = state;
    struct run *run = run_find(work->id);

    if (run != NULL)
        run_cancel(run);
}

static flow_step begin, follow_run, tell_result;
static const struct flow_type run_flow = {.name = "run",
                                          .first = begin,
                                          .state_size = sizeof(struct long_work),
                                          .undo = cancel_run,
                                          .release = release};

static struct next begin(struct flow *flow)
{
    struct long_work *work = flow_state(flow);
    json_t *arguments = json_copy(jx_object(flow_input(flow), "arguments"));
    json_int_t seconds =
        jx_int_or(arguments, "wait_seconds", config_int(CONFIG_WAIT_SECONDS));
    struct download *download;
    struct error error;
    struct run *run;

    json_object_del(arguments, "wait_seconds");
    if (!download_arguments(arguments, &download, &error)) {
        json_decref(arguments);
        return flow_fail(flow, &error);
    }
    run = run_start(jx_string(flow_input(flow), "operation"), arguments, download);
    if (run == NULL)
        return flow_refuse(flow, ERROR_ARGUMENTS,
                           "Wait for one to end, or end one with kill-spark-job.",
                           "%d operations are running already", RUNS_MAX);
    text_copy(work->id, sizeof work->id, run_id(run));
    work->deadline_ms = clock_ms() + 1000 * seconds;
    if (seconds == 0 && !must_arrive(run))
        return flow_done(flow, describe_state(run));
    run_await_news(flow, run, &work->news);
    return flow_then(flow, follow_run);
}

static struct next follow_run(struct flow *flow)
{
    struct long_work *work = flow_state(flow);
    struct run *run = run_find(work->id);
    struct error error;

    if (run == NULL)
        return fail_as_unknown(flow, work->id);
    if (!run_has_ended(run)) {
        report(flow, run);
        if (!may_wait(work, run))
            return flow_done(flow, describe_state(run));
        run_await_news(flow, run, &work->news);
        return flow_then(flow, follow_run);
    }
    /* Nobody else knows its id: what came of it need not be kept. */
    work->told = json_incref(run_result(run));
    error = *run_error(run);
    glance_at_operation(flow, work->id, run_take_worked_ms(run), &work->seen);
    run_forget(run);
    return work->told != NULL ? flow_then(flow, tell_result) : flow_fail(flow, &error);
}

static struct next tell_result(struct flow *flow)
{
    struct long_work *work = flow_state(flow);

    glance_add(&work->seen, work->told);
    return flow_done(flow, json_incref(work->told));
}

void long_work_run(struct flow *flow, const char *operation, json_t *arguments,
                   struct reply *reply)
{
    flow_run(flow, &run_flow,
             jx_pack("{s:s, s:o}", "operation", operation, "arguments", arguments),
             reply);
}

/* ---- following one by its id: find, await_end, tell_end ---- */

static flow_step find, await_end, tell_end;
static const struct flow_type follow_flow = {.name = "run-follow",
                                             .first = find,
                                             .state_size = sizeof(struct long_work),
                                             .release = release};

static struct next find(struct flow *flow)
{
    struct long_work *work = flow_state(flow);

    text_copy(work->id, sizeof work->id, jx_string(flow_input(flow), "id"));
    work->deadline_ms = clock_ms() + 1000 * jx_int(flow_input(flow), "waitSeconds");
    run_take_over(flow, work->id, &work->taken);
    return flow_then(flow, await_end);
}

static struct next await_end(struct flow *flow)
{
    struct long_work *work = flow_state(flow);
    struct run *run = run_find(work->id);

    if (run == NULL)
        return fail_as_unknown(flow, work->id);
    if (!run_has_ended(run) && may_wait(work, run)) {
        report(flow, run);
        run_await_news(flow, run, &work->news);
        return flow_then(flow, await_end);
    }
    if (!run_has_ended(run))
        return flow_done(flow, describe_state(run));
    if (run_result(run) == NULL)
        return flow_fail(flow, run_error(run));
    work->told = jx_pack("{s:s, s:s, s:s, s:O}", "operationId", work->id, "tool",
                         tool_of(run), "state", "FINISHED", "result", run_result(run));
    jx_set_seconds(work->told, "seconds", run_age_ms(run));
    glance_at_operation(flow, work->id, run_take_worked_ms(run), &work->seen);
    return flow_then(flow, tell_end);
}

/* The result is the run's own: whoever asks again is told the same. */
static struct next tell_end(struct flow *flow)
{
    struct long_work *work = flow_state(flow);

    glance_add(&work->seen, jx_object(work->told, "result"));
    return flow_done(flow, json_incref(work->told));
}

void long_work_follow(struct flow *flow, const char *id, int wait_seconds,
                      struct reply *reply)
{
    flow_run(flow, &follow_flow,
             jx_pack("{s:s, s:i}", "id", id, "waitSeconds", wait_seconds), reply);
}

/* ---- killing one: find_to_kill, kill_run, await_kill ---- */

static flow_step find_to_kill, kill_run, await_kill;
static const struct flow_type kill_flow = {
    .name = "run-kill", .first = find_to_kill, .state_size = sizeof(struct long_work)};

static json_t *describe_end(const char *id, const char *before, const char *state)
{
    json_t *end =
        jx_pack("{s:s, s:b, s:s, s:s}", "operationId", id, "killed",
                strcmp(state, "CANCELLED") == 0 && strcmp(before, "RUNNING") == 0,
                "stateBefore", before, "state", state);

    if (strcmp(state, "RUNNING") == 0)
        jx_set_string(end, "next",
                      "Its end is asked for until it comes; look again with "
                      "monitor-cluster.");
    return end;
}

static const char *state_of(const struct run *run)
{
    if (!run_has_ended(run))
        return "RUNNING";
    if (run_result(run) != NULL)
        return "FINISHED";
    return run_error(run)->kind == ERROR_CANCELLED ? "CANCELLED" : "FAILED";
}

int64_t long_work_kill_limit_ms(void)
{
    int64_t seconds = config_int(CONFIG_WAIT_SECONDS);

    return 1000 * (seconds < KILL_LIMIT_SECONDS ? seconds : KILL_LIMIT_SECONDS);
}

static struct next find_to_kill(struct flow *flow)
{
    struct long_work *work = flow_state(flow);

    text_copy(work->id, sizeof work->id, json_string_value(flow_input(flow)));
    run_take_over(flow, work->id, &work->taken);
    return flow_then(flow, kill_run);
}

static struct next kill_run(struct flow *flow)
{
    struct long_work *work = flow_state(flow);
    struct run *run = run_find(work->id);

    if (run == NULL)
        return fail_as_unknown(flow, work->id);
    if (run_has_ended(run))
        return flow_done(flow, describe_end(work->id, state_of(run), state_of(run)));
    run_cancel(run);
    work->deadline_ms = clock_ms() + long_work_kill_limit_ms();
    run_await_news(flow, run, &work->news);
    return flow_then(flow, await_kill);
}

static struct next await_kill(struct flow *flow)
{
    struct long_work *work = flow_state(flow);
    struct run *run = run_find(work->id);

    if (run == NULL)
        return fail_as_unknown(flow, work->id);
    if (run_has_ended(run) || clock_ms() > work->deadline_ms)
        return flow_done(flow, describe_end(work->id, "RUNNING", state_of(run)));
    run_await_news(flow, run, &work->news);
    return flow_then(flow, await_kill);
}

void long_work_kill(struct flow *flow, const char *id, struct reply *reply)
{
    flow_run(flow, &kill_flow, json_string(id), reply);
}
