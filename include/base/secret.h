/*
 * Values that must never be seen: passwords, tokens, secret Spark properties. Once added,
 * a value is masked wherever text leaves the process other than to Spark: log, errors,
 * answers.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/buffer.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Whether a Spark property of this name holds a secret. Spark's own rule
 * (spark.redaction.regex: secret|password|token|access[.]?key), a little widened. */
bool secret_is_key(const char *key);
/* The same as a regular expression of Java's for spark.redaction.regex, so that what
 * Spark shows of properties is masked by the same words; and passwords in URLs. */
void secret_write_pattern(struct buffer *pattern);

/* Remembers a value; values under 4 bytes are too common to mask and are ignored. Of
 * those that were added the newest 256 are kept; pinned ones, which are the server's own,
 * are never forgotten, whatever its clients add. */
void secret_add(const char *value);
void secret_pin(const char *value);
void secret_clear(void);

/* The text with every known value replaced by "*****"; new, free() it. */
char *secret_mask(const char *text, size_t length);

/* Whether a known value stands in a JSON text. Quick, so that answers can all be looked
 * at. */
bool secret_is_in_json(const char *text);
/* The value with every string in it masked; keys, numbers and literals are not, in raw
 * JSON neither, so that JSON stays JSON. Steals, returns new: the same one when there is
 * nothing to mask. */
json_t *secret_mask_json(json_t *value);

#endif
