/* Results as text: small tables, the words of a job's report. */
#ifndef TOOLS_DESCRIBE_H
#define TOOLS_DESCRIBE_H

#include "base/buffer.h"

#include <jansson.h>
#include <stdbool.h>

/* The report of a job (spark/driver.h), with its streaming queries (running_queries.h). */
void describe_job(const json_t *report, struct buffer *text);

struct column {
    const char *key; /* of each row */
    const char *title;
};

/* Objects as a table; a column that no row has is left out. */
void describe_table(const json_t *rows, const struct column *columns, size_t count,
                    struct buffer *text);

/* Anything that the runner answers (describe_value.c). */
void describe_value(const json_t *result, struct buffer *text);

/* Whether the result has "rows": an array of arrays, or the same as raw JSON (jx_raw). */
bool describe_has_rows(const json_t *result);
/* The "rows" of a result under its "columns" [{name, type}, ...]: as a table, as CSV with
 * a head line, and as one JSON object a line. */
void describe_rows(const json_t *result, struct buffer *text);
void describe_csv(const json_t *result, struct buffer *text);
void describe_json(const json_t *result, struct buffer *text);
void describe_markdown(const json_t *result, struct buffer *text);
/* Bars, or a line where rows are many; a table where there are not two columns for it. */
void describe_chart(const json_t *result, struct buffer *text);

/* Of raw rows the first ones, else all; how many the result has; new. */
json_t *describe_first_rows(const json_t *result);
size_t describe_count_rows(const json_t *result);
/* The names of its columns; new. */
json_t *describe_names(const json_t *result);
/* Whether a column of this type holds numbers. */
bool describe_is_number(const char *type);

/* The "warnings" and "next" of a result, each as a line. */
void describe_warnings(const json_t *result, struct buffer *text);

#endif
