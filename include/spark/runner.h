/*
 * What sessions and one-shot drivers have in common: how the runner (src/runner) is
 * configured and submitted.
 */
#ifndef SPARK_RUNNER_H
#define SPARK_RUNNER_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

/* Its settings from the configuration; mode is "session" or "one_shot". New. */
json_t *runner_settings_for(const char *mode);

/* Whether it needs a cluster's executors. A private Spark's session does without: its tasks
 * run in its driver's JVM, unless SPARK_CONF says something of executors. */
bool runner_needs_cluster(void);

/* The request for a driver that runs it with these settings. New; NULL with an error. */
json_t *runner_request(const json_t *settings, const char *nonce,
                       const char *spark_version, struct error *error);

#endif
