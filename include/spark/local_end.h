/*
 * The end of a private Spark that nobody asked for: a daemon or its supervisor was killed.
 * Whoever waits for something on it is told at once, with the reason; the session and the
 * operations in it end.
 */
#ifndef SPARK_LOCAL_END_H
#define SPARK_LOCAL_END_H

#include "base/list.h"
#include "flow.h"
#include "http.h"

#include <stddef.h>

/* In the state of a root flow that uses the private Spark. */
struct local_user {
    struct link link;
    struct flow *flow;
    size_t cluster;
};

/* From now on until it leaves the flow ends with the private Spark. Nothing happens when
 * the cluster is not a private one. */
void local_end_watch(struct local_user *user, struct flow *root);
/* Also of one that never came. */
void local_end_leave(struct local_user *user);

/* What to wait for, one for each cluster: readable when its private Spark may have ended;
 * -1 without one. */
void local_end_add_fds(struct http_fd *fds);
/* Looks whether those have ended that are ready, and tells everybody. */
void local_end_look(const struct http_fd *fds);

#endif
