/*
 * Which hosts may be given a service's credentials: those that the user configured for
 * it and, for the web UIs, those that the master of this cluster named as its workers.
 * Any other address (a job's output, a page, an application's JSON may name one) is asked
 * without, and so is one that is plain http where only https was configured.
 *
 * Hosts count, not ports: drivers take any port of their worker.
 */
#ifndef HTTP_TRUST_H
#define HTTP_TRUST_H

#include "http.h"

#include <jansson.h>
#include <stdbool.h>

void trust_clear(void);
/* The user configured this address for the service. */
void trust_add(enum http_service service, const char *url);
/* The master at this address names its workers ("webuiaddress"): they take the place of
 * those that were named before. */
void trust_set_workers(const json_t *workers, const char *master_url);

/* Whether a request to this address may carry the service's credentials. */
bool trust_allows(enum http_service service, const char *url);
/* Whether a GET may be redirected: on its host, or between hosts that are both trusted;
 * never from https to http. */
bool trust_follows(enum http_service service, const char *from, const char *to);

#endif
