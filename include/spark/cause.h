/*
 * Why a driver ended, found in what it wrote: the Python traceback or the Java exception
 * itself.
 */
#ifndef SPARK_CAUSE_H
#define SPARK_CAUSE_H

#include "base/buffer.h"

#include <stdbool.h>

/*
 * Adds the cause to `cause`, at most a few lines; false when there is none to be seen.
 * All three are text: the end of the driver's stdout (Python writes its stderr there too)
 * and stderr, and the exception of the submission status ("" when Spark gave none).
 */
bool cause_find(const char *out, const char *err, const char *status_message,
                struct buffer *cause);

/* Whether the line of a Python traceback is a frame of the user's own code. */
bool cause_is_own_frame(const char *line);

#endif
