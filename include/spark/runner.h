/*
 * What sessions and one-shot drivers have in common: how the runner (src/runner) is
 * configured and submitted.
 */
#ifndef SPARK_RUNNER_H
#define SPARK_RUNNER_H

#include "base/error.h"

#include <jansson.h>

/* Its settings from the configuration; mode is "session" or "one_shot". New. */
json_t *runner_settings_for(const char *mode);

/* The request for a driver that runs it with these settings. New; NULL with an error. */
json_t *runner_request(const json_t *settings, const char *nonce,
                       const char *spark_version, struct error *error);

#endif
