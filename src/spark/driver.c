/*
 * What there is to know of a driver stands in four places: its state at the submission
 * API, its size and worker at the master, its application's id in its own output (no JSON
 * of Spark's links the two), its progress at its own UI.
 */
#include "spark/driver.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/jx.h"
#include "base/text.h"
#include "spark/cluster.h"
#include "spark/driver_watch.h"
#include "spark/find_driver.h"
#include "spark/history.h"
#include "spark/lost_driver.h"
#include "spark/master.h"
#include "spark/nonce.h"
#include "spark/protocol.h"
#include "spark/submission.h"
#include "spark/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATIENCE = 3,           /* status requests that may fail in a row */
    BLIND_AFTER_MS = 10000, /* output that is waited for and cannot be read */
    POLL_FIRST_MS = 250,
    POLL_MOST_MS = 1500,
    EAGER_MS = 60000, /* for so long a line of output is looked for often */
    REPORT_EVERY_MS = 1000,
    SCAN_PIECE = 256 * 1024,
    TAIL_LENGTH = 64 * 1024,
};

static flow_step ask_state, take_state, take_successor, take_lost, find_application,
    measure, collect_output, collect_heads, report_driver;
static const struct flow_type follow_flow = {
    .name = "driver-follow", .first = ask_state, .state_size = sizeof(struct watch)};

static const char *id_of(struct flow *flow)
{
    return ((struct watch *)flow_state(flow))->id;
}

static void begin_with(struct flow *flow, const char *id)
{
    struct watch *watch = flow_state(flow);

    text_copy(watch->id, sizeof watch->id, id);
    watch->taken_up_ms = clock_ms();
    watch->wait_ms = POLL_FIRST_MS;
    nonce_write_mark(id, PROTOCOL_WORD_APPLICATION, watch->application_mark,
                     sizeof watch->application_mark);
    if (jx_has_string(flow_input(flow), "word"))
        nonce_write_mark(id, jx_string(flow_input(flow), "word"), watch->mark,
                         sizeof watch->mark);
}

static struct next ask_state(struct flow *flow)
{
    struct watch *watch = flow_state(flow);

    if (watch->started_ms == 0) {
        watch->started_ms = clock_ms();
        watch->deadline_ms =
            watch->started_ms + 1000 * jx_int(flow_input(flow), "waitSeconds");
        begin_with(flow, jx_string(flow_input(flow), "submissionId"));
    }
    submission_get_status(flow, id_of(flow), optional(&watch->status));
    master_get_state(flow, optional(&watch->master));
    return flow_then(flow, take_state);
}

static void get_log(struct flow *flow, const char *type, json_int_t offset,
                    json_int_t length, struct reply *reply)
{
    struct watch *watch = flow_state(flow);

    worker_get_log(flow,
                   &(struct worker_log){.worker_url = watch->worker_url,
                                        .worker_id = watch->worker_id,
                                        .driver_id = id_of(flow),
                                        .type = type,
                                        .offset = offset,
                                        .length = length},
                   optional(reply));
}

/* The worker's UI, from the master; if that is out of reach, a guess at the default port.
 */
static void locate_worker(struct watch *watch)
{
    const json_t *status = watch->status.body;
    const json_t *worker;
    const char *host = jx_string(status, "workerHostPort");

    if (!jx_has_string(status, "workerId")) /* a master that recovered has forgotten it */
        return;
    text_copy(watch->worker_id, sizeof watch->worker_id, jx_string(status, "workerId"));
    text_copy(watch->worker_host, sizeof watch->worker_host, host);
    worker = master_find_worker(watch->master.body, watch->worker_id);
    if (worker != NULL)
        text_copy(watch->worker_url, sizeof watch->worker_url,
                  jx_string(worker, "webuiaddress"));
    else if (watch->worker_url[0] == '\0' && host[0] != '\0')
        snprintf(watch->worker_url, sizeof watch->worker_url, "http://%.*s:8081",
                 (int)(strrchr(host, ':') != NULL ? strrchr(host, ':') - host
                                                  : (long)strlen(host)),
                 host);
}

static void report(struct flow *flow, double done, double total)
{
    struct watch *watch = flow_state(flow);

    if (clock_ms() < watch->report_ms)
        return;
    watch->report_ms = clock_ms() + REPORT_EVERY_MS;
    flow_report(flow, done, total, "%s%s%s", watch->state_word,
                watch->room.progress[0] ? ": " : "", watch->room.progress);
}

