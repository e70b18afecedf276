/*
 * One operation of the runner in a driver of its own (runner/serve/one_shot.py), for when
 * no session can be had. Its answer is read from the driver's output on the worker:
 * framed lines, each with a checksum, so that nothing is missing or damaged unnoticed.
 */
#ifndef SPARK_ONE_SHOT_H
#define SPARK_ONE_SHOT_H

#include "flow.h"

#include <jansson.h>

/* Steals request: {"id", "operation", "arguments"}. The body is the runner's envelope
 * with "submissionId". If the flow ends before, the driver is killed. */
void one_shot_run(struct flow *flow, json_t *request, struct reply *reply);

#endif
