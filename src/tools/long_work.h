/*
 * What the tools of the runner share: a call starts a run (spark/run.h), waits for its end
 * as long as the caller wants, and answers with the result or with a handle for
 * monitor-cluster. A call that is cancelled cancels its run.
 */
#ifndef TOOLS_LONG_WORK_H
#define TOOLS_LONG_WORK_H

#include "flow.h"

#include <jansson.h>
#include <stdint.h>

struct long_work {
    struct reply news;
    char id[40];
    int64_t deadline_ms;
};

enum { WAIT_SECONDS_DEFAULT = 45 };

/* The only step that such a tool writes itself calls this; its flow's state begins with a
 * struct long_work. operation and tool are static. */
struct next long_work_start(struct flow *flow, const char *operation, const char *tool);
/* The `undo` of its flow: cancels the run. */
void long_work_undo(void *state);

/* Waits for a run that is known by its id; the body is {"operationId", "tool", "state",
 * "progress" or "result", ...}. Fails with the run's own error. */
void long_work_follow(struct flow *flow, const char *id, int wait_seconds,
                      struct reply *reply);
/* Cancels it and waits until it has ended; the body has "operationId", "killed",
 * "state" and "stateBefore". */
void long_work_kill(struct flow *flow, const char *id, struct reply *reply);

#endif
