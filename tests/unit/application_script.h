/* A request for Spark's submission API that is made of the arguments of submit-spark-job,
 * and what stands in it. */
#ifndef APPLICATION_SCRIPT_H
#define APPLICATION_SCRIPT_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

extern struct error error;
extern json_t *request, *warnings;

bool application_script_begin(void);
void application_script_end(void);

/* Makes `request`; steals the arguments. */
bool make_with(json_t *arguments, const char *spark_version);
/* Further arguments are written as for json_of. */
bool make(const char *file, const char *arguments);

const char *property(const char *key);
const char *variable(const char *name);
const json_t *app_args(void);
/* What travels for the launcher, put together from its pieces; borrowed. */
const json_t *travelling(void);
/* The path of a script of this content. */
const char *script(const char *content);

#endif
