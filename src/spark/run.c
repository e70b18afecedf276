/*
 * A run outlives the call that started it: the call waits for its bell, and when it has
 * waited long enough it leaves, while the run's own flow goes on (run_carry.c). A run that
 * has ended keeps its result until somebody fetches it or RUN_KEPT_MS are over.
 */
#include "spark/run_carry.h"

#include "base/clock.h"
#include "base/clusters.h"
#include "base/jx.h"
#include "base/list.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "spark/envelope.h"
#include "spark/session.h"
#include "spark/session_notice.h"
#include "spark/session_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ID_DIGITS = 12, /* the first ones are the process's */
    PROCESS_DIGITS = 4,
    NEWS_EVERY_MS = 1000,
};

static struct link runs = {&runs, &runs};

void run_await_news(struct flow *flow, struct run *run, struct reply *reply)
{
    if (run->flow != NULL)
        bell_wait_for(flow, &run->news, NEWS_EVERY_MS, reply);
}

static void add_notice(struct run *run)
{
    json_auto_t *notice = session_take_notice();

    if (notice != NULL)
        envelope_add_sentence(run->result, &run->error, json_string_value(notice));
}

static void end_run(void *context, const struct error *error, json_t *result)
{
    struct run *run = context;

    run->flow = NULL;
    run->ended_ms = clock_ms();
    run->result = json_incref(result);
    if (error != NULL)
        run->error = *error;
    json_decref(run->arguments);
    run->arguments = NULL;
    download_free(run->download); /* what has no name yet is gone */
    run->download = NULL;
    if (run->where != NOWHERE_YET)
        add_notice(run);
    bell_ring(&run->news);
}

static void note_progress(void *context, double done, double total, const char *message)
{
    struct run *run = context;

    run->done = done;
    run->total = total;
    text_copy(run->progress, sizeof run->progress, message);
    bell_ring(&run->news);
}

static void run_free(struct run *run)
{
    list_remove(&run->link);
    json_decref(run->arguments);
    json_decref(run->result);
    download_free(run->download);
    free(run);
}

/* Frees what nobody asked for in time, and the oldest of too many; how many go on. */
static size_t sweep(void)
{
    int64_t now = clock_ms();
    size_t kept = 0, going = 0;

    for (struct link *at = runs.previous, *before; at != &runs; at = before) {
        struct run *run = list_member(at, struct run, link);
        before = at->previous;
        if (run->flow != NULL)
            going++;
        else if (!bell_is_awaited(&run->news) &&
                 (now - run->ended_ms > RUN_KEPT_MS || ++kept > RUNS_KEPT))
            run_free(run);
    }
    return going;
}

/* "op-", then what all ids of this process begin with. */
static const char *id_beginning(void)
{
    static char beginning[3 + PROCESS_DIGITS + 1] = "op-";

    if (beginning[3] == '\0')
        random_hex(beginning + 3, PROCESS_DIGITS);
    return beginning;
}

bool run_is_id(const char *text)
{
    return text_starts_with(text, "op-");
}

bool run_is_foreign(const char *id)
{
    return strlen(id) == 3 + ID_DIGITS && run_is_id(id) &&
           !text_starts_with(id, id_beginning());
}

/* NULL when there are too many. Steals arguments. */
static struct run *add(const char *operation, json_t *arguments)
{
    struct run *run;

    if (sweep() == RUNS_MAX) {
        json_decref(arguments);
        return NULL;
    }
    run = memory_new(sizeof *run);
    text_copy(run->operation, sizeof run->operation, operation);
    run->cluster = clusters_here();
    run->arguments = arguments;
    run->started_ms = clock_ms();
    snprintf(run->progress, sizeof run->progress, "starting");
    list_append(&runs, &run->link);
    return run;
}

static void carry(struct run *run)
{
    run->flow =
        run_carry(run, &(struct flow_client){
                           .context = run, .ended = end_run, .reported = note_progress});
}

struct run *run_start(const char *operation, json_t *arguments, struct download *download)
{
    struct run *run = add(operation, arguments);

    if (run == NULL) {
        download_free(download);
        return NULL;
    }
    run->download = download;
    text_copy(run->id, sizeof run->id, id_beginning());
    random_hex(run->id + strlen(run->id), ID_DIGITS - PROCESS_DIGITS);
    carry(run);
    return run;
}

