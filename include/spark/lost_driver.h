/*
 * A driver that the master has forgotten, as it has after a restart without recovery, or
 * of which it tells ERROR because it ended while a recovering master was away: the worker
 * that ran it still tells on its page how it ended.
 */
#ifndef SPARK_LOST_DRIVER_H
#define SPARK_LOST_DRIVER_H

#include "flow.h"

/* {"state", "workerUi"}, {} when no worker knows it. The worker at worker_url is asked, or
 * when that is "" those that the master has. */
void lost_driver_find(struct flow *flow, const char *driver_id, const char *worker_url,
                      struct reply *reply);

#endif
