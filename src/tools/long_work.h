/*
 * Operations of the runner as calls see them: one starts a run (spark/run.h), waits for
 * its end as long as the caller wants, and answers with the result or with a handle for
 * monitor-cluster. A call that is cancelled cancels its run.
 */
#ifndef TOOLS_LONG_WORK_H
#define TOOLS_LONG_WORK_H

#include "flow.h"

#include <jansson.h>
#include <stdint.h>

/* Does an operation of the runner. Steals arguments, of which wait_seconds is how long to
 * wait. The body: the result, or the handle {"operationId", "tool", "state", ...}. */
void long_work_run(struct flow *flow, const char *operation, json_t *arguments,
                   struct reply *reply);

/* Waits for a run that is known by its id; the body is {"operationId", "tool", "state",
 * "progress" or "result", ...}. Fails with the run's own error. */
void long_work_follow(struct flow *flow, const char *id, int wait_seconds,
                      struct reply *reply);
/* Cancels it and waits until it has ended; the body has "operationId", "killed",
 * "state" and "stateBefore". */
void long_work_kill(struct flow *flow, const char *id, struct reply *reply);

/* How long a call waits for the end of what it kills: no longer than any call by default.
 */
int64_t long_work_kill_limit_ms(void);

#endif
