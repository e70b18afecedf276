/* The tasks of one stage, sorted, as a picture. */
#ifndef DIAGNOSIS_TASKS_PICTURE_H
#define DIAGNOSIS_TASKS_PICTURE_H

#include "spark/jobs.h"

#include <jansson.h>

/* Each at least two pixels wide; those that ran longest when there are more. */
enum { TASKS_DRAWN = 408 };

/* Of tasks as Spark lists them, and the median of all of the stage (UNKNOWN: no line). PNG
 * in base64; new, NULL without tasks. */
json_t *tasks_picture(const struct spark_stage *stage, const json_t *tasks,
                      json_int_t median_ms);

#endif
