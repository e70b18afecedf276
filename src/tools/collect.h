/* All that a diagnosis reads of one application (diagnosis/facts.h), found and asked in four
 * turns. */
#ifndef TOOLS_COLLECT_H
#define TOOLS_COLLECT_H

#include "flow.h"

#include <jansson.h>

/* The application is named as for watching_find. Of its scope, which is stolen: NULL for all
 * of it, or as facts.h has it, or {"last": true} for the session's last operation. The body
 * is what was told. */
void collect_get(struct flow *flow, const char *application, const char *submission_id,
                 json_t *scope, struct reply *reply);

#endif
