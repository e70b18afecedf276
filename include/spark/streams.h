/*
 * Structured streaming queries, which /api/v1 does not tell of: from the pages that the UI of
 * a driver and the history server draw of them. Pages are no contract: columns are found by
 * their titles and series by the places they are drawn at, and what is not found is unknown.
 */
#ifndef SPARK_STREAMS_H
#define SPARK_STREAMS_H

#include "flow.h"
#include "spark/watching.h"

#include <jansson.h>

/* A page {"text"}. Without streaming queries Spark shows another page: no queries, then. */
void streams_get(struct flow *flow, const json_t *place, struct reply *reply);
void stream_get(struct flow *flow, const json_t *place, const char *run_id,
                struct reply *reply);

/* The queries of the first page, running ones first, as its titles call what it tells:
 * [{"Name", "Status", "ID", "Run ID", "Duration", "Avg Input /sec", "Avg Process /sec",
 * "Latest Batch", "Error"}]. New. */
json_t *streams_read(const json_t *page);

/* A series of the second page by where it is drawn, "input-rate": [[ms, number], ...], the
 * oldest first; an empty one when it is not drawn. New. */
json_t *stream_series(const json_t *page, const char *name);

#endif
