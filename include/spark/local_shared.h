/*
 * With SPARK_SESSION_SHARED the servers that share a session share the private Spark below
 * it: its supervisor listens at a socket in the private folder, whose path stands in a file
 * beside the session's (session_record.h), and lives as long as servers are connected, its
 * drivers run, or it was used of late.
 */
#ifndef SPARK_LOCAL_SHARED_H
#define SPARK_LOCAL_SHARED_H

#include <limits.h>
#include <stdbool.h>

bool local_shared_is_on(void);

/* False while another process looks for one or starts one: try again at once. For a moment
 * only, within one step. */
bool local_shared_lock(void);
void local_shared_unlock(void);

/* A connection to the supervisor of one that lives, and its folder; -1 when there is none. */
int local_shared_join(char folder[PATH_MAX]);

/* For a new one, whose folder is there: ends[0] is what its supervisor listens at, ends[1] a
 * connection to it. False with errno. */
bool local_shared_open(const char *folder, int ends[2]);
/* It has been started: the next server finds it, and no session of an earlier one. */
void local_shared_record(const char *folder);

#endif
