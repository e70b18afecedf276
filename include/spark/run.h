/*
 * A run: one operation of the runner (src/runner), carried to its end whether or not a
 * call still waits for it. It runs in the session or, where none can be reached or
 * SPARK_SESSION=off, in a driver of its own; the answer is the same. Runs are known by
 * their id ("op-..."); what came of one is kept for RUN_KEPT_MS.
 */
#ifndef SPARK_RUN_H
#define SPARK_RUN_H

#include "flow.h"
#include "spark/download.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    RUNS_MAX = 256, /* that go on */
    RUNS_KEPT = 64, /* that have ended and were not asked for yet; the oldest gives way */
    RUN_KEPT_MS = 15 * 60 * 1000,
};

struct run;

/* operation: a folder of src/runner. Steals arguments, and download, which may be NULL: the
 * file that a whole result goes to. NULL when RUNS_MAX go on. */
struct run *run_start(const char *operation, json_t *arguments,
                      struct download *download);
/* NULL when there is none of that id, or no longer. */
struct run *run_find(const char *id);
/* Whether it has the form of one; Spark knows an operation's jobs by it, as their group. */
bool run_is_id(const char *text);
/* Whether another process made this id. */
bool run_is_foreign(const char *id);
/* Takes up what another process began in the session that both share: run_find knows it
 * then, if the session still does. Nothing happens without such a session. */
void run_take_over(struct flow *flow, const char *id, struct reply *reply);

/* Makes the next step wait for news: progress, or the end; a second at most. */
void run_await_news(struct flow *flow, struct run *run, struct reply *reply);

const char *run_id(const struct run *run);
/* In whose session it is (base/clusters.h). */
size_t run_cluster(const struct run *run);
const char *run_operation(const struct run *run);
bool run_has_ended(const struct run *run);
/* The session has answered that it has it: one that is shared goes on with it when this
 * process ends. */
bool run_has_arrived(const struct run *run);
/* What came of it: borrowed; NULL when it failed or goes on. */
json_t *run_result(const struct run *run);
/* Why it failed; kind ERROR_NONE otherwise. */
const struct error *run_error(const struct run *run);
/* In a few words; done of total as Spark counts tasks, total 0 is not known. */
const char *run_progress(const struct run *run, double *done, double *total);
/* Why waiting is no use now (no room for executors), "" when it may be. */
const char *run_stuck(const struct run *run);
int64_t run_age_ms(const struct run *run);
/* How long the session worked at what has a result; else 0, and whenever it is asked for
 * again: what a run spent its time on is looked into once. */
int64_t run_take_worked_ms(struct run *run);

/* Frees one that has ended. */
void run_forget(struct run *run);
/* Asks for its end; it ends as ERROR_CANCELLED a moment later, the session goes on. */
void run_cancel(struct run *run);
/* The Spark of this cluster has ended, and so do those that run there. */
void run_end_all(const struct error *why);
/* Ends and forgets all of them, with the server. */
void run_stop_all(void);

#endif
