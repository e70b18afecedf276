/*
 * Follows one driver: to its end, to the end of the time given, or until it is clear that
 * no worker can take it.
 */
#ifndef SPARK_DRIVER_H
#define SPARK_DRIVER_H

#include "flow.h"

#include <jansson.h>

/*
 * The report, as submit-spark-job answers it: submissionId, state, finished,
 * applicationId, worker, ui, progress, exitCause, output, seconds, warnings, next. A
 * driver that has ended is reported at once, and so is one that no worker could ever
 * take. One that only waits until others end is reported after some seconds, unless the
 * caller waits for room.
 */
void driver_follow(struct flow *flow, const char *submission_id, int wait_seconds,
                   bool waits_for_room, struct reply *reply);

/* Looks for the line that names the driver's application in a piece of its output; adds
 * "applicationId" and "ui" to found. True when it is there. */
bool driver_find_application(const char *text, json_t *found);

#endif
