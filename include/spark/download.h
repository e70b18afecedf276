/*
 * A file on this machine that a whole result is written to. Until download_finish it has
 * another name beside its place, or none; download_free without it leaves nothing. A file
 * that is there is replaced only if that was asked for.
 */
#ifndef SPARK_DOWNLOAD_H
#define SPARK_DOWNLOAD_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct download;

/* NULL with an error: the path, its suffix, its folder or what lies there. */
struct download *download_begin(const char *path, bool replaces, struct error *error);
void download_free(struct download *download);

/* {"format": "csv" or "json", "maxBytes"}, for the runner. New. */
json_t *download_request(const struct download *download);
const char *download_path(const struct download *download);
json_int_t download_bytes(const struct download *download);

/* False when the disk refuses it or it is more than SPARK_DOWNLOAD_MAX_BYTES. */
bool download_add(struct download *download, const char *text, size_t length,
                  struct error *error);
/* Whether all of it is on the disk, which a process of its own waits for; to be asked
 * again until it is. */
bool download_is_stored(struct download *download);
/* Gives it its name. */
bool download_finish(struct download *download, struct error *error);

#endif
