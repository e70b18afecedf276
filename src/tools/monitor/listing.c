/* Rows of what Spark tells of one application: numbers that may be unknown, and lists that
 * are sorted and cut to so many bytes. */
#include "base/buffer.h"
#include "base/jx.h"
#include "base/memory.h"
#include "base/text.h"
#include "spark/watching.h"
#include "tools/monitor/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IDS_SHOWN = 8 };

/* ---- numbers ---- */

void row_set_number(json_t *row, const char *key, json_int_t number)
{
    if (number != UNKNOWN)
        json_object_set_new(row, key, json_integer(number));
}

void row_set_seconds(json_t *row, const char *key, json_int_t ms)
{
    if (ms != UNKNOWN)
        json_object_set_new(
            row, key,
            json_real(ms < 10000 ? (double)ms / 1000 : (double)(ms / 100) / 10));
}

void row_set_percent(json_t *row, const char *key, json_int_t part, json_int_t whole)
{
    if (part != UNKNOWN && whole > 0)
        json_object_set_new(row, key, json_integer(part * 100 / whole));
}

void row_set_line(json_t *row, const char *key, const char *text, size_t most)
{
    struct buffer line = {0};

    if (text[0] == '\0')
        return;
    text_add_beginning(&line, text, most);
    for (size_t i = 0; i < line.length; i++)
        if ((unsigned char)line.data[i] < ' ')
            line.data[i] = ' ';
    json_object_set_new(row, key, jx_text(buffer_text(&line), line.length));
    buffer_release(&line);
}

void row_set_ids(json_t *row, const char *key, const json_t *ids)
{
    json_t *shown = json_array();
    char count[40];

    for (size_t i = 0; i < json_array_size(ids) && i < IDS_SHOWN; i++)
        json_array_append(shown, json_array_get(ids, i));
    json_object_set_new(row, key, shown);
    if (json_array_size(ids) > IDS_SHOWN) {
        snprintf(count, sizeof count, "%sInAll", key);
        json_object_set_new(row, count, json_integer((json_int_t)json_array_size(ids)));
    }
}

/* ---- lists ---- */

struct place {
    json_t *row;
    bool has_failed;
    double number;
    size_t index;
};

static int compare(const void *first, const void *second)
{
    const struct place *a = first, *b = second;

    if (a->has_failed != b->has_failed)
        return a->has_failed ? -1 : 1;
    if (a->number != b->number)
        return a->number > b->number ? -1 : 1;
    return a->index < b->index ? -1 : 1;
}

/* New. */
static json_t *sort(const json_t *rows, const char *by, bool failed_first)
{
    size_t count = json_array_size(rows), i;
    struct place *places = memory_new((count + 1) * sizeof *places);
    json_t *sorted = json_array(), *row;

    json_array_foreach (rows, i, row) {
        const json_t *number = json_object_get(row, by);

        places[i] = (struct place){row, failed_first && jx_is(row, "status", "FAILED"),
                                   number != NULL ? json_number_value(number) : -1, i};
    }
    qsort(places, count, sizeof *places, compare);
    for (i = 0; i < count; i++)
        json_array_append(sorted, places[i].row);
    free(places);
    return sorted;
}

static bool check_sort(const json_t *rows, const char *by, struct error *error)
{
    struct buffer keys = {0};
    const char *key;
    json_t *row, *value;
    size_t i;

    json_array_foreach (rows, i, row)
        if (json_is_number(json_object_get(row, by)))
            return true;
    json_object_foreach (json_array_get(rows, 0), key, value)
        if (json_is_number(value))
            buffer_printf(&keys, "%s%s", keys.length > 0 ? ", " : "", key);
    if (keys.length > 0) {
        error_set(error, ERROR_ARGUMENTS, "these rows have no number '%.60s'", by);
        error_hint(error, "They can be sorted by %s.", buffer_text(&keys));
    }
    buffer_release(&keys);
    return json_array_size(rows) == 0;
}

static json_t *count_by_status(const json_t *rows)
{
    json_t *counts = json_object();
    const json_t *row;
    size_t i;

    json_array_foreach (rows, i, row) {
        const char *status = jx_string(row, "status");
        if (status[0] != '\0')
            json_object_set_new(counts, status, json_integer(jx_int(counts, status) + 1));
    }
    return counts;
}

size_t row_size(const json_t *row)
{
    struct buffer text = {0};
    size_t size;

    jx_write(&text, row);
    size = text.length + 1;
    buffer_release(&text);
    return size;
}

bool rows_list(json_t *result, const struct listing *listing, json_t *stolen_rows,
               const json_t *arguments, struct error *error)
{
    json_auto_t *rows = stolen_rows, *sorted = NULL;
    const char *by = jx_string(arguments, "sort"),
               *status = jx_string(arguments, "status");
    json_int_t omitted;
    struct filter filter = filter_of(arguments);
    json_t *shown = json_array(), *row, *counts;
    size_t i;

    if (by[0] != '\0' && !check_sort(rows, by, error)) {
        json_decref(shown);
        return false;
    }
    sorted = sort(rows, by[0] != '\0' ? by : listing->by, by[0] == '\0');
    json_array_foreach (sorted, i, row)
        if (!jx_has_string(row, "status") ||
            filter_has_status(status, jx_string(row, "status")))
            json_array_append(shown, row);
    omitted = rows_cut(shown, &filter, listing->bytes);
    json_object_set_new(result, listing->part, shown);
    json_object_set_new(result, "total", json_integer((json_int_t)json_array_size(rows)));
    counts = count_by_status(rows);
    if (json_object_size(counts) > 0)
        json_object_set(result, "byStatus", counts);
    json_decref(counts);
    if (listing->forgotten > 0)
        json_object_set_new(result, "forgotten", json_integer(listing->forgotten));
    rows_tell_omitted(result, omitted, filter.offset + json_array_size(shown));
    return true;
}

void rows_describe_count(const json_t *result, const char *what, struct buffer *text)
{
    const char *status;
    json_t *count;
    const char *between = ": ";

    buffer_printf(text, "%lld %s", (long long)jx_int(result, "total"), what);
    json_object_foreach (jx_object(result, "byStatus"), status, count) {
        buffer_printf(text, "%s%lld %s", between, (long long)json_integer_value(count),
                      status);
        between = ", ";
    }
    if (jx_int(result, "forgotten") > 0)
        buffer_printf(text, "; %lld more are forgotten by Spark",
                      (long long)jx_int(result, "forgotten"));
    buffer_add_text(text, ".\n");
}
