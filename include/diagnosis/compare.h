/* Two runs side by side: whether they did the same work, and what differs. */
#ifndef DIAGNOSIS_COMPARE_H
#define DIAGNOSIS_COMPARE_H

#include <jansson.h>

/*
 * Of what was told of both (diagnosis/facts.h): {"verdict", "figures": [{"what", "first",
 * "second"}], "settings": [{"name", "first", "second"}], "settingsLeftOut", "executions":
 * [{"first", "second": ids, "firstSeconds", "secondSeconds", "plan"}], "onlyFirst",
 * "onlySecond": how many executions, "came", "went": findings}; new. When one execution of
 * each was asked about, these are the pair, and "nodes" tells where their plans or what their
 * nodes did differ (compare_queries.h). Settings are as Spark
 * tells them: whoever shows them masks them.
 */
json_t *compare(const json_t *first, const json_t *second);

#endif
