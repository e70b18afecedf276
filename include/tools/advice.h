/*
 * What the reader can do about a failure, in the words of the tools: spark/ tells the
 * fact and its kind and knows no tool.
 */
#ifndef TOOLS_ADVICE_H
#define TOOLS_ADVICE_H

#include "base/error.h"

#include <jansson.h>

/* Adds to the error's next step what its kind, and for a driver's end the cause, advise.
 */
void advice_complete(struct error *error);

/* What to do about what ended a driver (spark/cause.h): a sentence, or NULL. */
const char *advice_for_cause(const char *cause);

/* Sets "next" of a driver's report (spark/driver.h). */
void advice_for_report(json_t *report);

#endif
