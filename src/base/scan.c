/*
 * No recursion: what is open is a stack of closing brackets, so that a level of nesting
 * costs a byte. Each turn of the loop in is_json takes one value, and what may follow it.
 */
#include "base/scan.h"

#include "base/buffer.h"

#include <ctype.h>
#include <string.h>

static const char *skip_blank(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
        at++;
    return at;
}

const char *scan_string(const char *start, const char *end)
{
    for (const char *at = start + 1; at < end; at++) {
        if (*at == '"')
            return at + 1;
        if ((unsigned char)*at < ' ')
            return NULL;
        if (*at != '\\')
            continue;
        if (++at == end || strchr("\"\\/bfnrtu", *at) == NULL || *at == '\0')
            return NULL;
        if (*at != 'u')
            continue;
        for (int digit = 0; digit < 4; digit++)
            if (++at == end || !isxdigit((unsigned char)*at))
                return NULL;
    }
    return NULL;
}

static const char *skip_digits(const char *at, const char *end)
{
    const char *start = at;

    while (at < end && isdigit((unsigned char)*at))
        at++;
    return at > start ? at : NULL;
}

static const char *skip_number(const char *at, const char *end)
{
    bool has_zero;

    if (at < end && *at == '-')
        at++;
    has_zero = at < end && *at == '0';
    at = has_zero ? at + 1 : skip_digits(at, end);
    if (at != NULL && at < end && *at == '.')
        at = skip_digits(at + 1, end);
    if (at != NULL && at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        at = skip_digits(at, end);
    }
    return at;
}

/* Behind a string, a number, true, false or null; NULL when there is none. */
static const char *skip_scalar(const char *at, const char *end)
{
    static const char *const words[] = {"true", "false", "null"};

    if (at == end)
        return NULL;
    if (*at == '"')
        return scan_string(at, end);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i]);
        if ((size_t)(end - at) >= length && memcmp(at, words[i], length) == 0)
            return at + length;
    }
    return skip_number(at, end);
}

/* Behind `"key":`; NULL when it is not there. */
static const char *skip_key(const char *at, const char *end)
{
    at = skip_blank(at, end);
    if (at == end || *at != '"')
        return NULL;
    at = scan_string(at, end);
    if (at == NULL)
        return NULL;
    at = skip_blank(at, end);
    return at < end && *at == ':' ? at + 1 : NULL;
}

/* Enters an array or object that is not empty; NULL when its beginning is not JSON. */
static const char *enter(const char *at, const char *end, struct buffer *closers)
{
    bool is_array = *at == '[';

    buffer_add(closers, is_array ? "]" : "}", 1);
    return is_array ? at + 1 : skip_key(at + 1, end);
}

/* Behind the closing brackets that stand here. */
static const char *leave(const char *at, const char *end, struct buffer *closers)
{
    at = skip_blank(at, end);
    while (closers->length > 0 && at < end && *at == closers->data[closers->length - 1]) {
        closers->length--;
        at = skip_blank(at + 1, end);
    }
    return at;
}

static bool is_json(const char *at, const char *end, struct buffer *closers)
{
    for (;;) { /* once for each value */
        at = skip_blank(at, end);
        if (at < end && (*at == '[' || *at == '{')) {
            const char *inside = skip_blank(at + 1, end);
            if (inside == end || *inside != (*at == '[' ? ']' : '}')) {
                at = enter(at, end, closers);
                if (at == NULL)
                    return false;
                continue;
            }
            at = inside + 1; /* it is empty */
        } else {
            at = skip_scalar(at, end);
            if (at == NULL)
                return false;
        }
        at = leave(at, end, closers);
        if (closers->length == 0)
            return at == end;
        if (at == end || *at != ',')
            return false;
        at = closers->data[closers->length - 1] == ']' ? at + 1 : skip_key(at + 1, end);
        if (at == NULL)
            return false;
    }
}

bool scan_is_json(const char *text, size_t length)
{
    struct buffer closers = {0}; /* of the arrays and objects that are open */
    bool is_good = is_json(text, text + length, &closers);

    buffer_release(&closers);
    return is_good;
}

/* Behind a value, of which only the brackets are counted; NULL when it does not end. */
static const char *skip_any(const char *at, const char *end)
{
    size_t depth = 0;

    if (at == end || (*at != '[' && *at != '{'))
        return skip_scalar(at, end);
    do {
        if (*at == '"') {
            at = scan_string(at, end);
            if (at == NULL)
                return NULL;
            continue;
        }
        depth += *at == '[' || *at == '{';
        depth -= *at == ']' || *at == '}';
        at++;
    } while (depth > 0 && at < end);
    return depth == 0 ? at : NULL;
}

const char *scan_next_member(const char *at, const char *end, struct scan_member *member)
{
    const char *name = skip_blank(at + 1, end), *behind = skip_key(name, end);

    if (behind == NULL)
        return NULL;
    member->key = name + 1;
    member->key_length = (size_t)(scan_string(name, end) - name) - 2;
    member->value = skip_blank(behind, end);
    member->value_end = skip_any(member->value, end);
    return member->value_end != NULL ? skip_blank(member->value_end, end) : NULL;
}

bool scan_find_member(const char *text, size_t length, const char *key,
                      const char **value, const char **value_end)
{
    const char *end = text + length, *at = skip_blank(text, end);
    struct scan_member member;
    bool is_found = false;

    if (at == end || *at != '{')
        return false;
    while (at < end && (*at == '{' || *at == ',')) {
        at = scan_next_member(at, end, &member);
        if (at == NULL)
            return is_found;
        if (member.key_length == strlen(key) &&
            memcmp(member.key, key, member.key_length) == 0) {
            *value = member.value;
            *value_end = member.value_end;
            is_found = true;
        }
    }
    return is_found;
}
