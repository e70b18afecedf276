/* All that a diagnosis reads of one application (diagnosis/facts.h), asked in three turns. */
#ifndef TOOLS_MONITOR_COLLECT_H
#define TOOLS_MONITOR_COLLECT_H

#include "flow.h"

#include <jansson.h>
#include <stdbool.h>

/* Of one execution, or UNKNOWN; or of the last operation of a session. The body is what was
 * told. */
void collect_get(struct flow *flow, const json_t *place, json_int_t execution_id,
                 bool last_operation, struct reply *reply);

#endif
