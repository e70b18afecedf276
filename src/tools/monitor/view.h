/*
 * The parts of monitor-cluster: what is asked (logs.c, executors.c:
 * flows) and how Spark's JSON becomes rows (applications.c: no waiting).
 */
#ifndef TOOLS_MONITOR_VIEW_H
#define TOOLS_MONITOR_VIEW_H

#include "flow.h"
#include "tools/monitor/time_range.h"

#include <jansson.h>
#include <stdbool.h>

/* Which rows are wanted. */
struct filter {
    const struct time_range *range; /* NULL: of any time */
    const char *status; /* "" is any; running, waiting, finished, failed, killed */
    const char *application_id; /* "" is any */
    size_t limit;
};

/* All return new references. `master` is the master's state, `applications` the history
 * server's list or the one asked for; each may be NULL when it was out of reach. */
json_t *view_cluster(const json_t *master);
json_t *view_workers(const json_t *master, size_t limit, size_t *omitted);
/* Merged without duplicates, newest first. */
json_t *view_applications(const json_t *master, json_t *applications,
                          const struct filter *filter, size_t *omitted);
json_t *view_drivers(const json_t *master, const struct filter *filter, size_t *omitted);
/* Rows of one application's executors (Spark's allexecutors). */
json_t *view_executors(const char *application_id, bool is_running,
                       const json_t *executors);

/* What to ask the history server: "applications?limit=...", or "applications/ID". */
void view_history_query(const struct filter *filter, char *query, size_t size);

/* The executors of an application, from its live UI or the history server. The body:
 * {"executors": as Spark lists them, "isRunning", "warning": string if none could be
 * had}. */
void monitor_get_executors(struct flow *flow, const char *application_id, bool is_running,
                           struct reply *reply);

/* A page of a log. Steals the tool's arguments. The body: {"log": {...}}. */
void monitor_get_log(struct flow *flow, json_t *arguments, struct reply *reply);

#endif
