/*
 * The master's view of the cluster: its web UI's /json/ (JsonProtocol.scala). Keys are
 * Spark's: workers, activeapps, completedapps, activedrivers, completeddrivers, status.
 */
#ifndef SPARK_MASTER_H
#define SPARK_MASTER_H

#include "flow.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The state of the active master; we add "uiUrl", the address it came from. */
void master_get_state(struct flow *flow, struct reply *reply);

/* The session of a private Spark without executors, which its master does not know, as the
 * master would tell it, with the address of its UI as "ui"; NULL: there is none. Steals. */
void master_set_own_application(json_t *application);
/* Whether the id is that one's: its UI tells all, no history server is needed for it. */
bool master_is_own_application(const char *application_id);

/* Getters on that state; borrowed, NULL when not there. */
json_t *master_find_worker(const json_t *state, const char *worker_id);
json_t *master_find_driver(const json_t *state, const char *driver_id);
json_t *master_find_application(const json_t *state, const char *application_id);

/* Whether a living worker could take a driver of this size, now or (`when_empty`) once
 * nothing else runs. Memory in MiB. */
bool master_has_room(const json_t *state, json_int_t cores, json_int_t memory_mib,
                     bool when_empty);
/* Whether a living worker has what an executor of the application asks for beside cores and
 * memory, such as GPUs; in use or not. */
bool master_has_resources(const json_t *state, const json_t *application);
/* "worker-1 has 1 of 4 cores and 2048 of 6144 MiB free; ...", for the first living workers,
 * and "; of the 2 gpu that an executor asks for, no worker has so many". The application may
 * be NULL. New string. */
json_t *master_describe_room(const json_t *state, const json_t *application);

/* ---- what only its HTML pages tell; a page is a body {"text"} ---- */

void master_get_page(struct flow *flow, struct reply *reply);
/* The address "host:6066" at which it says that its submission API is; false when the
 * page names none, which it does when the API is off. */
bool master_find_rest_address(const json_t *page, char *address, size_t size);

/* {"url"}: the address of a running application's own UI, without a slash at its end; ""
 * when the application's page names none. */
void master_get_application_ui(struct flow *flow, const char *application_id,
                               struct reply *reply);
/* The same of a page that has been read; false when it names none. */
bool master_find_application_ui(const json_t *page, char *url, size_t size);

#endif
