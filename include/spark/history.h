/*
 * The monitoring API (/api/v1) of the history server and of live drivers' UIs.
 */
#ifndef SPARK_HISTORY_H
#define SPARK_HISTORY_H

#include "flow.h"

/* Path below /api/v1/, with its query: "applications?limit=20". */
void history_get(struct flow *flow, const char *path, struct reply *reply);
/* The same of one application at a live driver's UI, which has little time to answer:
 * "http://host:4040", "jobs?status=running". */
void live_get(struct flow *flow, const char *ui_url, const char *application_id,
              const char *path, struct reply *reply);

#endif
