/* The executions of two runs beside each other: which belong together, and in what two that
 * do differ. */
#ifndef DIAGNOSIS_COMPARE_QUERIES_H
#define DIAGNOSIS_COMPARE_QUERIES_H

#include "diagnosis/facts.h"

#include <jansson.h>

/* Those of both runs in pairs, those that differ most first; how many have no partner. New. */
json_t *compare_pairs(const struct facts *first, const struct facts *second,
                      json_int_t *only_first, json_int_t *only_second);
/* One pair as above. Plans may be NULL. New. */
json_t *compare_pair(const struct spark_query *first, const struct spark_query *second,
                     const struct query_facts *first_plan,
                     const struct query_facts *second_plan);
/* The nodes of two plans that are in one only, or did another amount of work, in the order of
 * the plans. New: [{"node", "firstRows", "secondRows", "firstSeconds", "secondSeconds",
 * "firstStage", "secondStage"}]; what only one has lacks the other's. */
json_t *compare_nodes(const struct query_facts *first, const struct query_facts *second);

/* More than noise: for any number 10 %, for times 2 s too. */
bool compare_differs(double first, double second);
bool compare_is_longer(double first_ms, double second_ms);

#endif
