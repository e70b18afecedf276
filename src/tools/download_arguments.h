/* A tool's download_path: the file is this machine's, so the runner is told of no path. */
#ifndef TOOLS_DOWNLOAD_ARGUMENTS_H
#define TOOLS_DOWNLOAD_ARGUMENTS_H

#include "base/error.h"
#include "spark/download.h"

#include <jansson.h>
#include <stdbool.h>

/* Opens the file that they name, and puts what the runner has to know in its place. NULL
 * when they name none; false when it cannot be written. */
bool download_arguments(json_t *arguments, struct download **download,
                        struct error *error);

#endif
