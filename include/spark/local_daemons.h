/*
 * Master and worker of a private Spark, and its history server, are started when somebody
 * needs them: SQL and what else a session does runs in one JVM (runner.h).
 */
#ifndef SPARK_LOCAL_DAEMONS_H
#define SPARK_LOCAL_DAEMONS_H

#include "flow.h"

#include <stdbool.h>

enum local_daemons { LOCAL_CLUSTER, LOCAL_HISTORY, LOCAL_DAEMONS };

/* Whether they answer, as far as this server knows; true for a cluster that is no private
 * one. */
bool local_daemons_are_up(enum local_daemons which);

/* Makes the next step wait until they do. Starts nothing when they are up already. Of a
 * private Spark that runs (local_ensure). Fails with ERROR_LOCAL_SPARK. */
void local_daemons_ensure(struct flow *flow, enum local_daemons which,
                          struct reply *reply);

/* That private Spark is no more. */
void local_daemons_forget(void);

#endif
