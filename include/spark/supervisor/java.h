/*
 * How a driver's JVM is called: as Spark's worker would call it (CommandUtils.scala,
 * DriverRunner.scala), but with everything in a file that only this user can read. Whoever
 * lists the processes of the machine sees the file's name.
 */
#ifndef SPARK_SUPERVISOR_JAVA_H
#define SPARK_SUPERVISOR_JAVA_H

#include "spark/install.h"

#include <jansson.h>
#include <stdbool.h>

struct java_settings {
    const struct install *install;
    const char *secret; /* spark.authenticate.secret */
    const char *master_url, *worker_url;
};

/* Writes the file for a request of the submission API (CreateSubmissionRequest). The folder
 * is the driver's own, the user's jar the path of its appResource, "" where it has none.
 * False with errno. */
bool java_write_driver(const char *path, const struct java_settings *settings,
                       const json_t *request, const char *folder, const char *user_jar);
/* The same for a JVM that fetches a URL into a file, with Hadoop's file systems. */
bool java_write_fetch(const char *path, const struct java_settings *settings,
                      const char *url, const char *folder, const char *target);

/* The same for a JVM that does what sessions do, and at its end writes an archive of the
 * classes that it has loaded (archive.h). */
bool java_write_training(const char *path, const struct java_settings *settings,
                         const char *folder, const char *archive);

#endif
