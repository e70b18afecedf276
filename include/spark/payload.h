/*
 * What travels inside a submission: files that exist beside the server, and the request
 * for the launcher (runner/launch.py), in environment variables of the driver. Those are
 * logged nowhere.
 */
#ifndef SPARK_PAYLOAD_H
#define SPARK_PAYLOAD_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

/* Adds a file to request.files under this name, as text or base64; false when it cannot
 * be read or is too large to travel. */
bool payload_add_file(json_t *request, const char *path, const char *name,
                      struct error *error);

/* The archives of the runner that an operation needs ("" for all), in base64; new. */
json_t *payload_runner_archives(const char *operation);

/* Puts the launcher and the request into the environment, in pieces because Linux limits
 * each variable to 128 KiB; false when it is too large in all. */
bool payload_pack(const json_t *request, json_t *environment, struct error *error);

/* The code for `python -c` that runs the launcher. */
extern const char payload_bootstrap[];

#endif
