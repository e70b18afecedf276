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
    bool has_limit; /* it was asked for; else a list also stays under 4 KB */
    size_t offset;  /* rows that are passed over */
};

/* Reads the arguments of monitor-cluster. False when the time_range cannot be read. */
bool filter_read(const json_t *arguments, struct filter *filter, struct error *error);
/* The same of arguments that were read before. */
struct filter filter_of(const json_t *arguments);
/* Whether Spark's word for a state is of this status, of which "" is any. */
bool filter_has_status(const char *status, const char *state);
/* end_ms is 0 while it runs. */
bool filter_wants(const struct filter *filter, const json_t *row, int64_t start_ms,
                  int64_t end_ms);

/* Sets "2026-11-22 15:04:05Z"; nothing when there is no time. */
void row_set_time(json_t *row, const char *key, int64_t ms);

/* Sets rows as a part of the result: sorted by their start, newest first, from the offset
 * on, cut to the limit. What is left out is counted in "omitted", and "next" tells how to
 * get it. Steals rows. */
void rows_set_newest(json_t *result, const char *part, json_t *rows,
                     const struct filter *filter);
/* The same in the order in which they come. */
void rows_set(json_t *result, const char *part, json_t *rows,
              const struct filter *filter);
/* Leaves the rows that are shown, from the offset on, up to the limit that was asked for, else
 * within so many bytes, and gives how many are left out behind them. */
json_int_t rows_cut(json_t *rows, const struct filter *filter, size_t bytes);
/* So many rows are left out, and the offset gives the first of them. */
void rows_tell_omitted(json_t *result, json_int_t omitted, size_t offset);

/* The same with a number or a time of Spark's; nothing when it is UNKNOWN. Seconds have
 * three digits while they are few. */
void row_set_number(json_t *row, const char *key, json_int_t number);
void row_set_seconds(json_t *row, const char *key, json_int_t ms);
/* So many of 100; nothing when one is UNKNOWN or nothing is the whole. */
void row_set_percent(json_t *row, const char *key, json_int_t part, json_int_t whole);
/* A text on one line, cut when it is long. */
void row_set_line(json_t *row, const char *key, const char *text, size_t most);

/* The first few of an array; of a longer one "<key>InAll" counts them. */
void row_set_ids(json_t *row, const char *key, const json_t *ids);

/* How many bytes it takes in an answer. */
size_t row_size(const json_t *row);

/* A list that may be long. */
struct listing {
    const char *part;     /* its key in the result */
    const char *by;       /* the number by which it is sorted, the largest first */
    size_t bytes;         /* how many its rows take, without a limit that was asked for */
    json_int_t forgotten; /* how many there were that Spark has dropped */
};

/* Sets the part of the result: those with the status that is asked for, those that failed
 * first, sorted as is asked for, cut. "total" counts all, "byStatus" each kind, "omitted"
 * what is left out, with "next". False when they have no number to be sorted by. Steals
 * rows. */
bool rows_list(json_t *result, const struct listing *listing, json_t *rows,
               const json_t *arguments, struct error *error);
/* "12 jobs: 10 SUCCEEDED, 2 FAILED; 3 older ones are forgotten by Spark." */
void rows_describe_count(const json_t *result, const char *what, struct buffer *text);

/* Writes the part as a table, or `none` when it has no rows. */
void rows_describe(const json_t *result, const char *part, const char *none,
                   const struct column *columns, size_t count, struct buffer *text);

#endif