/* A line of its output is waited for, but the worker cannot be reached. */
static bool is_blind(struct flow *flow)
{
    const struct watch *watch = flow_state(flow);

    return watch->mark[0] != '\0' && watch->out.failed && !watch->has_read &&
           watch->out.error.kind != ERROR_NOT_FOUND && /* nothing was written yet */
           clock_ms() - watch->running_ms > BLIND_AFTER_MS;
}

static struct next pause_or_answer(struct flow *flow)
{
    struct watch *watch = flow_state(flow);
    int64_t left = watch->deadline_ms - clock_ms();

    if (left <= 0 || watch->room.stuck[0] != '\0' || watch->found[0] != '\0' ||
        is_blind(flow))
        return collect_output(flow);
    flow_sleep(flow, left < watch->wait_ms ? (int)left : watch->wait_ms);
    if (watch->mark[0] == '\0' || clock_ms() - watch->started_ms > EAGER_MS)
        watch->wait_ms =
            watch->wait_ms * 3 / 2 < POLL_MOST_MS ? watch->wait_ms * 3 / 2 : POLL_MOST_MS;
    return flow_then(flow, ask_state);
}

/* One failed request must not end the watch; a master that is out of reach may come back.
 */
static struct next be_patient(struct flow *flow)
{
    struct watch *watch = flow_state(flow);
    const struct error *error = &watch->status.error;
    bool may_come_back = error->kind == ERROR_UNREACHABLE ||
                         error->kind == ERROR_TIMEOUT || error->kind == ERROR_NOT_ACTIVE;

    watch->misses++;
    if (error->kind == ERROR_NOT_FOUND ||
        (watch->misses >= PATIENCE &&
         !(may_come_back && clock_ms() < watch->deadline_ms)))
        return flow_fail(flow, error);
    text_copy(watch->room.progress, sizeof watch->room.progress, error->message);
    report(flow, 0, 0);
    flow_sleep(flow, POLL_MOST_MS);
    return flow_then(flow, ask_state);
}

static struct next look_for_it(struct flow *flow)
{
    struct watch *watch = flow_state(flow);

    lost_driver_find(flow, watch->id, watch->worker_url, optional(&watch->lost));
    return flow_then(flow, take_lost);
}

static struct next read_output(struct flow *flow)
{
    struct watch *watch = flow_state(flow);

    if (watch->running_ms == 0)
        watch->running_ms = clock_ms();
    if (watch->mark[0] != '\0' ||
        ((watch->application[0] == '\0' || watch->jobs.failed) &&
         watch->log_misses < PATIENCE)) {
        get_log(flow, "stdout", watch->out_offset, SCAN_PIECE, &watch->out);
        get_log(flow, "stderr", watch->err_offset, SCAN_PIECE, &watch->err);
    }
    return flow_then(flow, find_application);
}

static void set_state(struct watch *watch, const char *word)
{
    watch->state = driver_state_parse(word);
    text_copy(watch->state_word, sizeof watch->state_word, word);
}

static struct next take_state(struct flow *flow)
{
    struct watch *watch = flow_state(flow);

    if (watch->status.error.kind == ERROR_NO_DRIVER)
        return look_for_it(flow);
    if (watch->status.failed)
        return be_patient(flow);
    watch->misses = 0;
    watch->room.progress[0] = watch->room.stuck[0] = '\0';
    watch->told = BY_MASTER;
    set_state(watch, jx_string(watch->status.body, "driverState"));
    locate_worker(watch);
    switch (watch->state) {
    case DRIVER_RELAUNCHING:
        find_driver_successor(flow, watch->id, optional(&watch->successor));
        return flow_then(flow, take_successor);
    case DRIVER_ERROR:
        return jx_has_string(watch->status.body, "message") || cluster_is_local()
                   ? collect_output(flow)
                   : look_for_it(flow);
    case DRIVER_FINISHED:
    case DRIVER_KILLED:
    case DRIVER_FAILED:
        return collect_output(flow);
    case DRIVER_RUNNING:
        return read_output(flow);
    case DRIVER_UNKNOWN:
    case DRIVER_SUBMITTED:
        break;
    }
    room_note_queue(&watch->room, watch->master.body, watch->id,
                    clock_ms() - watch->taken_up_ms,
                    jx_bool(flow_input(flow), "waitsForRoom"));
    report(flow, 0, 0);
    return pause_or_answer(flow);
}

/* ---- a driver that the master has forgotten, or of which it knows only ERROR ---- */

static struct next take_lost(struct flow *flow)
{
    struct watch *watch = flow_state(flow);
    bool is_forgotten = watch->status.failed;
    bool is_known_here = watch->state_word[0] != '\0' || watch->mark[0] != '\0';

