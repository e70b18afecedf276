/*
 * A bell: news inside the process that flows wait for, such as a state that changed. The
 * ringer knows nothing of who waits. One that is all zero is quiet.
 */
#ifndef BELL_H
#define BELL_H

#include "flow.h"

struct bell {
    struct link waiters;
};

/* The next step waits until the bell rings next. The reply has no body. */
void bell_wait(struct flow *flow, struct bell *bell, struct reply *reply);
/* The same, for so long at most. */
void bell_wait_for(struct flow *flow, struct bell *bell, int ms, struct reply *reply);

/* Wakes every flow that waits for it; one that waits for nothing else goes on at the next
 * flow_dispatch. A bell rings before its memory goes. */
void bell_ring(struct bell *bell);

/* Whether somebody waits. */
bool bell_is_awaited(const struct bell *bell);

#endif
