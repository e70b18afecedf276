/*
 * In the order of reading: getters, which never fail; makers, which end the process
 * rather than fail; raw values; writing. jansson reads, but what goes to the client is
 * written here, because json_dumps neither keeps reals short and exact nor knows raw
 * values.
 */
#include "base/jx.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *jx_string(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);

    return text != NULL && strlen(text) == json_string_length(value) ? text : "";
}

bool jx_has_string(const json_t *object, const char *key)
{
    return jx_string(object, key)[0] != '\0';
}

bool jx_is(const json_t *object, const char *key, const char *string)
{
    return strcmp(jx_string(object, key), string) == 0;
}

static json_int_t clamp(json_int_t number)
{
    return number > JX_INT_MAX ? JX_INT_MAX : number < -JX_INT_MAX ? -JX_INT_MAX : number;
}

static json_int_t clamp_real(double number)
{
    return number >= (double)JX_INT_MAX    ? JX_INT_MAX
           : number <= -(double)JX_INT_MAX ? -JX_INT_MAX
                                           : (json_int_t)number;
}

json_int_t jx_int_or(const json_t *object, const char *key, json_int_t otherwise)
{
    const json_t *value = json_object_get(object, key);

    if (json_is_integer(value))
        return clamp(json_integer_value(value));
    if (json_is_real(value))
        return clamp_real(json_real_value(value));
    if (json_is_string(value))
        return clamp(strtoll(json_string_value(value), NULL, 10));
    return otherwise;
}

json_int_t jx_int(const json_t *object, const char *key)
{
    return jx_int_or(object, key, 0);
}

bool jx_bool(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

json_t *jx_array(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    return json_is_array(value) ? value : NULL;
}

json_t *jx_object(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    return json_is_object(value) ? value : NULL;
}

size_t jx_count_values(const char *text, size_t length)
{
    size_t count = 1;
    bool is_in_string = false;

    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\\' && is_in_string)
            i++;
        else if (text[i] == '"')
            is_in_string = !is_in_string;
        else if (!is_in_string && (text[i] == ',' || text[i] == '[' || text[i] == '{'))
            count++;
    }
    return count;
}

json_t *jx_pack(const char *format, ...)
{
    va_list arguments;
    json_error_t error;
    json_t *value;

    va_start(arguments, format);
    value = json_vpack_ex(&error, 0, format, arguments);
    va_end(arguments);
    if (value == NULL)
        BUG("cannot pack '%s': %s", format, error.text);
    return value;
}

void jx_set_string(json_t *object, const char *key, const char *value)
{
    if (value != NULL && value[0] != '\0')
        json_object_set_new(object, key, jx_text(value, strlen(value)));
}

static json_t *format_text(const char *format, va_list arguments)
{
    char *text;
    json_t *value;
    int length = vasprintf(&text, format, arguments);

    if (length < 0)
        BUG("out of memory");
    value = jx_text(text, (size_t)length);
    free(text);
    return value;
}

void jx_set_format(json_t *object, const char *key, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    json_object_set_new(object, key, format_text(format, arguments));
    va_end(arguments);
}

void jx_set_seconds(json_t *object, const char *key, int64_t ms)
{
    json_object_set_new(object, key, json_real((double)(ms / 100) / 10));
}

json_t *jx_format(const char *format, ...)
{
    va_list arguments;
    json_t *value;

    va_start(arguments, format);
    value = format_text(format, arguments);
    va_end(arguments);
    return value;
}

json_t *jx_text(const char *bytes, size_t length)
{
    json_t *value = text_is_ascii(bytes, length) ? json_stringn_nocheck(bytes, length)
                                                 : json_stringn(bytes, length);
    struct buffer clean = {0};

    if (value != NULL)
        return value;
    text_make_utf8(bytes, length, &clean);
    value = json_stringn_nocheck(buffer_text(&clean), clean.length);
    buffer_release(&clean);
    return value;
}

/* ---- strings that begin with a byte which no UTF-8 has ---- */

enum mark { RAW_MARK = 0xFF, MASKED_MARK = 0xFE };

