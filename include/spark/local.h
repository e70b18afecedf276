/*
 * The private Spark behind SPARK_MASTER=local[N]: a standalone master, one worker and a
 * history server on loopback, each started on first need (local_daemons.h), and ended by a
 * supervisor process (spark/supervisor.h) when this server has gone, however it went. Everything is then
 * done over REST as against any other cluster, but submissions go to the supervisor's
 * socket: on no port of it can others run programs.
 */
#ifndef SPARK_LOCAL_H
#define SPARK_LOCAL_H

#include "flow.h"

#include <jansson.h>
#include <stdbool.h>

#define LOCAL_NEXT                                                                       \
    "The next call starts another private Spark; views, cached tables and jobs of this " \
    "one are gone."

/* Makes the next step wait until the private Spark runs. Starts nothing when it runs
 * already or when the cluster is not a private one. Fails with ERROR_LOCAL_SPARK. */
void local_ensure(struct flow *flow, struct reply *reply);

/* False while there is a private Spark to be started first. */
bool local_is_up(void);

/* Tells the supervisor to end it; returns at once. */
void local_stop(void);

/* Readable when it has ended by itself, or is about to; -1 while none runs. */
int local_fd(void);
/* Whether it is about to end, or has; the error tells why, or is a guess. */
bool local_has_failed(struct error *error);
/* Asked when that is readable; the error tells why. It is forgotten then, and the next need
 * starts another. */
bool local_has_ended(struct error *error);

/* What applications on the private Spark need in addition: its drivers take no core of
 * the worker, their events are logged for its history server, their temporary files go
 * with its folder, their pages have no kill links. */
void local_adjust_properties(json_t *properties);

/* The Python that the supervisor found; NULL before the private Spark runs. Borrowed. */
const char *local_python(void);
/* False when the private Spark is known to have no SparkR. */
bool local_has_spark_r(void);

#endif
