/* The application that a view is of: that of the arguments, else the session's own. Its
 * place (spark/watching.h) is what its pages are asked of. */
#ifndef TOOLS_MONITOR_SUBJECT_H
#define TOOLS_MONITOR_SUBJECT_H

#include "base/buffer.h"
#include "base/error.h"
#include "flow.h"

#include <jansson.h>
#include <stdbool.h>

#define SUBJECT_IDS "application_id submission_id"

/* The check of such a view. */
bool subject_check(const json_t *arguments, struct error *error);
void subject_find(struct flow *flow, struct reply *place);
/* A result that says whose it is, who told of it and how long ago; new. */
json_t *subject_result(const json_t *place);
/* The sentence of that. */
void subject_describe(const json_t *result, struct buffer *text);

#endif
