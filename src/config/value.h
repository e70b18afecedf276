/* A value of the configuration, from the text that was given for it. */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include "base/error.h"
#include "config.h"

#include <stdbool.h>

bool config_value_is_unset(const char *value);
/* Whether SPARK_CLUSTERS names a file; a JSON text may hold secrets. */
bool config_value_is_path(const char *value);

/* What the key has with this value: that of the file when it is "@FILE" of a secret. New;
 * NULL when it cannot be used. */
char *config_value_read(enum config_key key, const char *value, struct error *error);
/* What stands in the file, without the newline at its end. New; NULL when there is none.
 */
char *config_value_read_file(const char *path, struct error *error);

/* Sets the key of the cluster that is entered. Steals value; NULL: unset. */
void config_put(enum config_key key, char *value);
/* Fills in the clusters that SPARK_CLUSTERS names (clusters.c). */
bool config_clusters_read(struct error *error);

#endif
