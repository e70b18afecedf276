/*
 * Somebody who waits for a flow, and a loop whose clock is wound by hand.
 */
#ifndef WAITING_H
#define WAITING_H

#include "flow.h"

#include <jansson.h>
#include <stdbool.h>

enum { START_MS = 1000000 };
#define START_WALL_MS INT64_C(1795366800000) /* 2026-11-22 17:00:00 UTC */

struct outcome {
    bool has_ended, has_failed;
    struct error error;
    json_t *result;
    int reports;
    double done, total;
    char report[400]; /* the last one */
    char note[400];
    struct flow *flow; /* NULL once it has ended */
};

/* Both clocks stand at their start. */
void loop_begin(void);
/* Cancels what is left. False, and says why, when something was left, or the script has
 * not come to its end. */
bool loop_end(void);
/* Lets this much time pass: steps run, answers come, timers ring. */
void loop_run(int ms);

/* A client that writes down what it is told. */
struct flow_client client_of(struct outcome *outcome);
/* Starts a flow whose only step calls `start`; its result is the reply's body. */
void wait_for(struct outcome *outcome, void (*start)(struct flow *, struct reply *));
void outcome_cancel(struct outcome *outcome);
/* Ready to be waited with again. */
void outcome_clear(struct outcome *outcome);

#endif
