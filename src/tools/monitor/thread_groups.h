/* A thread dump of Spark's, made small: threads with the same stack together, those of tasks
 * first, idle ones only counted. */
#ifndef TOOLS_MONITOR_THREAD_GROUPS_H
#define TOOLS_MONITOR_THREAD_GROUPS_H

#include <jansson.h>
#include <stddef.h>

/* New: [{"threads", "state", "name", "frames"}]; with more dumps than one, "sameInAll" where
 * each thread of the group stood at the same place in all of them. */
json_t *thread_groups(const json_t *const *dumps, size_t count);
/* New: [{"name", "threads"}], numbers in names as "#", the most first. */
json_t *thread_idle_pools(const json_t *dump);
/* New: the names of threads that wait for each other in a circle; empty for none. */
json_t *thread_deadlock(const json_t *dump);

#endif
