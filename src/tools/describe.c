#include "tools/describe.h"

#include "base/jx.h"
#include "tools/table.h"

void describe_warnings(const json_t *result, struct buffer *text)
{
    const json_t *warning;
    size_t i;

    json_array_foreach (jx_array(result, "warnings"), i, warning)
        buffer_printf(text, "\nWarning: %s", json_string_value(warning));
    if (jx_has_string(result, "next"))
        buffer_printf(text, "\nNext: %s", jx_string(result, "next"));
}

/* Whether a row has a text, a number or a list of something under this key. */
static bool is_shown(const json_t *rows, const char *key)
{
    const json_t *row;
    size_t i;

    json_array_foreach (rows, i, row)
        if (jx_has_string(row, key) || json_is_number(json_object_get(row, key)) ||
            json_array_size(json_object_get(row, key)) > 0)
            return true;
    return false;
}

void describe_table(const json_t *rows, const struct column *columns, size_t count,
                    struct buffer *text)
{
    json_auto_t *titles = json_array(), *keys = json_array();

    for (size_t i = 0; i < count; i++)
        if (is_shown(rows, columns[i].key)) {
            json_array_append_new(titles, json_string(columns[i].title));
            json_array_append_new(keys, json_string(columns[i].key));
        }
    table_write(titles, keys, rows, json_array_size(rows), text);
}
