/*
 * Long lists of objects from Spark's monitoring API. They are read in slices, so that other
 * calls go on meanwhile, and of each object only what is asked for is kept: read as a whole
 * they would take ten times the memory of their text.
 */
#ifndef SPARK_ROWS_H
#define SPARK_ROWS_H

#include "flow.h"

#include <jansson.h>

/* `keep`: the keys of each object that are kept, ended by NULL. The body is
 * the array. ERROR_BAD_ANSWER when it is no list of objects. */
void rows_get(struct flow *flow, const json_t *place, const char *path,
              const char *const *keep, struct reply *reply);

#endif
