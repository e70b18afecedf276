/*
 * A table is written in two passes over its rows: one measures how wide the columns are,
 * in characters, one writes. Both make each cell anew, so that nothing is held but
 * widths.
 */
#include "tools/table.h"

#include "base/jx.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum {
    COLUMNS_MAX = 60,
    CELL_MAX = 80, /* characters of a value in a table */
};

struct table {
    const json_t *titles, *keys, *rows;
    size_t shown, widths[COLUMNS_MAX];
};

char *table_text_of(const json_t *value)
{
    struct buffer text = {0};

    buffer_add_text(&text, value == NULL || json_is_null(value) ? "NULL" : "");
    if (text.length == 0)
        jx_write_plain(&text, value);
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] == '\0')
            text.data[i] = ' ';
    return text.data;
}

/* The text of a value on one line, visibly cut when it is long; new. */
static char *cell_of(const json_t *value)
{
    char *text = table_text_of(value);
    size_t width = 0;

    for (size_t at = 0; text[at] != '\0'; at++) {
        if ((unsigned char)text[at] < ' ')
            text[at] = ' ';
        width += ((unsigned char)text[at] & 0xC0) != 0x80;
        if (width > CELL_MAX) {
            memcpy(text + text_cut(text, at - 3), "...", 4);
            break;
        }
    }
    return text;
}

static char *cell_at(const struct table *table, const json_t *row, size_t column)
{
    const json_t *value =
        table->keys == NULL
            ? json_array_get(row, column)
            : json_object_get(row,
                              json_string_value(json_array_get(table->keys, column)));

    return table->keys != NULL && value == NULL ? strdup("") : cell_of(value);
}

bool table_is_full(const struct buffer *text)
{
    return text->length > TABLE_MAX;
}

void table_say_left(struct buffer *text, size_t left)
{
    if (left > 0)
        buffer_printf(text, "(%zu more rows are not shown in this text)\n", left);
}

/* How wide the columns are in the rows that TABLE_MAX leaves room for. */
static void measure(struct table *table)
{
    size_t total = 0;

    for (size_t c = 0; c < table->shown; c++) {
        char *title = cell_of(json_array_get(table->titles, c));
        table->widths[c] = text_width(title);
        free(title);
    }
    for (size_t i = 0; i < json_array_size(table->rows) && total <= TABLE_MAX; i++)
        for (size_t c = 0; c < table->shown; c++) {
            char *cell = cell_at(table, json_array_get(table->rows, i), c);
            size_t width = text_width(cell);
            table->widths[c] = width > table->widths[c] ? width : table->widths[c];
            total += width;
            free(cell);
        }
}

/* row is NULL for the titles. */
static void add_line(const struct table *table, const json_t *row, struct buffer *text)
{
    size_t blanks = 0; /* before the next cell; none are written at the end of a line */

    for (size_t c = 0; c < table->shown; c++) {
        char *cell = row == NULL ? cell_of(json_array_get(table->titles, c))
                                 : cell_at(table, row, c);
        size_t width = text_width(cell);

        if (width > 0) {
            buffer_printf(text, "%*s%s", (int)blanks, "", cell);
            blanks = 0;
        }
        blanks +=
            table->widths[c] + 2 - (width < table->widths[c] ? width : table->widths[c]);
        free(cell);
    }
    buffer_add_text(text, "\n");
}

void table_write(const json_t *titles, const json_t *keys, const json_t *rows,
                 size_t total, struct buffer *text)
{
    size_t count = json_array_size(titles);
    struct table table = {
        titles, keys, rows, count < COLUMNS_MAX ? count : COLUMNS_MAX, {0}};
    const json_t *row;
    size_t i;

    measure(&table);
    add_line(&table, NULL, text);
    json_array_foreach (rows, i, row) {
        if (table_is_full(text))
            break;
        add_line(&table, row, text);
    }
    table_say_left(text, total - i);
    if (count > table.shown)
        buffer_printf(text, "(%zu more columns are not shown in this text)\n",
                      count - table.shown);
}