    if (jx_has_string(watch->lost.body, "state")) {
        watch->told = BY_WORKER;
        set_state(watch, jx_string(watch->lost.body, "state"));
        text_copy(watch->worker_url, sizeof watch->worker_url,
                  jx_string(watch->lost.body, "workerUi"));
        return watch->state == DRIVER_RUNNING ? read_output(flow) : collect_output(flow);
    }
    if (!is_forgotten)
        return collect_output(flow);
    if (!is_known_here)
        return flow_fail(flow, &watch->status.error);
    if (++watch->searches < PATIENCE && clock_ms() < watch->deadline_ms) {
        flow_sleep(flow, POLL_MOST_MS);
        return flow_then(flow, ask_state);
    }
    watch->told = BY_NOBODY;
    set_state(watch, "UNKNOWN");
    return collect_output(flow);
}

/* ---- a driver that the master has relaunched ---- */

static void take_up(struct flow *flow, const char *id)
{
    struct watch *watch = flow_state(flow);

    watch->application[0] = watch->ui_port[0] = watch->ui[0] = '\0';
    watch->worker_id[0] = watch->worker_host[0] = watch->worker_url[0] = '\0';
    watch->out_offset = watch->err_offset = 0;
    watch->running_ms = watch->room.starving_ms = watch->report_ms = 0;
    watch->ui_misses = watch->log_misses = watch->searches = 0;
    watch->has_read = false;
    begin_with(flow, id);
}

static struct next take_successor(struct flow *flow)
{
    struct watch *watch = flow_state(flow);
    const json_t *found = watch->successor.body, *alike = jx_array(found, "alike");
    struct buffer names = {0};

    if (jx_has_string(found, "id")) {
        take_up(flow, jx_string(found, "id"));
        return ask_state(flow);
    }
    jx_join(&names, alike, ", ");
    snprintf(watch->room.progress, sizeof watch->room.progress,
             "its worker was lost, and the master submitted it again%s%s%s",
             names.length > 0 ? ", it seems as " : "", buffer_text(&names),
             names.length > 0 ? ", whose log cannot be read yet" : "");
    buffer_release(&names);
    report(flow, 0, 0);
    if (alike != NULL && json_array_size(alike) == 0 && ++watch->searches >= PATIENCE)
        return collect_output(flow); /* what goes on stands in the master's list */
    return pause_or_answer(flow);
}

static struct next find_application(struct flow *flow)
{
    struct watch *watch = flow_state(flow);

    watch->has_read = watch->has_read || watch->out.body != NULL;
    driver_copy_after(jx_string(watch->out.body, "text"), watch->mark, watch->found,
                      sizeof watch->found);
    watch_scan(watch);
    watch->log_misses =
        watch->out.error.kind == ERROR_UNREACHABLE ? watch->log_misses + 1 : 0;
    if (watch->found[0] == '\0' && watch->application[0] != '\0' &&
        watch->ui[0] != '\0' && watch->ui_misses < PATIENCE)
        live_get(flow, watch->ui, watch->application, "jobs?status=running",
                 watch->deadline_ms - clock_ms(), optional(&watch->jobs));
    return flow_then(flow, measure);
}

static struct next measure(struct flow *flow)
{
    struct watch *watch = flow_state(flow);
    json_int_t done = 0, total = 0, stages = 0;
    const json_t *job;
    size_t i;

    if (watch->application[0] != '\0')
        snprintf(watch->room.progress, sizeof watch->room.progress, "application %s",
                 watch->application);
    watch->ui_misses +=
        watch->jobs.error.kind == ERROR_UNREACHABLE; /* a busy UI may answer later */
    json_array_foreach (watch->jobs.body, i, job) {
        done += jx_int(job, "numCompletedTasks");
        total += jx_int(job, "numTasks") - jx_int(job, "numSkippedTasks");
        stages += jx_int(job, "numActiveStages");
    }
    if (total > 0)
        snprintf(watch->room.progress, sizeof watch->room.progress,
                 "application %s, %lld of %lld tasks done, %lld stages active",
                 watch->application, (long long)done, (long long)total,
                 (long long)stages);
    room_note_starvation(&watch->room, watch->master.body, watch->application,
                         jx_bool(flow_input(flow), "waitsForRoom"));
    report(flow, (double)done, (double)total);
    return pause_or_answer(flow);
}

/* The end of the output; and its start, when the application is still unknown. */
static struct next collect_output(struct flow *flow)
{
    struct watch *watch = flow_state(flow);

