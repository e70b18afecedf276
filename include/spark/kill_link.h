/*
 * Ends what Spark's own pages offer to end: an application, by the master's form; a job or
 * a stage of one, by the links of its UI. What is sent is what a browser would send, the
 * page's token included (Spark 4.3), and the answer is what Spark then says of it.
 */
#ifndef SPARK_KILL_LINK_H
#define SPARK_KILL_LINK_H

#include "flow.h"

#include <jansson.h>

/*
 * what: "application", "job" or "stage"; number is that of a job or stage. The body is
 * {"applicationId", "jobId" or "stageId", "killed", "stateBefore", "state"}, as far as it
 * had come after limit_ms. ERROR_REFUSED when the page offers no end.
 */
void kill_link_follow(struct flow *flow, const char *what, const char *application,
                      json_int_t number, int64_t limit_ms, struct reply *reply);

#endif
