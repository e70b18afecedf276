/*
 * The end of a private Spark that nobody asked for: a daemon or its supervisor was killed.
 * Whoever waits for something on it is told at once, with the reason; the session and the
 * operations in it end.
 */
#ifndef SPARK_LOCAL_END_H
#define SPARK_LOCAL_END_H

#include "base/list.h"
#include "flow.h"

/* In the state of a root flow that uses the private Spark. */
struct local_user {
    struct link link;
    struct flow *flow;
};

/* From now on until it leaves the flow ends with the private Spark. Nothing happens when
 * the cluster is not a private one. */
void local_end_watch(struct local_user *user, struct flow *root);
/* Also of one that never came. */
void local_end_leave(struct local_user *user);

/* What to wait for: readable when it may have ended; -1 without one. */
int local_end_fd(void);
/* Looks whether it has ended, and tells everybody. Called when that is readable. */
void local_end_look(void);

#endif
