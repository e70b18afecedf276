/*
 * Values that must never be seen: passwords, tokens, secret Spark properties. Once added,
 * a value is masked wherever text leaves the process other than to Spark: log, errors,
 * answers.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Whether a Spark property of this name holds a secret. Spark's own rule
 * (spark.redaction.regex: secret|password|token|access[.]?key), a little widened. */
bool secret_is_key(const char *key);

/* Remembers a value; values under 4 bytes are too common to mask and are ignored. The
 * newest 256 are kept. */
void secret_add(const char *value);
void secret_clear(void);

/* The text with every known value replaced by "*****"; new, free() it. */
char *secret_mask(const char *text, size_t length);

/* Whether a known value stands in a JSON text. Quick, so that answers can all be looked
 * at. */
bool secret_is_in_json(const char *text);
/* The value with every string in it masked (keys are not); steals, returns new. */
json_t *secret_mask_json(json_t *value);

#endif
