/* Whether the cluster that is entered (base/clusters.h) has a driver or an application. */
#ifndef SPARK_KNOWING_H
#define SPARK_KNOWING_H

#include "flow.h"

#include <stdbool.h>

/* Whether it looks as masters and drivers make ids: anything else may be a name. */
bool knowing_is_id(const char *text);

/* {"isKnown"}, of a driver's id. It fails when the cluster cannot be asked. */
void knowing_driver(struct flow *flow, const char *id, struct reply *reply);
/* The same of an application's id or name. */
void knowing_application(struct flow *flow, const char *application, struct reply *reply);

#endif
