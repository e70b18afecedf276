/*
 * Results of the runner as text: rows as tables, lists of objects as tables, everything
 * else as "key: value". Whatever a result holds is told, so that both forms of an answer
 * carry the same facts.
 */
#include "tools/describe.h"

#include "base/jx.h"

#include <stdlib.h>
#include <string.h>

enum {
    COLUMNS_MAX = 60,
    CELL_MAX = 80,           /* characters of a value in a table */
    VALUE_MAX = 12000,       /* bytes of a value on a line of its own */
    TABLE_MAX = 30000,       /* bytes of text at which a table stops */
    RAW_MAX = 8 * TABLE_MAX, /* bytes of raw rows that are read for it */
};

/* ---- cells ---- */

/* The text of a value, with blanks for NULs, which would hide what follows; new. */
static char *text_of(const json_t *value)
{
    struct buffer text = {0};

    if (value == NULL || json_is_null(value))
        return strdup("NULL");
    if (!json_is_string(value)) {
        jx_write(&text, value);
        return text.data;
    }
    buffer_add(&text, json_string_value(value), json_string_length(value));
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] == '\0')
            text.data[i] = ' ';
    return text.data;
}

/* How many characters the UTF-8 text has. */
static size_t width_of(const char *text)
{
    size_t width = 0;

    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

/* Cuts to so many characters, visibly, and keeps it on one line. */
static void make_cell(char *text)
{
    size_t width = 0, at;

    for (at = 0; text[at] != '\0'; at++) {
        if ((unsigned char)text[at] < ' ')
            text[at] = ' ';
        width += ((unsigned char)text[at] & 0xC0) != 0x80;
        if (width > CELL_MAX) {
            at -= at > 3 ? 3 : 0;
            while (at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80)
                at--;
            memcpy(text + at, "...", 4);
            return;
        }
    }
}

static char *cell_of(const json_t *value)
{
    char *text = text_of(value);

    make_cell(text);
    return text;
}

static void add_cell(struct buffer *text, const char *cell, size_t width, bool is_last)
{
    buffer_add_text(text, cell);
    for (size_t i = width_of(cell); !is_last && i < width + 2; i++)
        buffer_add(text, " ", 1);
}

static bool is_full(const struct buffer *text)
{
    return text->length > TABLE_MAX;
}

static void say_left(struct buffer *text, size_t left)
{
    if (left > 0)
        buffer_printf(text, "(%zu more rows are not shown in this text)\n", left);
}

/* ---- rows: as an array, or as raw JSON, of which a text needs the start only ---- */

/* Of raw rows the first ones, else all; new. */
static json_t *start_of(json_t *rows)
{
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

/* How many rows a result has. */
static size_t count_rows(const json_t *result)
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

/* ---- tables: any rows whose cells can be asked for ---- */

typedef const json_t *cell_getter(const json_t *columns, const json_t *row,
                                  size_t column);

/* How wide the columns are in the rows that TABLE_MAX leaves room for. */
static void measure(const json_t *columns, const json_t *rows, cell_getter *get,
                    size_t shown, size_t *widths)
{
    size_t total = 0;

    for (size_t c = 0; c < shown; c++) {
        char *title = cell_of(json_array_get(columns, c));
        widths[c] = width_of(title);
        free(title);
    }
    for (size_t i = 0; i < json_array_size(rows) && total <= TABLE_MAX; i++)
        for (size_t c = 0; c < shown; c++) {
            char *cell = cell_of(get(columns, json_array_get(rows, i), c));
            size_t width = width_of(cell);
            widths[c] = width > widths[c] ? width : widths[c];
            total += width;
            free(cell);
        }
}

/* total: how many rows there are, some of which may not be in the array. */
static void add_table(const json_t *columns, const json_t *rows, size_t total,
                      cell_getter *get, struct buffer *text)
{
    size_t count = json_array_size(columns), widths[COLUMNS_MAX] = {0};
    size_t shown = count < COLUMNS_MAX ? count : COLUMNS_MAX;
    const json_t *row;
    size_t i;

    measure(columns, rows, get, shown, widths);
    for (size_t c = 0; c < shown; c++) {
        char *title = cell_of(json_array_get(columns, c));
        add_cell(text, title, widths[c], c + 1 == shown);
        free(title);
    }
    buffer_add_text(text, "\n");
    json_array_foreach (rows, i, row) {
        if (is_full(text))
            break;
        for (size_t c = 0; c < shown; c++) {
            char *cell = cell_of(get(columns, row, c));
            add_cell(text, cell, widths[c], c + 1 == shown);
            free(cell);
        }
        buffer_add_text(text, "\n");
    }
    say_left(text, total - i);
    if (count > shown)
        buffer_printf(text, "(%zu more columns are not shown in this text)\n",
                      count - shown);
}

static const json_t *get_by_index(const json_t *columns, const json_t *row, size_t column)
{
    (void)columns;
    return json_array_get(row, column);
}

static const json_t *get_by_key(const json_t *columns, const json_t *row, size_t column)
{
    static json_t *nothing;
    const json_t *value =
        json_object_get(row, json_string_value(json_array_get(columns, column)));

    if (nothing == NULL)
        nothing = json_string("");
    return value != NULL ? value : nothing;
}

/* The names of [{name, type}, ...]; new. */
static json_t *names_of(const json_t *columns)
{
    json_t *names = json_array();
    const json_t *column;
    size_t i;

    json_array_foreach (columns, i, column)
        json_array_append(names, json_object_get(column, "name"));
    return names;
}

/* The keys of all objects, in the order in which they come; new. */
static json_t *keys_of(const json_t *objects)
{
    json_auto_t *seen = json_object();
    json_t *keys = json_array();
    const json_t *object;
    json_t *value;
    const char *key;
    size_t i;

    json_array_foreach (objects, i, object)
        json_object_foreach ((json_t *)object, key, value)
            if (json_object_set_new(seen, key, json_true()) == 0 &&
                json_object_size(seen) > json_array_size(keys))
                json_array_append_new(keys, json_string(key));
    return keys;
}

/* ---- anything ---- */

static bool is_table(const json_t *value)
{
    return jx_array(value, "columns") != NULL && describe_has_rows(value);
}

static bool holds_objects(const json_t *value)
{
    return json_is_object(json_array_get(value, 0));
}

static void add_scalar(struct buffer *text, const json_t *value)
{
    char *line = text_of(value);

    buffer_printf(text, "%.*s%s", VALUE_MAX, line, strlen(line) > VALUE_MAX ? "..." : "");
    free(line);
}

static void add_object(const json_t *object, int depth, struct buffer *text);

static void add_list(const json_t *list, struct buffer *text)
{
    const json_t *value;
    size_t i;

    json_array_foreach (list, i, value) {
        buffer_add_text(text, i > 0 ? ", " : "");
        add_scalar(text, value);
    }
    buffer_add_text(text, "\n");
}

static bool is_flat(const json_t *objects)
{
    const json_t *object;
    json_t *value;
    const char *key;
    size_t i;

    json_array_foreach (objects, i, object)
        json_object_foreach ((json_t *)object, key, value)
            if (is_table(value) || holds_objects(value) ||
                (strcmp(key, "rows") == 0 && json_is_array(value)))
                return false;
    return true;
}

static void add_member(const char *key, const json_t *value, int depth,
                       struct buffer *text)
{
    const json_t *object;
    size_t i;

    buffer_printf(text, "%*s%s:", 2 * depth, "", key);
    if (is_table(value) || (json_is_object(value) && json_object_size(value) > 0)) {
        buffer_add_text(text, "\n");
        add_object(value, depth + 1, text);
    } else if (holds_objects(value) && is_flat(value)) {
        json_auto_t *keys = keys_of(value);
        buffer_add_text(text, "\n");
        add_table(keys, value, json_array_size(value), get_by_key, text);
    } else if (holds_objects(value)) {
        buffer_add_text(text, "\n");
        json_array_foreach (value, i, object) {
            add_object(object, depth + 1, text);
            buffer_add_text(text, "\n");
        }
    } else if (json_is_array(value)) {
        buffer_add_text(text, " ");
        add_list(value, text);
    } else {
        bool is_long = json_is_string(value) && strchr(json_string_value(value), '\n');
        buffer_add_text(text, is_long ? "\n" : " ");
        add_scalar(text, value);
        buffer_add_text(text, "\n");
    }
}

static void add_rows(const json_t *object, struct buffer *text)
{
    json_auto_t *names = names_of(jx_array(object, "columns"));
    json_auto_t *rows = start_of(json_object_get(object, "rows"));

    add_table(names, rows, count_rows(object), get_by_index, text);
}

static void add_object(const json_t *object, int depth, struct buffer *text)
{
    const char *key;
    json_t *value;

    if (is_table(object) && depth == 0)
        add_rows(object, text);
    json_object_foreach ((json_t *)object, key, value) {
        bool is_told =
            is_table(object) && (strcmp(key, "columns") == 0 || strcmp(key, "rows") == 0);
        bool is_last =
            depth == 0 && (strcmp(key, "warnings") == 0 || strcmp(key, "next") == 0);
        if (!is_told && !is_last)
            add_member(key, value, depth, text);
    }
    if (is_table(object) && depth > 0)
        add_rows(object, text);
}

void describe_value(const json_t *result, struct buffer *text)
{
    add_object(result, 0, text);
    describe_warnings(result, text);
}

/* ---- rows as CSV (RFC 4180) and as JSON ---- */

static void add_csv(struct buffer *text, const json_t *value)
{
    char *cell = value == NULL || json_is_null(value) ? strdup("") : text_of(value);

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
    json_auto_t *names = names_of(jx_array(result, "columns"));
    json_auto_t *rows = start_of(json_object_get(result, "rows"));
    const json_t *row;
    size_t i;

    add_csv_line(text, names);
    json_array_foreach (rows, i, row) {
        if (is_full(text))
            break;
        add_csv_line(text, row);
    }
    say_left(text, count_rows(result) - i);
}

void describe_json(const json_t *result, struct buffer *text)
{
    json_auto_t *names = names_of(jx_array(result, "columns"));
    json_auto_t *rows = start_of(json_object_get(result, "rows"));
    const json_t *row, *value;
    size_t i, c;

    json_array_foreach (rows, i, row) {
        if (is_full(text))
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
    say_left(text, count_rows(result) - i);
}
