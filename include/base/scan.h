/*
 * JSON texts that are passed on or looked at without being read into values: they may be
 * large, or hold what jansson refuses (numbers beyond int64 or double).
 */
#ifndef BASE_SCAN_H
#define BASE_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the bytes are exactly one JSON value by RFC 8259, however deep. That strings
 * are UTF-8 is not looked at. */
bool scan_is_json(const char *text, size_t length);

/* The end of the string that begins with the quote at `start`, behind its closing quote;
 * NULL when it does not end by `end`, or is no JSON string. */
const char *scan_string(const char *start, const char *end);

struct scan_member {
    const char *key; /* between its quotes, escapes as they stand */
    size_t key_length;
    const char *value, *value_end;
};

/* The member behind the brace or comma at `at`; what its value holds is not looked into.
 * Gives the comma or brace that should stand behind it; NULL when there is no member. */
const char *scan_next_member(const char *at, const char *end, struct scan_member *member);

/* The value of a member of the object that the text, which is JSON, holds: from *value to
 * *value_end. The last of several, as parsers have it. False when there is no such
 * member, or the text is no object. */
bool scan_find_member(const char *text, size_t length, const char *key,
                      const char **value, const char **value_end);

#endif
