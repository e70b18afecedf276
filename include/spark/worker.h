/*
 * Logs of drivers and executors, from the web UI of the worker that ran them
 * (LogPage.scala). The worker is asked directly, then through the master's reverse proxy.
 */
#ifndef SPARK_WORKER_H
#define SPARK_WORKER_H

#include "flow.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { LOG_PAGE_MAX = 1024 * 1024 }; /* the worker builds the whole page in memory */

struct worker_log {
    const char *worker_url;     /* "http://host:8081" */
    const char *worker_id;      /* for the reverse proxy; may be "" */
    const char *driver_id;      /* either this, */
    const char *application_id; /* or these two */
    const char *executor_id;
    const char *type;  /* stdout or stderr */
    json_int_t offset; /* first byte; -1 for the end of the log */
    json_int_t length; /* bytes, at most LOG_PAGE_MAX */
};

/* The body: {"start", "end", "total", "text", "folder"}; offsets in bytes of the log, text
 * as UTF-8, the folder that it lies in on that host. ERROR_NOT_FOUND when the worker has no
 * such log. */
void worker_get_log(struct flow *flow, const struct worker_log *log, struct reply *reply);

/* What a worker says of itself; asked to see whether it can be reached. */
void worker_get_state(struct flow *flow, const char *worker_url, struct reply *reply);

/* Its page, {"text"}; and how that says that a driver fares which it runs or has run.
 * False when it tells of no such driver. */
void worker_get_page(struct flow *flow, const char *worker_url, struct reply *reply);
bool worker_find_driver(const json_t *page, const char *driver_id, char *state,
                        size_t size);

/* Where a log is, as the link to it says that an application's UI gives for an executor.
 */
struct worker_log_place {
    char worker_url[300]; /* "" where the master's reverse proxy leads to it */
    char worker_id[160];  /* then this; Spark writes the driver's id here for a driver */
    char driver_id[160];  /* "" where the log is not a driver's */
};

/* False when it is no such link. */
bool worker_read_log_link(const char *link, struct worker_log_place *place);

/* "scheme://HOST:PORT" with the host of the worker's web UI: where the worker is reached,
 * so are the drivers it runs. False when the port is not one (text: digits, 1 to 65535).
 */
bool worker_write_url(const char *worker_url, const char *scheme, const char *port,
                      char *url, size_t size);

#endif
