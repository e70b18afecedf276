/* Rows of SQL executions, for the list of them and for one. */
#ifndef TOOLS_MONITOR_QUERIES_H
#define TOOLS_MONITOR_QUERIES_H

#include "base/buffer.h"

#include <jansson.h>

json_t *query_row(const json_t *query); /* new */
void query_rows_describe(const json_t *result, const char *part, struct buffer *text);

#endif
