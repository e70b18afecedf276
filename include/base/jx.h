/*
 * Typed access to jansson values. Getters take a NULL or wrong-typed object and answer
 * the empty value of their type, because Spark leaves out keys that are unset.
 */
#ifndef BASE_JX_H
#define BASE_JX_H

#include "base/buffer.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "" when absent, or when a NUL in it would make it look shorter; borrowed from the
 * object. */
const char *jx_string(const json_t *object, const char *key);
bool jx_has_string(const json_t *object, const char *key);
/* Whole numbers from outside are clamped to what a double holds exactly, so that sums of
 * them, and their thousandfold, cannot overflow. */
#define JX_INT_MAX (INT64_C(1) << 53)
/* 0 when absent; reads numbers and, as Spark's starttime needs it, strings of digits. */
json_int_t jx_int(const json_t *object, const char *key);
json_int_t jx_int_or(const json_t *object, const char *key, json_int_t otherwise);
/* Whether the key holds this string. */
bool jx_is(const json_t *object, const char *key, const char *string);
bool jx_bool(const json_t *object, const char *key);
/* NULL when absent or of another type; borrowed. */
json_t *jx_array(const json_t *object, const char *key);
json_t *jx_object(const json_t *object, const char *key);

/* At most how many values a JSON text holds, without reading it: what is read takes up to
 * 150 times the memory of its text. */
size_t jx_count_values(const char *text, size_t length);

/* json_pack that cannot fail: a wrong format is our own mistake. New reference. */
json_t *jx_pack(const char *format, ...);

/* Sets a string key; nothing happens when the value is NULL or "". */
void jx_set_string(json_t *object, const char *key, const char *value);
/* Sets a formatted string key. */
void jx_set_format(json_t *object, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets a time as seconds, whole tenths of them. */
void jx_set_seconds(json_t *object, const char *key, int64_t ms);

/* A JSON string of any bytes: what is not valid UTF-8 becomes U+FFFD. New reference. */
json_t *jx_text(const char *bytes, size_t length);

/* A formatted JSON string. New reference. */
json_t *jx_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A value of which only the JSON is known: large rows that are passed on unread. The text
 * must be JSON without line breaks. jansson has no such value: it is a string that begins
 * with a byte which no UTF-8 has, so that none that was read can pass for one. New
 * reference. */
json_t *jx_raw(const char *text, size_t length);
/* Its JSON, borrowed; NULL for every other value. */
const char *jx_raw_text(const json_t *value);

/* Text whose secrets were masked when it was made (base/secret.h): it is not looked at
 * again, so that it says the same as the values it was made of. A string like jx_raw's,
 * with another mark. New reference. */
json_t *jx_masked(const char *text, size_t length);
/* The text, borrowed; NULL for every other value. */
const char *jx_masked_text(const json_t *value);

/* Adds the value as compact JSON. A real has as few digits as bring it back exactly,
 * which json_dumps cannot do: it writes 0.10000000000000001, or loses digits. */
void jx_write(struct buffer *text, const json_t *value);
/* Adds the value as people read it: a string without its quotes, all else as JSON. */
void jx_write_plain(struct buffer *text, const json_t *value);
/* Adds the values of an array so, `between` between them. */
void jx_join(struct buffer *text, const json_t *values, const char *between);

#endif
