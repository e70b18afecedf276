/*
 * Workers have two names: the one that they give to browsers (webuiaddress, from
 * SPARK_PUBLIC_DNS), and the host under which Spark's own machines know them. In
 * containers each can be reached from another place, so a worker that does not answer at
 * the first is asked at the second, and from then on there first.
 */
#ifndef SPARK_WORKER_ASK_H
#define SPARK_WORKER_ASK_H

#include "flow.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The workers of the master's state; borrowed. */
void worker_ask_note_hosts(const json_t *workers);

/* GET of a path of its web UI, as http_request: limit 0 is the usual one. The error is of
 * the address that was asked first. */
void worker_ask(struct flow *flow, const char *worker_url, const char *path, bool is_text,
                size_t limit, struct reply *reply);

#endif
