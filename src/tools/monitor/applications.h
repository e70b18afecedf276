/* What is known of applications, for the views that show some: the master and the history
 * server are asked at the same time, and either may be out of reach. */
#ifndef TOOLS_MONITOR_APPLICATIONS_H
#define TOOLS_MONITOR_APPLICATIONS_H

#include "flow.h"
#include "tools/monitor/rows.h"

#include <jansson.h>

struct known {
    struct reply master, history;
};

void applications_ask(struct flow *flow, const struct filter *filter,
                      struct known *known);
/* Their rows without duplicates; new. */
json_t *applications_rows(const struct known *known, const struct filter *filter);
/* Steals the result and the warnings, to which it adds who was out of reach. Fails when
 * both were, or when the one application that was asked for has no row anywhere. */
struct next applications_done(struct flow *flow, const struct known *known,
                              json_t *result, json_t *warnings);

#endif
