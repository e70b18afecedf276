/*
 * The streaming queries of a job that runs, for the answer about it: such a job may never
 * end, and whoever waits for it wants to know whether its batches go on. A job without
 * queries, and whatever cannot be asked within seconds, adds nothing.
 */
#ifndef TOOLS_RUNNING_QUERIES_H
#define TOOLS_RUNNING_QUERIES_H

#include "flow.h"

#include <jansson.h>

/* Of the driver of a report (spark/driver.h) that runs. The body is an array of
 * streaming_row (monitor/streaming.h); NULL for none. */
void running_queries_look(struct flow *flow, const json_t *report, struct reply *reply);
/* Adds them to the report as its "streaming". */
void running_queries_add(const struct reply *reply, json_t *report);

#endif
