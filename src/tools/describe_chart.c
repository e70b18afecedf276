/*
 * Two columns as a chart of text: what the rows are, and a number. Few rows are bars, many
 * a line of blocks, the largest number the highest. Anything else stays a table.
 */
#include "tools/describe.h"

#include "base/jx.h"
#include "base/text.h"
#include "tools/table.h"

#include <stdlib.h>
#include <string.h>

enum { BARS_MAX = 40, BAR_WIDTH = 40, LABEL_MAX = 30, POINTS_MAX = 100 };

struct scale {
    double least, most;
};

/* Decimals and large integers come as texts. */
static bool number_at(const json_t *row, double *number)
{
    const json_t *value = json_array_get(row, 1);
    const char *text = json_string_value(value);
    char *end = NULL;

    *number = text != NULL ? strtod(text, &end) : json_number_value(value);
    return text != NULL ? end != text && *end == '\0' && *number - *number == 0
                        : json_is_number(value);
}

static size_t find_scale(const json_t *rows, struct scale *scale)
{
    const json_t *row;
    size_t i, count = 0;
    double number;

    json_array_foreach (rows, i, row) {
        if (!number_at(row, &number))
            continue;
        if (count++ == 0)
            *scale = (struct scale){number, number};
        scale->least = number < scale->least ? number : scale->least;
        scale->most = number > scale->most ? number : scale->most;
    }
    return count;
}

/* In eighths of a character. */
static void add_bar(struct buffer *text, int eighths)
{
    static const char *const ends[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};

    for (; eighths >= 8; eighths -= 8)
        buffer_add_text(text, "█");
    buffer_add_text(text, ends[eighths]);
}

static void add_label(struct buffer *text, const json_t *value, size_t width)
{
    char *label = table_text_of(value);

    if (text_width(label) > LABEL_MAX) /* bytes, so it may be shorter than it could */
        memcpy(label + text_cut(label, LABEL_MAX - 3), "...", 4);
    for (char *at = label; *at != '\0'; at++)
        *at = (unsigned char)*at < ' ' ? ' ' : *at;
    buffer_add_text(text, label);
    for (size_t i = text_width(label); i < width; i++)
        buffer_add_text(text, " ");
    free(label);
}

static size_t label_width(const json_t *rows)
{
    size_t i, widest = 0;
    const json_t *row;

    json_array_foreach (rows, i, row) {
        char *label = table_text_of(json_array_get(row, 0));
        size_t width = text_width(label);
        free(label);
        widest = width > widest ? width : widest;
    }
    return widest < LABEL_MAX ? widest : LABEL_MAX;
}

/* Bars begin at zero: one of half the length is half as much. */
static void add_bars(const json_t *rows, const struct scale *scale, struct buffer *text)
{
    size_t width = label_width(rows), i;
    double reach = scale->most > -scale->least ? scale->most : -scale->least, number;
    const json_t *row;

    json_array_foreach (rows, i, row) {
        bool is_known = number_at(row, &number);
        char *value = table_text_of(json_array_get(row, 1));
        double part = is_known && reach > 0 ? number / reach : 0;

        add_label(text, json_array_get(row, 0), width);
        buffer_add_text(text, part < 0 ? " -" : "  ");
        add_bar(text, (int)((part < 0 ? -part : part) * 8 * BAR_WIDTH + 0.5));
        buffer_printf(text, "%s%s\n", part != 0 ? " " : "", value);
        free(value);
    }
}

/* Of more rows than points, each point is the mean of its rows. */
static void add_line(const json_t *rows, const struct scale *scale, struct buffer *text)
{
    static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    size_t count = json_array_size(rows), at = 0,
           points = count < POINTS_MAX ? count : POINTS_MAX;
    double span = scale->most - scale->least, number;

    for (size_t point = 0; point < points; point++) {
        double sum = 0;
        int known = 0;

        for (; at < (point + 1) * count / points; at++)
            if (number_at(json_array_get(rows, at), &number)) {
                sum += number;
                known++;
            }
        if (known == 0)
            buffer_add_text(text, " ");
        else
            buffer_add_text(
                text,
                blocks[span > 0 ? (int)((sum / known - scale->least) / span * 7 + 0.5)
                                : 3]);
    }
    buffer_printf(text, "\n%.15g to %.15g, ", scale->least, scale->most);
    add_label(text, json_array_get(json_array_get(rows, 0), 0), 0);
    buffer_add_text(text, " to ");
    add_label(text, json_array_get(json_array_get(rows, count - 1), 0), 0);
    buffer_add_text(text, "\n");
}

void describe_chart(const json_t *result, struct buffer *text)
{
    json_auto_t *rows = describe_first_rows(result), *names = describe_names(result);
    const json_t *columns = jx_array(result, "columns");
    struct scale scale = {0};
    size_t count = json_array_size(rows);

    if (json_array_size(columns) != 2 ||
        !describe_is_number(jx_string(json_array_get(columns, 1), "type")) ||
        find_scale(rows, &scale) == 0) {
        describe_rows(result, text);
        buffer_add_text(text, "(a chart takes two columns, the second a number)\n");
        return;
    }
    buffer_printf(text, "%s by %s\n", json_string_value(json_array_get(names, 1)),
                  json_string_value(json_array_get(names, 0)));
    if (count <= BARS_MAX)
        add_bars(rows, &scale, text);
    else
        add_line(rows, &scale, text);
    table_say_left(text, describe_count_rows(result) - count);
}
