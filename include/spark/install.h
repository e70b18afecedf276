/* Finds Java, Python and Spark on this machine, as a login shell would: MCP hosts pass
 * almost no environment. Runs commands and waits for them: for the supervisor only, never
 * in the loop. */
#ifndef SPARK_INSTALL_H
#define SPARK_INSTALL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct install {
    char spark_home[PATH_MAX], java_home[PATH_MAX], python[PATH_MAX];
};

/* JAVA_HOME, the path, where systems keep Java, the login shell's path. */
bool install_find_java(struct install *install);
/* SPARK_HOME, or the pyspark package of PYSPARK_PYTHON or of the first Python that has
 * one: beside this program, of VIRTUAL_ENV, on the path, where systems put it. */
bool install_find_spark(struct install *install);
/* Java 8, which has no argument files. */
bool install_is_java_8(const struct install *install);
/* "3.5.9", from the names of its jars; "" when none tells. */
void install_get_version(const struct install *install, char *version, size_t size);

#endif
