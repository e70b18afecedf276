/*
 * Which values an address or an argument can have: what a call lists, in every cluster.
 * Nothing is started for it, and whoever does not answer soon is left out.
 */
#ifndef TOOLS_LISTING_H
#define TOOLS_LISTING_H

#include "flow.h"
#include "tools/resource.h"

#include <jansson.h>

/* A root flow whose result is {"values": [...]}, those that begin so, at most 100.
 * Cluster: only of that one; "": of all. */
struct flow *listing_start(const struct listing *listing, const char *tool,
                           const char *beginning, const char *cluster,
                           const struct flow_client *client);
/* The same of the clusters' names, at once. New. */
json_t *listing_clusters(const char *beginning);

#endif