static json_t *mark_text(enum mark mark, const char *text, size_t length)
{
    char byte = (char)mark;
    struct buffer marked = {0};
    json_t *value;

    buffer_add(&marked, &byte, 1);
    buffer_add(&marked, text, length);
    value = json_stringn_nocheck(marked.data, marked.length);
    buffer_release(&marked);
    return value;
}

static const char *marked_text(enum mark mark, const json_t *value)
{
    const char *text = json_string_value(value);

    return text != NULL && (unsigned char)text[0] == mark ? text + 1 : NULL;
}

json_t *jx_raw(const char *text, size_t length)
{
    return mark_text(RAW_MARK, text, length);
}

const char *jx_raw_text(const json_t *value)
{
    return marked_text(RAW_MARK, value);
}

json_t *jx_masked(const char *text, size_t length)
{
    struct buffer clean = {0};
    json_t *value;

    text_make_utf8(text, length, &clean);
    value = mark_text(MASKED_MARK, buffer_text(&clean), clean.length);
    buffer_release(&clean);
    return value;
}

const char *jx_masked_text(const json_t *value)
{
    return marked_text(MASKED_MARK, value);
}

/* ---- writing ---- */

/* The shortest decimal that reads back as the same double. */
static void add_real(struct buffer *text, double value)
{
    char digits[32];

    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    buffer_add_text(text, digits);
    if (strpbrk(digits, ".e") == NULL)
        buffer_add_text(text, ".0"); /* stays a real when it is read */
}

static void add_string(struct buffer *text, const char *bytes, size_t length)
{
    size_t plain = 0;

    buffer_add(text, "\"", 1);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];

        if (byte >= ' ' && byte != '"' && byte != '\\')
            continue;
        buffer_add(text, bytes + plain, i - plain);
        plain = i + 1;
        if (byte == '\n')
            buffer_add_text(text, "\\n");
        else if (byte >= ' ')
            buffer_printf(text, "\\%c", byte);
        else
            buffer_printf(text, "\\u%04x", byte);
    }
    buffer_add(text, bytes + plain, length - plain);
    buffer_add(text, "\"", 1);
}

void jx_write(struct buffer *text, const json_t *value)
{
    const char *key;
    json_t *member;
    size_t i, count = 0;
    char digits[24];

    switch (json_typeof(value)) {
    case JSON_OBJECT:
        buffer_add(text, "{", 1);
        json_object_foreach ((json_t *)value, key, member) {
            buffer_add(text, ",", count++ > 0);
            add_string(text, key, strlen(key));
            buffer_add(text, ":", 1);
            jx_write(text, member);
        }
        buffer_add(text, "}", 1);
        break;
    case JSON_ARRAY:
        buffer_add(text, "[", 1);
        json_array_foreach (value, i, member) {
            buffer_add(text, ",", i > 0);
            jx_write(text, member);
        }
        buffer_add(text, "]", 1);
        break;
    case JSON_STRING:
        if (jx_raw_text(value) != NULL)
            buffer_add_text(text, jx_raw_text(value));
        else if (jx_masked_text(value) != NULL)
            add_string(text, jx_masked_text(value), json_string_length(value) - 1);
        else
            add_string(text, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        buffer_add(text, digits,
                   (size_t)snprintf(digits, sizeof digits, "%lld",
                                    (long long)json_integer_value(value)));
        break;
    case JSON_REAL:
        add_real(text, json_real_value(value));
        break;
    case JSON_TRUE:
        buffer_add_text(text, "true");
        break;
    case JSON_FALSE:
        buffer_add_text(text, "false");
        break;
    case JSON_NULL:
        buffer_add_text(text, "null");
        break;
    }
}

void jx_write_plain(struct buffer *text, const json_t *value)
{
    if (json_is_string(value) && jx_raw_text(value) == NULL)
        buffer_add(text, json_string_value(value), json_string_length(value));
    else
        jx_write(text, value);
}

void jx_join(struct buffer *text, const json_t *values, const char *between)
{
    const json_t *value;
    size_t i;

    json_array_foreach (values, i, value) {
        buffer_add_text(text, i > 0 ? between : "");
        jx_write_plain(text, value);
    }
}