/* ---- taking one over: ask_for_it, take_it_over ---- */

struct taking_over {
    struct reply answer;
};

static flow_step ask_for_it, take_it_over;
static const struct flow_type taking_over_flow = {.name = "run-take-over",
                                                  .first = ask_for_it,
                                                  .state_size =
                                                      sizeof(struct taking_over)};

static struct next ask_for_it(struct flow *flow)
{
    struct taking_over *taking = flow_state(flow);
    char path[100];

    snprintf(path, sizeof path, "operations/%.40s", json_string_value(flow_input(flow)));
    session_ask_shared(flow, path, optional(&taking->answer));
    return flow_then(flow, take_it_over);
}

static struct next take_it_over(struct flow *flow)
{
    struct taking_over *taking = flow_state(flow);
    const char *id = json_string_value(flow_input(flow));
    const char *operation = jx_string(taking->answer.body, "operation");
    struct run *run = NULL;

    if (operation[0] != '\0' && run_find(id) == NULL)
        run = add(operation, NULL);
    if (run != NULL) {
        text_copy(run->id, sizeof run->id, id);
        run->is_taken_over = true;
        carry(run);
    }
    return flow_done(flow, NULL);
}

void run_take_over(struct flow *flow, const char *id, struct reply *reply)
{
    if (session_record_is_kept() && run_is_foreign(id) && run_find(id) == NULL)
        flow_run(flow, &taking_over_flow, json_string(id), reply);
}

void run_forget(struct run *run)
{
    if (run->flow == NULL && !bell_is_awaited(&run->news))
        run_free(run);
}

struct run *run_find(const char *id)
{
    sweep();
    list_foreach (&runs, at) {
        struct run *run = list_member(at, struct run, link);
        if (strcmp(run->id, id) == 0)
            return run;
    }
    return NULL;
}

const char *run_id(const struct run *run)
{
    return run->id;
}

size_t run_cluster(const struct run *run)
{
    return run->cluster;
}

const char *run_operation(const struct run *run)
{
    return run->operation;
}

bool run_has_ended(const struct run *run)
{
    return run->flow == NULL;
}

bool run_has_arrived(const struct run *run)
{
    return run->has_arrived;
}

json_t *run_result(const struct run *run)
{
    return run->result;
}

const struct error *run_error(const struct run *run)
{
    return &run->error;
}

const char *run_progress(const struct run *run, double *done, double *total)
{
    *done = run->done;
    *total = run->total;
    return run->progress;
}

const char *run_stuck(const struct run *run)
{
    return run->stuck;
}

int64_t run_age_ms(const struct run *run)
{
    return (run->flow == NULL ? run->ended_ms : clock_ms()) - run->started_ms;
}

int64_t run_take_worked_ms(struct run *run)
{
    if (run->result == NULL || run->sent_ms == 0 || run->is_looked_into)
        return 0;
    run->is_looked_into = true;
    return run->ended_ms - run->sent_ms;
}

/* ---- ending it early ---- */

void run_cancel(struct run *run)
{
    struct flow *flow = run->flow;

    if (flow == NULL || run->is_cancelled)
        return;
    run->is_cancelled = true;
    log_write(LOG_INFO, "cancelling %s", run->id);
    if (run->where == IN_SESSION)
        run_tell_cancelled(run);
    if (run->where == IN_SESSION || run->is_taken_over)
        return;
    flow_cancel(flow); /* a driver of its own is killed with it */
    end_run(run, &run_was_cancelled, NULL);
}

void run_end_all(const struct error *why)
{
    list_foreach (&runs, at) {
        struct run *run = list_member(at, struct run, link);
        struct error error = run->is_cancelled ? run_was_cancelled : *why;
        if (run->flow == NULL || run->cluster != clusters_here())
            continue;
        if (!run->is_cancelled && run->where != NOWHERE_YET)
            run_describe_loss(run, &error);
        flow_end(run->flow, &error);
    }
}

void run_stop_all(void)
{
    while (!list_is_empty(&runs)) {
        struct run *run = list_member(runs.next, struct run, link);
        if (run->flow != NULL)
            flow_cancel(run->flow);
        bell_ring(&run->news);
        run_free(run);
    }
}
