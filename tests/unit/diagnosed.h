/* Diagnoses of facts that a test makes, and what was found. */
#ifndef DIAGNOSED_H
#define DIAGNOSED_H

#include <jansson.h>

extern json_t *answer; /* of the last question */

/* Of every claim (unit.h). */
int begin(void **state);
int end(void **state);

void diagnose_told(json_t *told); /* steals told */
/* The ids of what is found, "P1 P3"; the first finding. */
const char *found(void);
const json_t *first(void);

/* It is as short as it has to be. */
void assert_fits(void);

/* One stage of 100 s on four slots; `stage`, `summary` and `task`, the slowest one, add to
 * it. New. */
json_t *told_of(const char *stage, const char *summary, const char *task);
/* Diagnoses one whose execution has this plan. */
void diagnose_plan(const char *stage, const char *nodes, const char *edges);
#define TASKS "'numTasks':40,'numCompleteTasks':40,'numFailedTasks':0"
/* They kept its cores busy. */
#define BUSY TASKS ",'executorRunTime':390000"

#endif
