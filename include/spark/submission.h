/*
 * The master's submission API (port 6066, /v1/submissions). Each request goes to the
 * masters in turn until one that is active has answered; a standby says "Current state is
 * not alive".
 *
 * Sources: RestSubmissionServer.scala, SubmitRestProtocolRequest.scala (Spark 3.5
 * to 4.3).
 */
#ifndef SPARK_SUBMISSION_H
#define SPARK_SUBMISSION_H

#include "flow.h"

#include <jansson.h>

/* {"serverSparkVersion": ...}: asks for a driver that does not exist, which every version
 * answers. */
void submission_get_version(struct flow *flow, struct reply *reply);

/*
 * Creates a driver. Steals request (a CreateSubmissionRequest). The body has submissionId
 * and serverSparkVersion. If the flow ends while the request is on its way, the driver
 * that may come of it is killed. When the answer is lost the master's drivers are looked
 * through for the request's marker (find_driver.h), and the body has "lostAnswer", what
 * was lost of it; an error says what is known of the request.
 */
void submission_create(struct flow *flow, json_t *request, struct reply *reply);

/* The body has driverState (driver_state.h) and, once placed, workerId and
 * workerHostPort; ERROR_NO_DRIVER when the master has no such driver. */
void submission_get_status(struct flow *flow, const char *id, struct reply *reply);

/* Asks for the driver's end; the body's success is false when it had already ended. */
void submission_kill(struct flow *flow, const char *id, struct reply *reply);

/* Kills a driver that nobody waits for any more, in a flow of its own. */
void submission_kill_unattended(const char *id);

#endif