    if (watch->worker_url[0] != '\0') {
        get_log(flow, "stdout", -1, TAIL_LENGTH, &watch->out);
        get_log(flow, "stderr", -1, TAIL_LENGTH, &watch->err);
    }
    return flow_then(flow, collect_heads);
}

/* Relaunched, it goes on as another, unless that has gone too. */
static bool has_come_to_its_end(const struct watch *watch)
{
    return driver_state_is_end(watch->state) ||
           (watch->state == DRIVER_RELAUNCHING && watch->searches >= PATIENCE);
}

/* A long log names the application only where it begins. (That of one that runs was read
 * from there.) */
static struct next collect_heads(struct flow *flow)
{
    struct watch *watch = flow_state(flow);

    watch_scan(watch);
    if (watch->application[0] == '\0' && has_come_to_its_end(watch)) {
        if (jx_int(watch->out.body, "start") > 0)
            get_log(flow, "stdout", 0, TAIL_LENGTH, &watch->out_head);
        if (jx_int(watch->err.body, "start") > 0)
            get_log(flow, "stderr", 0, TAIL_LENGTH, &watch->err_head);
    }
    return flow_then(flow, report_driver);
}

/* The folder to which a driver of its own still wrote. */
static void add_unfinished(const struct watch *watch, json_t *report)
{
    char mark[100], folder[400] = "";

    nonce_write_mark(watch->id, PROTOCOL_WORD_UNFINISHED, mark, sizeof mark);
    if (driver_copy_after(jx_string(watch->out.body, "text"), mark, folder,
                          sizeof folder) &&
        strcmp(folder, "-") != 0)
        jx_set_string(report, "unfinished", folder);
}

static struct next report_driver(struct flow *flow)
{
    struct watch *watch = flow_state(flow);
    bool has_ended = has_come_to_its_end(watch);
    json_t *report = jx_pack("{s:s, s:s, s:b}", "submissionId", id_of(flow), "state",
                             watch->state_word, "finished", has_ended);

    watch_scan_heads(watch);
    if (!jx_is(flow_input(flow), "submissionId", watch->id))
        jx_set_string(report, "relaunchedFrom",
                      jx_string(flow_input(flow), "submissionId"));
    jx_set_string(report, "applicationId", watch->application);
    jx_set_string(report, "worker", watch->worker_host);
    if (watch->mark[0] != '\0') {
        driver_copy_after(jx_string(watch->out.body, "text"), watch->mark, watch->found,
                          sizeof watch->found);
        jx_set_string(report, "found", watch->found);
        jx_set_string(report, "workerUi", watch->worker_url);
        jx_set_string(report, "workerId", watch->worker_id);
        add_unfinished(watch, report);
        json_object_set_new(report, "unreadable", json_boolean(is_blind(flow)));
        json_object_set_new(report, "forgotten", json_boolean(watch->status.failed));
        json_object_set_new(
            report, "noWorker",
            json_boolean(watch->room.stuck[0] != '\0' &&
                         !master_has_room(watch->master.body, 0, 0, true)));
        json_object_set_new(report, "noRoom", json_boolean(watch->room.stuck[0] != '\0'));
    }
    if (!has_ended)
        jx_set_string(report, "ui", watch->ui);
    else if (watch->application[0] != '\0' && watch->master.body != NULL)
        jx_set_format(report, "ui", "%s/app/?appId=%s",
                      jx_string(watch->master.body, "uiUrl"), watch->application);
    if (!has_ended && watch->room.stuck[0] == '\0')
        jx_set_string(report, "progress", watch->room.progress);
    if (has_ended)
        watch_add_cause(watch, report);
    driver_add_output(report, jx_string(watch->out.body, "text"), id_of(flow));
    json_object_set_new(report, "seconds",
                        json_real((double)((clock_ms() - watch->started_ms) / 100) / 10));
    watch_add_warnings(watch, report);
    return flow_done(flow, report);
}

void driver_follow(struct flow *flow, const char *submission_id, int wait_seconds,
                   bool waits_for_room, struct reply *reply)
{
    flow_run(flow, &follow_flow,
             jx_pack("{s:s, s:i, s:b}", "submissionId", submission_id, "waitSeconds",
                     wait_seconds, "waitsForRoom", waits_for_room),
             reply);
}

void driver_await(struct flow *flow, const char *submission_id, const char *word,
                  int wait_seconds, struct reply *reply)
{
    flow_run(flow, &follow_flow,
             jx_pack("{s:s, s:s, s:i, s:b}", "submissionId", submission_id, "word", word,
                     "waitSeconds", wait_seconds, "waitsForRoom", 0),
             reply);
}
