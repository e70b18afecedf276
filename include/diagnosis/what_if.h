/* How long an application would have taken with fewer or more cores. */
#ifndef DIAGNOSIS_WHAT_IF_H
#define DIAGNOSIS_WHAT_IF_H

#include <jansson.h>

/* Of what was told (diagnosis/facts.h): {"wallSeconds", "cores", "driverSeconds",
 * "taskSeconds", "modelErrorPercent", "estimates": [{"cores", "seconds", "coreHours"}],
 * "floorSeconds", "floorStageId", "kneeCores", "says"}; or {"refused": why}. New. */
json_t *what_if(const json_t *told);

#endif
