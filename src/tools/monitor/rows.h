/* What views that show rows share: which rows are wanted, in which order, as which text.
 */
#ifndef TOOLS_MONITOR_ROWS_H
#define TOOLS_MONITOR_ROWS_H

#include "base/buffer.h"
#include "base/error.h"
#include "tools/describe.h"
#include "tools/monitor/time_range.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which rows are wanted; the texts are the arguments'. */
struct filter {
    bool has_range; /* else of any time */
    struct time_range range;
    const char *status; /* "" is any; running, waiting, finished, failed, killed */
    const char *application_id; /* "" is any */
    size_t limit;
};

/* Reads the arguments of monitor-cluster. False when the time_range cannot be read. */
bool filter_read(const json_t *arguments, struct filter *filter, struct error *error);
/* The same of arguments that were read before. */
struct filter filter_of(const json_t *arguments);
/* end_ms is 0 while it runs. */
bool filter_wants(const struct filter *filter, const json_t *row, int64_t start_ms,
                  int64_t end_ms);

/* Sets "2026-11-22 15:04:05Z"; nothing when there is no time. */
void row_set_time(json_t *row, const char *key, int64_t ms);

/* Sets rows as a part of the result: sorted by their start, newest first, cut to the
 * limit; what is left out is counted in "omitted". Steals rows. */
void rows_set_newest(json_t *result, const char *part, json_t *rows, size_t limit);
/* The same in the order in which they come. */
void rows_set(json_t *result, const char *part, json_t *rows, size_t limit);

/* Writes the part as a table, or `none` when it has no rows. */
void rows_describe(const json_t *result, const char *part, const char *none,
                   const struct column *columns, size_t count, struct buffer *text);

#endif
