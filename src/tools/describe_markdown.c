/* Rows as a table of Markdown, for people who read a host's chat: numbers at the right. */
#include "tools/describe.h"

#include "base/jx.h"
#include "base/text.h"
#include "tools/table.h"

#include <stdlib.h>
#include <string.h>

/* What would end a cell or begin other Markdown is escaped; a line break is <br>. */
static void add_cell(struct buffer *text, const json_t *value)
{
    char *cell = table_text_of(value);

    for (const char *at = cell; *at != '\0'; at++) {
        if (*at == '\n')
            buffer_add_text(text, "<br>");
        else if (strchr("|\\`*_<>[]", *at) != NULL)
            buffer_printf(text, "\\%c", *at);
        else if (*at != '\r')
            buffer_printf(text, "%c", *at);
    }
    free(cell);
}

static void add_line(struct buffer *text, const json_t *values)
{
    const json_t *value;
    size_t i;

    json_array_foreach (values, i, value) {
        buffer_add_text(text, i > 0 ? " | " : "| ");
        add_cell(text, value);
    }
    buffer_add_text(text, " |\n");
}

bool describe_is_number(const char *type)
{
    static const char *const types[] = {"tinyint", "smallint", "int",
                                        "bigint",  "float",    "double"};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return text_starts_with(type, "decimal");
}

void describe_markdown(const json_t *result, struct buffer *text)
{
    json_auto_t *names = describe_names(result), *rows = describe_first_rows(result);
    const json_t *columns = jx_array(result, "columns"), *row, *column;
    size_t i;

    add_line(text, names);
    json_array_foreach (columns, i, column)
        buffer_add_text(text,
                        describe_is_number(jx_string(column, "type")) ? "|---:" : "|---");
    buffer_add_text(text, "|\n");
    json_array_foreach (rows, i, row) {
        if (table_is_full(text))
            break;
        add_line(text, row);
    }
    table_say_left(text, describe_count_rows(result) - i);
}
