/*
 * The monitoring API (/api/v1) of the history server and of live drivers' UIs.
 */
#ifndef SPARK_HISTORY_H
#define SPARK_HISTORY_H

#include "flow.h"

#include <jansson.h>
#include <stdbool.h>

#include <stdint.h>

/* Path below /api/v1/, with its query: "applications?limit=20". */
void history_get(struct flow *flow, const char *path, struct reply *reply);
enum { HISTORY_APPLICATIONS_MAX = 10000 };

/* The applications that ran between two times (since 1970), or at any time when both are
 * 0: the newest HISTORY_APPLICATIONS_MAX. */
void history_get_applications(struct flow *flow, int64_t from_ms, int64_t to_ms,
                              struct reply *reply);
/* Whether there may be more than those in the list. */
bool history_is_full(const json_t *applications);
/* One application: what `path` names of it ("allexecutors"), or itself when that is "".
 * Of one that has attempts the newest is taken. */
void history_get_application(struct flow *flow, const char *application_id,
                             const char *path, struct reply *reply);
/* "" for an application without attempts; borrowed. */
const char *history_newest_attempt(const json_t *application);
/* The same of one application at a live driver's UI, which has little time to answer:
 * "http://host:4040", "jobs?status=running". The driver is asked directly, then through
 * the master's reverse proxy. It is waited for as long as that, 2.5 s at least and 15 s at most. */
void live_get(struct flow *flow, const char *ui_url, const char *application_id,
              const char *path, int64_t wait_ms, struct reply *reply);

#endif
