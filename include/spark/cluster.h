/*
 * Where the cluster is: the addresses of its masters and history server, from the
 * configuration or from the private Spark once that runs. Several masters are standbys of
 * each other; the one that answered last is asked first.
 */
#ifndef SPARK_CLUSTER_H
#define SPARK_CLUSTER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { MASTERS_MAX = 8 };

/* Reads SPARK_MASTER and the addresses; false when they cannot be understood. */
bool cluster_configure(struct error *error);

/* SPARK_MASTER is local[N]: Spark has to be started here first (local.h). */
bool cluster_is_local(void);
/* The N of local[N]; the machine's processors for local[*]. */
int cluster_local_cores(void);
/* The private Spark runs at these ports of 127.0.0.1. Its submission API is the socket of its
 * supervisor, which http.c knows by this name. */
#define CLUSTER_DOOR_URL "http://private-spark"
void cluster_set_local(int master_port, int ui_port, int history_port);

/* "spark://a:7077,b:7077": what an application calls its master. */
const char *cluster_master_url(void);
size_t cluster_masters(void);
/* Base addresses without a slash at the end, the master to be asked first at index 0. */
const char *cluster_rest_url(size_t index);
const char *cluster_ui_url(size_t index);
const char *cluster_history_url(void);
/* For work that asks the masters in turn while others may change the preference: remember
 * the start, and ask for the index of each turn. */
size_t cluster_start(void);
size_t cluster_index(size_t start, size_t turn);
/* The master at this index answered as the active one: it is index 0 from now on. */
void cluster_prefer_master(size_t index);

#endif
