/* The envelope in which the runner (src/runner/serve/operations.py) answers. */
#ifndef SPARK_ENVELOPE_H
#define SPARK_ENVELOPE_H

#include "base/error.h"

#include <jansson.h>

/* The result in it; new. NULL with the error that it holds: Spark's words, where in the
 * statement, the cause, what to do. */
json_t *envelope_open(const json_t *envelope, struct error *error);

/* Adds a sentence for the reader: to the warnings of a result, or to the detail of the
 * error when the result is NULL. */
void envelope_add_sentence(json_t *result, struct error *error, const char *sentence);

#endif
