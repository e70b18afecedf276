/*
 * The rows of a result: as a table, as CSV (RFC 4180) and as one JSON object a line. They
 * come as an array or, when they are many, as raw JSON (jx_raw), of which a text needs
 * only the start.
 */
#include "tools/describe.h"

#include "base/jx.h"
#include "tools/table.h"

#include <stdlib.h>
#include <string.h>

enum { RAW_MAX = 8 * TABLE_MAX }; /* bytes of raw rows that are read */

json_t *describe_first_rows(const json_t *result)
{
    json_t *rows = json_object_get(result, "rows");
    const char *raw = jx_raw_text(rows);
    size_t at = 1, length = raw != NULL ? strlen(raw) : 0;
    json_error_t end;
    json_t *start, *row;

    if (raw == NULL)
        return json_incref(rows);
    start = json_array();
    while (at < length && at < RAW_MAX) {
        row = json_loadb(raw + at, length - at, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL,
                         &end);
        if (row == NULL)
            break;
        json_array_append_new(start, row);
        at += (size_t)end.position + 1; /* the comma or the bracket */
    }
    return start;
}

size_t describe_count_rows(const json_t *result)
{
    const json_t *rows = json_object_get(result, "rows");

    return json_is_array(rows) ? json_array_size(rows)
                               : (size_t)jx_int(result, "rowCount");
}

bool describe_has_rows(const json_t *result)
{
    const json_t *rows = json_object_get(result, "rows");

    return json_is_array(rows) || jx_raw_text(rows) != NULL;
}

json_t *describe_names(const json_t *result)
{
    const json_t *columns = jx_array(result, "columns");
    json_t *names = json_array();
    const json_t *column;
    size_t i;

    json_array_foreach (columns, i, column)
        json_array_append(names, json_object_get(column, "name"));
    return names;
}

void describe_rows(const json_t *result, struct buffer *text)
{
    json_auto_t *names = describe_names(result);
    json_auto_t *rows = describe_first_rows(result);

    table_write(names, NULL, rows, describe_count_rows(result), text);
}

static void add_csv(struct buffer *text, const json_t *value)
{
    char *cell =
        value == NULL || json_is_null(value) ? strdup("") : table_plain_of(value);

    if (strpbrk(cell, ",\"\r\n") == NULL && cell[0] != '\0') {
        buffer_add_text(text, cell);
    } else if (!json_is_null(value)) { /* an empty text is not a null */
        buffer_add_text(text, "\"");
        for (const char *at = cell; *at != '\0'; at++)
            buffer_printf(text, "%s%c", *at == '"' ? "\"" : "", *at);
        buffer_add_text(text, "\"");
    }
    free(cell);
}

static void add_csv_line(struct buffer *text, const json_t *values)
{
    const json_t *value;
    size_t i;

    json_array_foreach (values, i, value) {
        buffer_add_text(text, i > 0 ? "," : "");
        add_csv(text, value);
    }
    buffer_add_text(text, "\n");
}

void describe_csv(const json_t *result, struct buffer *text)
{
    json_auto_t *names = describe_names(result);
    json_auto_t *rows = describe_first_rows(result);
    const json_t *row;
    size_t i;

    add_csv_line(text, names);
    json_array_foreach (rows, i, row) {
        if (table_is_full(text))
            break;
        add_csv_line(text, row);
    }
    table_say_left(text, describe_count_rows(result) - i);
}

void describe_json(const json_t *result, struct buffer *text)
{
    json_auto_t *names = describe_names(result);
    json_auto_t *rows = describe_first_rows(result);
    const json_t *row, *value;
    size_t i, c;

    json_array_foreach (rows, i, row) {
        if (table_is_full(text))
            break;
        buffer_add_text(text, "{");
        json_array_foreach (row, c, value) { /* by hand: names may occur twice */
            buffer_add_text(text, c > 0 ? "," : "");
            jx_write(text, json_array_get(names, c));
            buffer_add_text(text, ":");
            jx_write(text, value);
        }
        buffer_add_text(text, "}\n");
    }
    table_say_left(text, describe_count_rows(result) - i);
}
