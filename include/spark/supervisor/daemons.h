/*
 * Master, worker and history server of a private Spark, on ports of the loopback address that
 * take no submissions.
 */
#ifndef SPARK_SUPERVISOR_DAEMONS_H
#define SPARK_SUPERVISOR_DAEMONS_H

#include "spark/install.h"

#include <stdbool.h>
#include <sys/types.h>

enum daemons_port {
    DAEMONS_MASTER,
    DAEMONS_WORKER,
    DAEMONS_MASTER_UI,
    DAEMONS_WORKER_UI,
    DAEMONS_HISTORY,
    DAEMONS_PORTS
};

/* Ports that are free now. Spark may not climb to others (spark.port.maxRetries=0): should
 * one be taken in between, the daemon ends, and the server says so. */
bool daemons_find_ports(int ports[DAEMONS_PORTS]);

struct daemons_settings {
    const char *folder; /* the private Spark's */
    const struct install *install;
    const char *master_url, *cores;
    const char *secret; /* spark.authenticate.secret */
    int ports[DAEMONS_PORTS];
};

/* Puts what they all need into this process's environment, where drivers find it too, and
 * starts them. Their logs are master.log, worker.log and history.log in the folder. False
 * with errno. */
bool daemons_start(const struct daemons_settings *settings);
/* The name of the daemon whose process this was; NULL when it was none. */
const char *daemons_name(pid_t pid);

#endif
