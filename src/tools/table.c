/*
 * A table is written in two passes over its rows: one measures how wide the columns are,
 * in characters, one writes. Both make each cell anew, so that nothing is held but
 * widths. In lists of objects the fractions of a column have equal digits; rows of data
 * stay as they are. Lines that would be wider than WIDTH_MAX are not padded, and one row with a value
 * too long for a cell is written a column a line, whole.
 */
#include "tools/table.h"

#include "base/jx.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum {
    COLUMNS_MAX = 60,
    CELL_MAX = 80, /* characters of a value in a table */
    WIDTH_MAX = 240,
    DIGITS_MAX = 8, /* after a point, to which others are filled up */
};

struct table {
    const json_t *titles, *keys, *rows;
    size_t shown, widths[COLUMNS_MAX];
    size_t digits[COLUMNS_MAX]; /* after the point of every fraction there; 0: as it is */
    size_t width;               /* of a line */
    size_t cut;                 /* cells that were */
};

char *table_plain_of(const json_t *value)
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

char *table_text_of(const json_t *value)
{
    bool is_word = json_is_string(value) && strcmp(json_string_value(value), "NULL") == 0;

    return is_word ? strdup("'NULL'") : table_plain_of(value);
}

/* The text on one line, visibly cut when it is long, which counts in *cut; new. */
static char *cell_of(const json_t *value, size_t *cut)
{
    char *text = table_text_of(value);
    size_t width = 0;

    for (size_t at = 0; text[at] != '\0'; at++) {
        if ((unsigned char)text[at] < ' ')
            text[at] = ' ';
        width += ((unsigned char)text[at] & 0xC0) != 0x80;
        if (width > CELL_MAX) {
            memcpy(text + text_cut(text, at - 3), "...", 4);
            ++*cut;
            break;
        }
    }
    return text;
}

static const json_t *value_at(const struct table *table, const json_t *row, size_t column)
{
    return table->keys == NULL
               ? json_array_get(row, column)
               : json_object_get(row,
                                 json_string_value(json_array_get(table->keys, column)));
}

/* How many digits follow the point; more than DIGITS_MAX where none can be filled up. */
static size_t count_digits(const json_t *fraction)
{
    char *text = table_plain_of(fraction);
    const char *point = strchr(text, '.');
    size_t count = point == NULL ? DIGITS_MAX + 1 : strspn(point + 1, "0123456789");

    if (point != NULL && point[1 + count] != '\0')
        count = DIGITS_MAX + 1;
    free(text);
    return count;
}

static void find_digits(struct table *table, size_t column)
{
    const json_t *row, *value;
    size_t i, count, most = 0;

    json_array_foreach (table->rows, i, row) {
        value = value_at(table, row, column);
        count = json_is_real(value) ? count_digits(value) : 0;
        most = count > most ? count : most;
    }
    table->digits[column] = most <= DIGITS_MAX ? most : 0;
}

static char *cell_at(struct table *table, const json_t *row, size_t column)
{
    const json_t *value = value_at(table, row, column);
    size_t digits = table->digits[column];
    struct buffer text = {0};

    if (table->keys != NULL && value == NULL)
        return strdup("");
    if (digits == 0 || !json_is_real(value))
        return cell_of(value, &table->cut);
    jx_write_plain(&text, value);
    for (size_t count = count_digits(value); count < digits; count++)
        buffer_add_text(&text, "0");
    return text.data;
}

static char *title_at(const struct table *table, size_t column)
{
    size_t cut = 0;

    return cell_of(json_array_get(table->titles, column), &cut);
}

bool table_is_full(const struct buffer *text)
{
    return text->length > TABLE_MAX;
}

void table_say_left(struct buffer *text, size_t left)
{
    if (left > 0)
        buffer_printf(text,
                      "(%zu more rows are not shown in this text: the structured content "
                      "has them)\n",
                      left);
}

/* How wide the columns are in the rows that TABLE_MAX leaves room for. */
static void measure(struct table *table)
{
    size_t total = 0;

    for (size_t c = 0; c < table->shown; c++) {
        char *title = title_at(table, c);
        if (table->keys != NULL)
            find_digits(table, c);
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
    for (size_t c = 0; c < table->shown; c++)
        table->width += table->widths[c] + 2;
}

/* row is NULL for the titles. */
static void add_line(struct table *table, const json_t *row, struct buffer *text)
{
    bool is_padded = table->width <= WIDTH_MAX;
    size_t blanks = 0; /* before the next cell; none are written at the end of a line */

    for (size_t c = 0; c < table->shown; c++) {
        char *cell = row == NULL ? title_at(table, c) : cell_at(table, row, c);
        size_t width = text_width(cell);

        if (!is_padded) {
            buffer_printf(text, "%s%s", c > 0 ? " | " : "", cell);
        } else if (width > 0) {
            buffer_printf(text, "%*s%s", (int)blanks, "", cell);
            blanks = 0;
        }
        blanks +=
            table->widths[c] + 2 - (width < table->widths[c] ? width : table->widths[c]);
        free(cell);
    }
    buffer_add_text(text, "\n");
}

/* One row, a column a line; a value of several lines begins on one of its own. */
static void add_columns(const struct table *table, const json_t *row, struct buffer *text)
{
    size_t count = json_array_size(table->titles), c;

    for (c = 0; c < count && !table_is_full(text); c++) {
        char *value = table_text_of(value_at(table, row, c)), *title = title_at(table, c);
        size_t left = TABLE_MAX - text->length;

        buffer_printf(text, "%s:%s", title, strchr(value, '\n') != NULL ? "\n" : " ");
        text_add_beginning(text, value, left);
        buffer_add_text(text, strlen(value) > left ? " (cut in this text: the structured "
                                                     "content has it whole)\n"
                                                   : "\n");
        free(value);
        free(title);
    }
    if (c < count)
        buffer_printf(text,
                      "(%zu more columns are not shown in this text: the structured "
                      "content has them)\n",
                      count - c);
}

static void say_cut(const struct table *table, struct buffer *text)
{
    if (table->cut > 0)
        buffer_printf(text,
                      "(%zu %s cut at %d characters in this text: the structured content "
                      "has them whole%s)\n",
                      table->cut, table->cut == 1 ? "value is" : "values are", CELL_MAX,
                      table->keys == NULL
                          ? ", and so has execute-sql's text of one row or "
                            "with format json"
                          : "");
}

void table_write(const json_t *titles, const json_t *keys, const json_t *rows,
                 size_t total, struct buffer *text)
{
    size_t count = json_array_size(titles);
    struct table table = {titles, keys, rows, count < COLUMNS_MAX ? count : COLUMNS_MAX,
                          {0},    {0},  0,    0};
    const json_t *row;
    size_t i;

    measure(&table);
    if (keys == NULL && total == 1 && json_array_size(rows) == 1 &&
        (table.cut > 0 || table.width > WIDTH_MAX || count > table.shown)) {
        add_columns(&table, json_array_get(rows, 0), text);
        return;
    }
    table.cut = 0;
    add_line(&table, NULL, text);
    json_array_foreach (rows, i, row) {
        if (table_is_full(text))
            break;
        add_line(&table, row, text);
    }
    table_say_left(text, total - i);
    if (count > table.shown)
        buffer_printf(text,
                      "(%zu more columns are not shown in this text: the structured "
                      "content has them, or select them by name)\n",
                      count - table.shown);
    say_cut(&table, text);
}
