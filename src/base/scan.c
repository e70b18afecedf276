/*
 * No recursion: what is open is a stack of closing brackets, so that nesting costs a byte and
 * cannot pass its limit. Each turn of the loop in scan_is_json takes one value, and what may
 * follow it.
 */
#include "base/scan.h"

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

bool scan_is_json(const char *text, size_t length)
{
    char closers[SCAN_DEPTH_MAX]; /* of the arrays and objects that are open */
    const char *at = text, *end = text + length;
    size_t depth = 0;

    for (;;) { /* once for each value */
        at = skip_blank(at, end);
        if (at < end && (*at == '[' || *at == '{')) {
            const char *inside = skip_blank(at + 1, end);
            char closer = *at == '[' ? ']' : '}';
            if (inside == end || *inside != closer) {
                if (depth == SCAN_DEPTH_MAX)
                    return false;
                closers[depth++] = closer;
                at = closer == ']' ? inside : skip_key(inside, end);
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
        at = skip_blank(at, end);
        while (depth > 0 && at < end && *at == closers[depth - 1]) {
            depth--;
            at = skip_blank(at + 1, end);
        }
        if (depth == 0)
            return at == end;
        if (at == end || *at != ',')
            return false;
        at = closers[depth - 1] == ']' ? at + 1 : skip_key(at + 1, end);
        if (at == NULL)
            return false;
    }
}
