/* What jobs, stages and executions are called. */
#ifndef TOOLS_MONITOR_TITLES_H
#define TOOLS_MONITOR_TITLES_H

#include <jansson.h>

/* Sets "description" and "callSite", as far as they say something: a batch of a stream is
 * "rates batch 5", the line of a
 * Java reflection is nobody's, and of a file its name is enough. The name is "" where Spark
 * has none apart from the description. */
void row_set_titles(json_t *row, const char *description, const char *name);

#endif
