/* Rows of stages and of tasks, for the list of stages and for one of them. */
#ifndef TOOLS_MONITOR_STAGE_ROWS_H
#define TOOLS_MONITOR_STAGE_ROWS_H

#include "base/buffer.h"
#include "spark/jobs.h"

#include <jansson.h>

/* now_ms: until when one that runs has run. New. */
json_t *stage_row(const struct spark_stage *stage, json_int_t now_ms);
json_t *task_row(const struct spark_task *task);
void stage_rows_describe(const json_t *result, const char *part, struct buffer *text);
void task_rows_describe(const json_t *result, const char *part, struct buffer *text);

#endif
