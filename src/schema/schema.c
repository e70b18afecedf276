/*
 * A value is walked along its schema, and every violation becomes a sentence that begins
 * with the path to it ("$.conf.x"), says what was wanted and what came, cut when long.
 * Nothing is changed and nothing kept; an unknown keyword of the schema is passed over.
 */
#include "schema/schema.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/text.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 256, NAMES_MAX = 64, SHOWN_MAX = 60 };

static void check(const json_t *schema, const json_t *value, const char *path,
                  json_t *problems);

static const char *type_of(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "object";
    case JSON_ARRAY:
        return "array";
    case JSON_STRING:
        return "string";
    case JSON_INTEGER:
        return "integer";
    case JSON_REAL:
        return "number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "boolean";
    case JSON_NULL:
        return "null";
    }
    return "";
}

/* JSON Schema counts 1.0 as an integer. */
static bool is_of_type(const json_t *value, const char *type)
{
    if (strcmp(type, "number") == 0)
        return json_is_number(value);
    if (strcmp(type, "integer") == 0 && json_is_real(value))
        return json_real_value(value) == (double)(json_int_t)json_real_value(value);
    return strcmp(type, type_of(value)) == 0;
}

/* The value as it came, cut when long. */
static void show(const json_t *value, struct buffer *text)
{
    struct buffer whole = {0};

    jx_write(&whole, value);
    text_add_beginning(text, buffer_text(&whole), SHOWN_MAX);
    buffer_release(&whole);
}

static void report(json_t *problems, const char *path, const char *wanted,
                   const json_t *value)
{
    struct buffer came = {0};

    show(value, &came);
    json_array_append_new(
        problems, jx_format("%s: wanted %s, got %s", path, wanted, buffer_text(&came)));
    buffer_release(&came);
}

static bool is_of_any_type(const json_t *value, const json_t *types)
{
    const json_t *type;
    size_t i;

    if (json_is_string(types))
        return is_of_type(value, json_string_value(types));
    json_array_foreach (types, i, type)
        if (is_of_type(value, json_string_value(type)))
            return true;
    return false;
}

static bool check_type(const json_t *types, const json_t *value, const char *path,
                       json_t *problems)
{
    struct buffer wanted = {0};

    if (is_of_any_type(value, types))
        return true;
    if (json_is_string(types))
        buffer_add_text(&wanted, json_string_value(types));
    jx_join(&wanted, types, " or ");
    report(problems, path, buffer_text(&wanted), value);
    buffer_release(&wanted);
    return false;
}

static void check_enum(const json_t *values, const json_t *value, const char *path,
                       json_t *problems)
{
    const char *names[NAMES_MAX];
    const char *nearest = NULL;
    struct buffer wanted = {0};
    const json_t *allowed;
    size_t i, count = 0;

    buffer_add_text(&wanted, "one of ");
    json_array_foreach (values, i, allowed) {
        if (json_equal(allowed, value))
            goto out;
        if (json_is_string(allowed) && count < NAMES_MAX)
            names[count++] = json_string_value(allowed);
        buffer_add_text(&wanted, i > 0 ? ", " : "");
        show(allowed, &wanted);
    }
    if (json_is_string(value))
        nearest = text_nearest(json_string_value(value), names, count);
    if (nearest != NULL)
        buffer_printf(&wanted, " (nearest: \"%s\")", nearest);
    report(problems, path, buffer_text(&wanted), value);
out:
    buffer_release(&wanted);
}

static void check_bounds(const json_t *schema, const json_t *value, const char *path,
                         json_t *problems)
{
    const json_t *minimum = json_object_get(schema, "minimum");
    const json_t *maximum = json_object_get(schema, "maximum");
    char wanted[80];

    if (minimum != NULL && json_number_value(value) < json_number_value(minimum)) {
        snprintf(wanted, sizeof wanted, "at least %.15g", json_number_value(minimum));
        report(problems, path, wanted, value);
    }
    if (maximum != NULL && json_number_value(value) > json_number_value(maximum)) {
        snprintf(wanted, sizeof wanted, "at most %.15g", json_number_value(maximum));
        report(problems, path, wanted, value);
    }
}

