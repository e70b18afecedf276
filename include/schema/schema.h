/*
 * The subset of JSON Schema (2020-12) that arguments are checked against: type,
 * properties, required, additionalProperties, items, enum, minimum, maximum, minLength,
 * pattern. Keywords beyond these are passed over: they are for the reader.
 */
#ifndef SCHEMA_SCHEMA_H
#define SCHEMA_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>

/*
 * Checks a value and appends a sentence for every violation to `problems` (an array): its
 * path, what was wanted, what came, and the nearest valid name for an unknown key or
 * value. Both are borrowed. True when there is none.
 */
bool schema_check(const json_t *schema, const json_t *value, json_t *problems);

#endif
