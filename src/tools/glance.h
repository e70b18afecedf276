/*
 * A look at what has just run: one sentence when a diagnosis of it would have a critical
 * finding, nothing in any other case, whatever fails. Only what took 10 s is looked at, for
 * 3 s at most or a tenth of its time: a short statement is never kept waiting.
 */
#ifndef TOOLS_GLANCE_H
#define TOOLS_GLANCE_H

#include "flow.h"

#include <jansson.h>
#include <stdint.h>

/* An operation of the session for which it worked so long. The body is the sentence; NULL
 * for none. */
void glance_at_operation(struct flow *flow, const char *id, int64_t worked_ms,
                         struct reply *reply);
/* The driver of a report (spark/driver.h) that was followed to its end. */
void glance_at_report(struct flow *flow, const json_t *report, struct reply *reply);
/* Adds the sentence, if there is one, to the warnings of a result or a report. */
void glance_add(const struct reply *reply, json_t *result);

#endif
