/* The text of a failure, a task's or an execution's, in which Spark wraps what happened: the
 * innermost exception and where in the user's own code it was. */
#ifndef SPARK_FAILURE_H
#define SPARK_FAILURE_H

#include <stdbool.h>

enum { FAILURE_WHAT = 300, FAILURE_WHERE = 200, FAILURE_STACK = 700 };

struct failure {
    char what[FAILURE_WHAT];   /* "ValueError: no price in row 3" */
    char where[FAILURE_WHERE]; /* "/jobs/prices.py:19 in read_price"; "" when unknown */
    char stack[FAILURE_STACK]; /* the user's frames, or the first of all */
};

struct failure failure_of(const char *text);
/* Whether both are the same but for numbers in what they say. */
bool failure_is_same(const struct failure *a, const struct failure *b);

#endif
