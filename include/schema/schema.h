/*
 * The subset of JSON Schema (2020-12) that arguments are checked against: type,
 * properties, required, additionalProperties, items, enum, minimum, maximum, minLength,
 * pattern. Keywords beyond these are passed over: they are for the reader.
 */
#ifndef SCHEMA_SCHEMA_H
#define SCHEMA_SCHEMA_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

/*
 * The arguments as they are meant: without what a client only says it leaves out (null,
 * ""), with numbers, booleans, objects and arrays in place of their texts, texts in place
 * of the numbers and booleans in a list or free object of texts, values of an enum in its
 * case, and numbers above a maximum lowered to it, each of which adds a sentence to
 * `notes` (an array). Both are borrowed. New reference.
 */
json_t *schema_fit(const json_t *schema, const json_t *arguments, json_t *notes);

/*
 * Checks a value and appends a sentence for every violation to `problems` (an array): its
 * path, what was wanted, what came, and the nearest valid name for an unknown key or
 * value. Both are borrowed. True when there is none.
 */
bool schema_check(const json_t *schema, const json_t *value, json_t *problems);
/* The same of a tool's arguments: names that its schema does not have are refused, though
 * it does not say so (some clients cannot read additionalProperties). */
bool schema_check_arguments(const json_t *schema, const json_t *arguments,
                            json_t *problems);
/* The same against a tool's definition (its name and inputSchema): when false, the error
 * lists every violation. */
bool schema_check_call(const json_t *definition, const json_t *arguments,
                       struct error *error);

#endif
