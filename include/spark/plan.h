/* The plan of one SQL execution as a tree with what each node did, read from the text in
 * which Spark says its metrics: it is the only stock link from a node to a stage. */
#ifndef SPARK_PLAN_H
#define SPARK_PLAN_H

#include "spark/watching.h"

#include <jansson.h>
#include <stdbool.h>

enum measure_unit { MEASURE_NUMBER, MEASURE_BYTES, MEASURE_MS };

/* "20,000"; "1.2 s"; "total (min, med, max (stageId: taskId))\n804 ms (118 ms, 279 ms,
 * 280 ms (stage 1.0: task 3))". */
struct measure {
    enum measure_unit unit;
    double total, max;      /* max is the total where Spark says one number only */
    json_int_t stage, task; /* whose the max is; UNKNOWN where Spark does not say */
};

/* False when it cannot be read, as averages have no total. */
bool measure_read(const char *text, struct measure *measure);
/* The metric of a node of /sql; false when it has none of this name. */
bool plan_measure(const json_t *node, const char *metric, struct measure *measure);

/*
 * The nodes in the order of the tree, a parent before its children, the left first: of an
 * adaptive plan those of the final one. New: [{"depth", "id", "name", "text", "rows",
 * "bytes", "ms", "pipelineMs", "spillBytes", "peakBytes", "stage"}]; what is not known is
 * left out. "ms" is task time of the node's own metrics, "pipelineMs" that of the generated
 * code that begins with this node.
 */
json_t *plan_nodes(const json_t *query);

/* The tree of the plan before it was adapted, from planDescription; borrowed, with its
 * length. NULL for a plan that is not adaptive. */
const char *plan_initial(const char *description, size_t *length);

#endif
