/*
 * What the supervisor's door answers: Spark's submission API (/v1/submissions/create, kill,
 * status), a worker's log page (/log/) for drivers, and /drivers, which has what a master's
 * /json/ would say of them ("activedrivers", "completeddrivers"). A POST to /daemons/cluster or
 * /daemons/history starts those.
 */
#ifndef SPARK_SUPERVISOR_SUBMISSIONS_H
#define SPARK_SUPERVISOR_SUBMISSIONS_H

#include "spark/supervisor/door.h"

/* "spark_version" and "worker" ("127.0.0.1:port") are what answers say; borrowed. */
void submissions_init(const char *spark_version, const char *worker);
void submissions_answer(const struct door_request *request, struct door_answer *answer);

#endif
