#include "tools/describe.h"

#include "base/jx.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS_MAX = 16, CELL_SIZE = 64 };

void describe_warnings(const json_t *result, struct buffer *text)
{
    const json_t *warning;
    size_t i;

    json_array_foreach (jx_array(result, "warnings"), i, warning)
        buffer_printf(text, "\nWarning: %s", json_string_value(warning));
    if (jx_has_string(result, "next"))
        buffer_printf(text, "\nNext: %s", jx_string(result, "next"));
}

void describe_job(const json_t *report, struct buffer *text)
{
    static const struct {
        const char *key, *title;
    } lines[] = {{"progress", "Progress"},
                 {"applicationId", "Application"},
                 {"worker", "Worker"},
                 {"ui", "UI"}};

    buffer_printf(text, "%s %s", jx_string(report, "submissionId"),
                  jx_string(report, "state"));
    if (json_object_get(report, "seconds") != NULL)
        buffer_printf(text, " after %.1f s of waiting",
                      json_number_value(json_object_get(report, "seconds")));
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (jx_has_string(report, lines[i].key))
            buffer_printf(text, "\n%s: %s", lines[i].title,
                          jx_string(report, lines[i].key));
    if (jx_has_string(report, "exitCause"))
        buffer_printf(text, "\nCause: %s", jx_string(report, "exitCause"));
    if (jx_has_string(report, "output"))
        buffer_printf(text, "\nOutput (last lines):\n%s", jx_string(report, "output"));
    describe_warnings(report, text);
}

static void write_cell(const json_t *value, char cell[CELL_SIZE])
{
    cell[0] = '\0';
    if (json_is_string(value))
        snprintf(cell, CELL_SIZE, "%s", json_string_value(value));
    else if (json_is_integer(value))
        snprintf(cell, CELL_SIZE, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        snprintf(cell, CELL_SIZE, "%.1f", json_real_value(value));
    else if (json_is_boolean(value))
        snprintf(cell, CELL_SIZE, "%s", json_is_true(value) ? "yes" : "no");
    cell[strcspn(cell, "\r\n")] = '\0';
}

void describe_table(const json_t *rows, const struct column *columns, size_t count,
                    struct buffer *text)
{
    size_t widths[COLUMNS_MAX] = {0};
    char cell[CELL_SIZE];
    const json_t *row;
    size_t i;

    for (size_t c = 0; c < count; c++) {
        json_array_foreach (rows, i, row) {
            write_cell(json_object_get(row, columns[c].key), cell);
            if (strlen(cell) > widths[c])
                widths[c] = strlen(cell);
        }
        if (widths[c] > 0 && strlen(columns[c].title) > widths[c])
            widths[c] = strlen(columns[c].title);
    }
    for (size_t c = 0; c < count; c++)
        if (widths[c] > 0)
            buffer_printf(text, "%-*s  ", (int)widths[c], columns[c].title);
    json_array_foreach (rows, i, row) {
        while (text->length > 0 && text->data[text->length - 1] == ' ')
            text->data[--text->length] = '\0';
        buffer_add_text(text, "\n");
        for (size_t c = 0; c < count; c++) {
            write_cell(json_object_get(row, columns[c].key), cell);
            if (widths[c] > 0)
                buffer_printf(text, "%-*s  ", (int)widths[c], cell);
        }
    }
    while (text->length > 0 && text->data[text->length - 1] == ' ')
        text->data[--text->length] = '\0';
}
