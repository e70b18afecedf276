/* How many executors and cores an application had, from when on. */
#ifndef TOOLS_MONITOR_TIMELINE_H
#define TOOLS_MONITOR_TIMELINE_H

#include "base/buffer.h"

#include <jansson.h>

/* Adds "timeline" to the result, from /allexecutors, and "peakExecutors" and "peakCores";
 * of many changes some are left out, never the last. Nothing without executors. */
void timeline_add(json_t *result, const json_t *executors);
void timeline_describe(const json_t *result, struct buffer *text);

#endif
