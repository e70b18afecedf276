/*
 * Which of Spark's servers answers at a configured address. It is asked when something
 * has come from there that the wanted one would not say, so that the error names the
 * cause, such as a history server in SPARK_MASTER_UI_URL.
 */
#ifndef SPARK_IDENTITY_H
#define SPARK_IDENTITY_H

#include "flow.h"
#include "http.h"

/* Asks there, unless the error has another cause, such as no connection. The service is
 * the one wanted: HTTP_REST, HTTP_UI for a master, HTTP_HISTORY. */
void identity_ask(struct flow *flow, enum http_service service, const char *base_url,
                  const struct error *error, struct reply *reply);

/* Where another one answers, the error says so from now on (ERROR_CONFIGURATION). */
void identity_tell(const struct reply *reply, struct error *error);

#endif
