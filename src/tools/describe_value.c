/*
 * Results of the runner as text: rows as tables, lists of objects as tables, everything
 * else as "key: value". Whatever a result holds is told, so that both forms of an answer
 * carry the same facts.
 */
#include "tools/describe.h"

#include "base/jx.h"
#include "base/text.h"
#include "tools/table.h"

#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX = 12000 }; /* bytes of a value on a line of its own */

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
    char *line = table_text_of(value);

    text_add_beginning(text, line, VALUE_MAX);
    if (strlen(line) > VALUE_MAX)
        buffer_add_text(text, " (cut in this text: the structured content has it whole)");
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
        table_write(keys, keys, value, json_array_size(value), text);
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

static void add_object(const json_t *object, int depth, struct buffer *text)
{
    const char *key;
    json_t *value;

    if (is_table(object) && depth == 0)
        describe_rows(object, text);
    json_object_foreach ((json_t *)object, key, value) {
        bool is_told =
            is_table(object) && (strcmp(key, "columns") == 0 || strcmp(key, "rows") == 0);
        bool is_last =
            depth == 0 && (strcmp(key, "warnings") == 0 || strcmp(key, "next") == 0);
        if (!is_told && !is_last)
            add_member(key, value, depth, text);
    }
    if (is_table(object) && depth > 0)
        describe_rows(object, text);
}

void describe_value(const json_t *result, struct buffer *text)
{
    add_object(result, 0, text);
    describe_warnings(result, text);
}
