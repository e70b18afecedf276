/*
 * Clients fill in forms in their own ways: null for what they leave out, "" for a choice
 * not made, numbers and objects as text. What can be meant in one way only is taken so,
 * before the check; everything else is left as it came, for the check to tell.
 */
#include "schema/schema.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

static json_t *fit_value(const json_t *schema, json_t *value, const char *name,
                         json_t *notes);

/* Whether the member is this text, or a list that holds it. */
static bool names(const json_t *schema, const char *member, const char *text)
{
    const json_t *value = json_object_get(schema, member);
    const json_t *one;
    size_t i;

    json_array_foreach (value, i, one)
        if (strcmp(json_string_value(one), text) == 0)
            return true;
    return jx_is(schema, member, text);
}

static bool takes(const json_t *schema, const char *type)
{
    return names(schema, "type", type);
}

/* What a client sends for an argument that it leaves out. */
static bool is_left_out(const json_t *schema, const json_t *value)
{
    bool is_choice = json_object_get(schema, "enum") != NULL || takes(schema, "string");

    return (json_is_null(value) && !takes(schema, "null")) ||
           (json_is_string(value) && json_string_length(value) == 0 && is_choice);
}

/* Names that hosts add to any call by themselves. */
static bool is_of_a_host(const char *name)
{
    return strcmp(name, "wait_for_previous") == 0; /* Gemini CLI */
}

/* The value that a text spells, of a type that the schema takes; new, or NULL. */
static json_t *read_text(const json_t *schema, const char *text)
{
    json_t *read = NULL;

    if (takes(schema, "boolean") && strcasecmp(text, "true") == 0)
        return json_true();
    if (takes(schema, "boolean") && strcasecmp(text, "false") == 0)
        return json_false();
    read = json_loads(text, JSON_DECODE_ANY, NULL);
    if ((json_is_number(read) && (takes(schema, "integer") || takes(schema, "number"))) ||
        (json_is_object(read) && takes(schema, "object")) ||
        (json_is_array(read) && takes(schema, "array")))
        return read;
    json_decref(read);
    return NULL;
}

/* The value of an enum that is spelled so but for its case; borrowed, or NULL. */
static json_t *find_spelling(const json_t *values, const char *text)
{
    json_t *allowed;
    size_t i;

    json_array_foreach (values, i, allowed)
        if (json_is_string(allowed) && strcasecmp(json_string_value(allowed), text) == 0)
            return allowed;
    return NULL;
}

static json_t *fit_number(const json_t *schema, json_t *value, const char *name,
                          json_t *notes)
{
    const json_t *maximum = json_object_get(schema, "maximum");
    double number = json_number_value(value);

    if (maximum != NULL && number > json_number_value(maximum)) {
        json_array_append_new(
            notes, jx_format("%s was lowered from %.15g to %.15g, the most that is taken",
                             name, number, json_number_value(maximum)));
        json_decref(value);
        return json_incref((json_t *)maximum);
    }
    if (!json_is_real(value) || !takes(schema, "integer") ||
        number >= (double)JX_INT_MAX || number <= -(double)JX_INT_MAX ||
        number != (double)(json_int_t)number)
        return value;
    json_decref(value);
    return json_integer((json_int_t)number); /* 2.0 is 2 */
}

/* Of a list or a free object. Where those are texts, as a program's arguments and Spark's
 * properties are, numbers and booleans are the text that JSON writes. Steals value. */
static json_t *fit_member(const json_t *schema, json_t *value, const char *name,
                          json_t *notes)
{
    struct buffer text = {0};

    if (!takes(schema, "string") || !(json_is_number(value) || json_is_boolean(value)))
        return fit_value(schema, value, name, notes);
    jx_write(&text, value);
    json_decref(value);
    value = json_stringn(buffer_text(&text), text.length);
    buffer_release(&text);
    return value;
}

static json_t *fit_object(const json_t *schema, json_t *object, json_t *notes)
{
    const json_t *properties = json_object_get(schema, "properties");
    const json_t *others = json_object_get(schema, "additionalProperties");
    json_t *fitted = json_object();
    const char *name;
    json_t *value;

    json_object_foreach (object, name, value) {
        const json_t *expected = json_object_get(properties, name);

        if (expected != NULL && is_left_out(expected, value) &&
            !names(schema, "required", name))
            continue;
        if (properties != NULL && expected == NULL && is_of_a_host(name))
            continue;
        json_incref(value);
        if (expected != NULL)
            value = fit_value(expected, value, name, notes);
        else if (json_is_object(others))
            value = fit_member(others, value, name, notes);
        json_object_set_new(fitted, name, value);
    }
    json_decref(object);
    return fitted;
}

/* Steals value. */
static json_t *fit_value(const json_t *schema, json_t *value, const char *name,
                         json_t *notes)
{
    const json_t *items = json_object_get(schema, "items");
    json_t *other = NULL;

    if (json_is_string(value) && json_object_get(schema, "enum") != NULL)
        other = json_incref(
            find_spelling(json_object_get(schema, "enum"), json_string_value(value)));
    else if (json_is_string(value) && !takes(schema, "string"))
        other = read_text(schema, json_string_value(value));
    if (other != NULL) {
        json_decref(value);
        value = other;
    }
    if (json_is_number(value))
        return fit_number(schema, value, name, notes);
    if (json_is_object(value))
        return fit_object(schema, value, notes);
    if (json_is_array(value) && json_is_object(items)) {
        json_t *fitted = json_array();
        json_t *item;
        size_t i;

        json_array_foreach (value, i, item)
            json_array_append_new(fitted,
                                  fit_member(items, json_incref(item), name, notes));
        json_decref(value);
        return fitted;
    }
    return value;
}

json_t *schema_fit(const json_t *schema, const json_t *arguments, json_t *notes)
{
    return fit_value(schema, json_incref((json_t *)arguments), "", notes);
}
