/*
 * Finds a driver whose id is not known: the one that takes the place of a supervised
 * driver whose worker was lost (the master submits it again under a new id), and the one
 * that a submission without an answer may have made.
 *
 * The master tells little of a driver: its main class, its size, its start. What makes it
 * certain is a marker among the submission's properties, which Spark writes into the first
 * line of the driver's log. A driver that still waits for a worker has no log.
 */
#ifndef SPARK_FIND_DRIVER_H
#define SPARK_FIND_DRIVER_H

#include "flow.h"

#include <jansson.h>

/* Its value is the first half of the nonce: the other half stays secret. */
#define FIND_DRIVER_PROPERTY "spark.mcp.submission"

/* Puts the marker that belongs to the nonce (nonce.h) into a CreateSubmissionRequest. */
void find_driver_mark(json_t *request, const char *nonce);

/* {"id"}: the driver, by its marker. Else {"alike"}: the ids of those that may be it, []
 * when none can. Fails when the master cannot be asked. A successor has the same nonce. */
void find_driver_successor(struct flow *flow, const char *driver_id, struct reply *reply);
/* The request bears a marker. */
void find_driver_submitted(struct flow *flow, const json_t *request, struct reply *reply);

#endif
