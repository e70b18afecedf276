/*
 * The monitoring API of one application, from wherever it can be had: its live UI knows
 * most and is asked first while it runs; the history server knows what was logged.
 */
#ifndef SPARK_MONITORING_H
#define SPARK_MONITORING_H

#include "flow.h"

#include <stdbool.h>

/* The body is what Spark answers for the path below the application, "allexecutors".
 * ERROR_NOT_FOUND when neither can tell. */
void monitoring_get(struct flow *flow, const char *application_id, bool is_running,
                    const char *path, struct reply *reply);

#endif
