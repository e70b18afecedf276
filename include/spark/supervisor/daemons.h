/*
 * Master, worker and history server of a private Spark, on ports of the loopback address that
 * take no submissions. Each is started when somebody needs it: a session does without.
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

/* Ports that are free now, and held until their daemon is started. Spark may not climb to
 * others (spark.port.maxRetries=0): should one be taken in between, the daemon ends, and the
 * server says so. */
bool daemons_find_ports(int ports[DAEMONS_PORTS]);

struct daemons_settings {
    const char *folder; /* the private Spark's */
    const struct install *install;
    const char *master_url, *cores;
    const char *secret;       /* spark.authenticate.secret */
    const char *java_options; /* more of them */
    int ports[DAEMONS_PORTS];
};

/* Puts what they all need into this process's environment, where drivers find it too. The
 * settings are borrowed. False with errno. */
bool daemons_prepare(const struct daemons_settings *settings);
/* Master and worker, and the history server, unless they have been started. Their logs are
 * master.log, worker.log and history.log in the folder. */
void daemons_start_cluster(void);
void daemons_start_history(void);
/* Does what is due: a cluster has a history server when its first application has begun. */
void daemons_tick(void);
/* The name of the daemon whose process this was; NULL when it was none. */
const char *daemons_name(pid_t pid);

#endif
