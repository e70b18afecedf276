/*
 * Which of the configured clusters the running code is about. There is one, without a
 * name, unless SPARK_CLUSTERS names some. A module that keeps something for each cluster
 * keeps an array of CLUSTERS_MAX and uses the member of clusters_here().
 *
 * A flow belongs to a cluster, and its steps, its undoing and its client run there
 * (flow.h): what it starts belongs there too. So only who begins or moves a flow, and the
 * few who look after all clusters, ever enter one.
 */
#ifndef BASE_CLUSTERS_H
#define BASE_CLUSTERS_H

#include <stdbool.h>
#include <stddef.h>

enum { CLUSTERS_MAX = 16, CLUSTER_NAME_MAX = 40 };

size_t clusters_here(void);
/* From now on that one; gives the one before, to be entered again. */
size_t clusters_enter(size_t cluster);
/* In each of them in turn. */
void clusters_for_each(void (*act)(void));

/* At least 1. */
size_t clusters_count(void);
/* Whether they have names. */
bool clusters_are_named(void);
/* "" without names. */
const char *clusters_name(size_t cluster);

/* False when there are too many. The name is copied. */
bool clusters_add(const char *name);
/* Back to one without a name. */
void clusters_clear(void);

#endif
