/* The views of monitor-cluster, in the order in which their parts stand in a text; the
 * first is shown when nothing is asked for. */
#include "tools/monitor/view.h"

#include <stddef.h>

#define VIEWS(ROW)                                                                       \
    ROW(cluster)                                                                         \
    ROW(applications)                                                                    \
    ROW(executors)                                                                       \
    ROW(drivers)                                                                         \
    ROW(logs)                                                                            \
    ROW(tables)                                                                          \
    ROW(jobs)                                                                            \
    ROW(stages)                                                                          \
    ROW(stage)                                                                           \
    ROW(failures)                                                                        \
    ROW(sql)                                                                             \
    ROW(execution)                                                                       \
    ROW(environment)                                                                     \
    ROW(storage)                                                                         \
    ROW(threads)                                                                         \
    ROW(diagnosis)                                                                       \
    ROW(what_if)                                                                         \
    ROW(compare)                                                                         \
    ROW(streaming)                                                                       \
    ROW(job)                                                                             \
    ROW(operation)

#define DECLARE(name) extern const struct view name##_view;
#define POINTER(name) &name##_view,

VIEWS(DECLARE)

const struct view *const all_views[] = {VIEWS(POINTER) NULL};