static void check_string(const json_t *schema, const json_t *value, const char *path,
                         json_t *problems)
{
    const char *pattern = json_string_value(json_object_get(schema, "pattern"));
    regex_t expression;

    if ((json_int_t)json_string_length(value) < jx_int(schema, "minLength"))
        report(problems, path, "a string that is not empty", value);
    if (strlen(json_string_value(value)) != json_string_length(value))
        report(problems, path, "a string without NUL characters", value);
    if (pattern == NULL || regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return;
    if (regexec(&expression, json_string_value(value), 0, NULL, 0) != 0) {
        char wanted[PATH_SIZE];
        snprintf(wanted, sizeof wanted, "a string that matches %s", pattern);
        report(problems, path, wanted, value);
    }
    regfree(&expression);
}

static void report_unknown_key(const json_t *properties, const char *key,
                               const char *path, json_t *problems)
{
    const char *names[NAMES_MAX];
    const char *name, *nearest;
    const json_t *ignored;
    struct buffer all = {0};
    size_t count = 0;

    json_object_foreach ((json_t *)properties, name, ignored) {
        buffer_printf(&all, "%s%s", count > 0 ? ", " : "", name);
        if (count < NAMES_MAX)
            names[count++] = name;
    }
    (void)ignored;
    nearest = text_nearest(key, names, count);
    if (nearest != NULL)
        json_array_append_new(problems,
                              jx_format("%s.%.60s: no such argument; did you mean '%s'?",
                                        path, key, nearest));
    else
        json_array_append_new(
            problems, jx_format("%s.%.60s: no such argument; the arguments are %s", path,
                                key, buffer_text(&all)));
    buffer_release(&all);
}

static void check_object(const json_t *schema, const json_t *value, const char *path,
                         json_t *problems)
{
    const json_t *properties = json_object_get(schema, "properties");
    const json_t *others = json_object_get(schema, "additionalProperties");
    const json_t *required = json_object_get(schema, "required");
    const json_t *name;
    const char *key;
    json_t *member;
    size_t i;

    json_array_foreach (required, i, name) {
        if (json_object_get(value, json_string_value(name)) == NULL)
            json_array_append_new(problems, jx_format("%s.%s: required, but missing",
                                                      path, json_string_value(name)));
    }
    json_object_foreach ((json_t *)value, key, member) {
        const json_t *expected = json_object_get(properties, key);
        char inner[PATH_SIZE];

        snprintf(inner, sizeof inner, "%s.%.60s", path, key);
        if (expected != NULL)
            check(expected, member, inner, problems);
        else if (json_is_false(others))
            report_unknown_key(properties, key, path, problems);
        else if (json_is_object(others))
            check(others, member, inner, problems);
    }
}

static void check(const json_t *schema, const json_t *value, const char *path,
                  json_t *problems)
{
    const json_t *types = json_object_get(schema, "type");
    const json_t *allowed = json_object_get(schema, "enum");
    const json_t *items = json_object_get(schema, "items");

    if (types != NULL && !check_type(types, value, path, problems))
        return;
    if (allowed != NULL)
        check_enum(allowed, value, path, problems);
    if (json_is_number(value))
        check_bounds(schema, value, path, problems);
    if (json_is_string(value))
        check_string(schema, value, path, problems);
    if (json_is_object(value))
        check_object(schema, value, path, problems);
    for (size_t i = 0; json_is_object(items) && i < json_array_size(value); i++) {
        char inner[PATH_SIZE];
        snprintf(inner, sizeof inner, "%.200s[%zu]", path, i);
        check(items, json_array_get(value, i), inner, problems);
    }
}

bool schema_check_arguments(const json_t *schema, const json_t *arguments,
                            json_t *problems)
{
    json_auto_t *closed = json_copy((json_t *)schema);

    json_object_set_new(closed, "additionalProperties", json_false());
    return schema_check(closed, arguments, problems);
}

bool schema_check_call(const json_t *definition, const json_t *arguments,
                       struct error *error)
{
    const json_t *schema = json_object_get(definition, "inputSchema");
    json_auto_t *problems = json_array();
    struct buffer list = {0};

    if (schema_check_arguments(schema, arguments, problems))
        return true;
    jx_join(&list, problems, "\n- ");
    error_set(error, ERROR_ARGUMENTS,
              "the arguments do not match the schema of '%s'; nothing was done",
              jx_string(definition, "name"));
    error_detail(error, "- %s", buffer_text(&list));
    error_hint(error, "Correct %s and call again.",
               json_array_size(problems) == 1 ? "this" : "these");
    buffer_release(&list);
    return false;
}

bool schema_check(const json_t *schema, const json_t *value, json_t *problems)
{
    size_t before = json_array_size(problems);

    check(schema, value, "$", problems);
    return json_array_size(problems) == before;
}
