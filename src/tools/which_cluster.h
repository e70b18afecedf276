/*
 * Which of several clusters a call is about: the one that it names, else the one that
 * knows the operation, submission or application that it names, else the first.
 */
#ifndef TOOLS_WHICH_CLUSTER_H
#define TOOLS_WHICH_CLUSTER_H

#include "flow.h"

#include <jansson.h>

/* The body is {"cluster": its number}. It fails when no cluster, or more than one, knows
 * what is named; all are asked at once. */
void which_cluster_find(struct flow *flow, json_t *arguments, struct reply *reply);

/* Notes what this cluster told of itself, so that later calls need not ask. */
void which_cluster_remember(const json_t *result);

#endif
