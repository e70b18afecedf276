/*
 * Rows go one way: a view makes them from what Spark said, filter_wants drops some,
 * rows_set sorts and cuts, rows_describe writes them. All belong to the result from
 * rows_set on.
 */
#include "tools/monitor/rows.h"

#include "base/clock.h"
#include "base/jx.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LIMIT = 20, BYTES = 3600 };

/* ---- which rows are wanted ---- */

bool filter_read(const json_t *arguments, struct filter *filter, struct error *error)
{
    const char *range = jx_string(arguments, "time_range");

    *filter = (struct filter){
        .has_range = range[0] != '\0',
        .status = jx_string(arguments, "status"),
        .application_id = jx_string(arguments, "application_id"),
        .limit = (size_t)jx_int_or(arguments, "limit", LIMIT),
        .has_limit = json_object_get(arguments, "limit") != NULL,
        .offset = (size_t)jx_int(arguments, "offset"),
    };
    return !filter->has_range ||
           time_range_parse(range, clock_wall_ms(), &filter->range, error);
}

struct filter filter_of(const json_t *arguments)
{
    struct filter filter;
    struct error error;

    if (!filter_read(arguments, &filter, &error))
        BUG("unread arguments: %s", error.message);
    return filter;
}

/* Masters, drivers, jobs, stages and SQL executions each have words of their own. */
bool filter_has_status(const char *status, const char *state)
{
    static const struct {
        const char *status, *state;
    } same[] = {{"waiting", "SUBMITTED"},  {"waiting", "PENDING"},
                {"failed", "ERROR"},       {"running", "ACTIVE"},
                {"finished", "SUCCEEDED"}, {"finished", "COMPLETE"},
                {"finished", "COMPLETED"}};

    if (status[0] == '\0' || strcasecmp(status, state) == 0)
        return true;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        if (strcmp(status, same[i].status) == 0 && strcmp(state, same[i].state) == 0)
            return true;
    return false;
}

bool filter_wants(const struct filter *filter, const json_t *row, int64_t start_ms,
                  int64_t end_ms)
{
    const char *id = filter->application_id;

    return (id[0] == '\0' || jx_is(row, "id", id)) &&
           filter_has_status(filter->status, jx_string(row, "state")) &&
           (!filter->has_range || time_range_touches(&filter->range, start_ms, end_ms));
}

/* ---- rows of a result ---- */

void row_set_time(json_t *row, const char *key, int64_t ms)
{
    char text[32];

    if (ms <= 0)
        return;
    text_time(ms, text, sizeof text);
    jx_set_format(row, key, "%sZ", text);
}

static size_t limit_of(const struct filter *filter, const json_t *rows, size_t most)
{
    size_t count = 0, bytes = 0;

    if (filter->has_limit)
        return filter->limit;
    while (count < filter->limit && count < json_array_size(rows) &&
           ((bytes += row_size(json_array_get(rows, count))) <= most || count == 0))
        count++;
    return count;
}

json_int_t rows_cut(json_t *rows, const struct filter *filter, size_t bytes)
{
    size_t count = json_array_size(rows), shown;
    json_int_t omitted = 0;

    for (size_t i = 0; i < filter->offset && i < count; i++)
        json_array_remove(rows, 0);
    shown = limit_of(filter, rows, bytes);
    while (json_array_size(rows) > shown) {
        json_array_remove(rows, json_array_size(rows) - 1);
        omitted++;
    }
    return omitted;
}

void rows_tell_omitted(json_t *result, json_int_t omitted, size_t offset)
{
    if (omitted <= 0)
        return;
    json_object_set_new(result, "omitted", json_integer(omitted));
    jx_set_format(result, "next", "%lld more from offset %zu on.", (long long)omitted,
                  offset);
}

void rows_set(json_t *result, const char *part, json_t *rows, const struct filter *filter)
{
    json_int_t omitted = rows_cut(rows, filter, BYTES);

    json_object_set_new(result, part, rows);
    rows_tell_omitted(result, omitted, filter->offset + json_array_size(rows));
}

static int compare_newest_first(const void *a, const void *b)
{
    return strcmp(jx_string(*(json_t *const *)b, "started"),
                  jx_string(*(json_t *const *)a, "started"));
}

void rows_set_newest(json_t *result, const char *part, json_t *rows,
                     const struct filter *filter)
{
    size_t count = json_array_size(rows), i;
    json_t **members = memory_new((count + 1) * sizeof *members);
    json_t *sorted = json_array(), *row;

    json_array_foreach (rows, i, row)
        members[i] = row;
    qsort(members, count, sizeof *members, compare_newest_first);
    for (i = 0; i < count; i++)
        json_array_append(sorted, members[i]);
    free(members);
    json_decref(rows);
    rows_set(result, part, sorted, filter);
}

/* ---- as text ---- */

void rows_describe(const json_t *result, const char *part, const char *none,
                   const struct column *columns, size_t count, struct buffer *text)
{
    const json_t *rows = jx_array(result, part);

    if (json_array_size(rows) == 0)
        buffer_printf(text, "%s\n", none);
    else
        describe_table(rows, columns, count, text);
}
