/*
 * Operations that a test ends by hand, a trace of what happened in order, and the flows
 * that several tests of flow.h use.
 */
#ifndef PROBES_H
#define PROBES_H

#include "flow.h"
#include "waiting.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Of every flow here. */
struct state {
    struct reply first, second, third;
    int rounds;
};

extern struct outcome outcome; /* of the flow that start() began */

void probes_begin(void);
bool probes_end(void); /* false when something was left */

/* Adds a word to the trace; probes add "cancel0" when they are cancelled. */
void mark(const char *word);
const char *trace(void);

/* Begins the next operation; the first one since probes_begin has the index 0. */
void begin_probe(struct flow *flow, struct reply *reply);
void succeed(size_t index, json_t *body); /* steals body */
void break_with(size_t index, const char *message);
/* The next operation has the index 0 again. */
void count_anew(void);

/* A root flow of `struct state` that marks "undone". Steals input. */
struct flow *start_with(flow_step *step, json_t *input);
struct flow *start(flow_step *step);
void mark_undone(void *state);

/* Steps: one marks "ask", begins a probe for the first reply, marks "asked" and goes on
 * to the other, which marks "conclude" and is done. */
flow_step ask_one, conclude;

#endif
