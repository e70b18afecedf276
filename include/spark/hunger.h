/*
 * Tasks that wait while no executor runs them: how long that is so, and whether any worker
 * could take an executor. A full cluster is told within seconds, not after a time-out.
 */
#ifndef SPARK_HUNGER_H
#define SPARK_HUNGER_H

#include "flow.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct hunger {
    int64_t since_ms; /* 0 while tasks run or none is there */
    int64_t looked_ms;
};

/* Notes an operation's progress (runner/operations.py); true when it is time to look for
 * room: longer than an executor takes to come, and not too often. */
bool hunger_is_due(struct hunger *hunger, const json_t *progress);

/* The body: {}, or {"noRoom": what an executor of the application asks, what is free}. */
void hunger_find_room(struct flow *flow, const char *application_id, struct reply *reply);

#endif
