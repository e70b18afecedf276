/* Structured streaming queries as rows, for the view of them and for a job that runs. */
#ifndef TOOLS_MONITOR_STREAMING_H
#define TOOLS_MONITOR_STREAMING_H

#include "base/buffer.h"

#include <jansson.h>

/* One of streams_read (spark/streams.h), with its last batches when its own page is given.
 * New. */
json_t *streaming_row(const json_t *query, const json_t *page);
void streaming_describe_query(const json_t *query, struct buffer *text);

#endif
