/*
 * Placing a driver: the private Spark where there is to be one, the master's version, the
 * submission. A flow that does so has a state that begins with a struct placing; it
 * begins with placing_begin, goes on at its own step when the master has accepted the
 * driver, and has placing_undo as its `undo`: a driver that nobody waits for any more is
 * killed.
 */
#ifndef SPARK_PLACING_H
#define SPARK_PLACING_H

#include "flow.h"
#include "spark/nonce.h"

#include <jansson.h>

struct placing {
    struct reply local, daemons, version, created;
    const struct placing_order *order;
    char driver_id[160]; /* once it was accepted; "" when there is none to kill */
    char nonce[NONCE_DIGITS + 1]; /* for the request */
};

struct placing_order {
    const char *driver; /* "the session's driver" */
    const char *what;   /* what it is for: there is no room for "a session" */
    /* Whether master and worker of a private Spark are started for it; NULL: they are. */
    bool (*needs_cluster)(void);
    /* The CreateSubmissionRequest; new. NULL with an error. */
    json_t *(*request)(struct flow *flow, const char *spark_version, struct error *error);
    flow_step *placed;
};

/* The order is static. */
struct next placing_begin(struct flow *flow, const struct placing_order *order)
    __attribute__((warn_unused_result));
void placing_undo(void *state);

/* Fails for a driver that was followed (driver_await) and did not say what was waited
 * for: ERROR_DRIVER_ENDED, ERROR_NO_DRIVER (the master has forgotten it), ERROR_NO_ROOM
 * or ERROR_DRIVER_SILENT. `consequence` is a sentence on what that means for the caller. */
struct next placing_fail(struct flow *flow, const json_t *report, const char *consequence)
    __attribute__((warn_unused_result));

#endif
