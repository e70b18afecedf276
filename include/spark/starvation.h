/*
 * Tasks that wait while no executor runs them: how long that is so, and whether any
 * worker could take an executor. A full cluster is told within seconds, not after a
 * time-out.
 */
#ifndef SPARK_STARVATION_H
#define SPARK_STARVATION_H

#include "flow.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct starvation {
    int64_t since_ms; /* 0 while tasks run or none is there */
    int64_t looked_ms;
};

/* Notes an operation's progress (runner/serve/operations.py); true when it is time to
 * look for room: longer than an executor takes to come, and not too often. */
bool starvation_is_due(struct starvation *starvation, const json_t *progress);

/* The body: {}, or {"noRoom": what an executor of the application asks, what is free}. */
void starvation_find_room(struct flow *flow, const char *application_id,
                          struct reply *reply);

#endif
