/*
 * An archive of Spark's classes, as a JVM has them in memory (class data sharing): with it a
 * JVM of this Spark starts in half the time. It is made once for each Spark and Java, while
 * the first private Spark runs, and kept in $STATE/classes (state_folder.h). A JVM that it
 * does not fit goes without, and says nothing.
 */
#ifndef SPARK_SUPERVISOR_ARCHIVE_H
#define SPARK_SUPERVISOR_ARCHIVE_H

#include "spark/supervisor/java.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Looks whether there is one. Everything is borrowed; the folder is the private Spark's. */
void archive_init(const struct java_settings *settings, const char *spark_version,
                  const char *folder);
/* What a JVM is started with to use it; "" while there is none. */
const char *archive_options(void);

/* Makes it when it is time to: when a driver has run for a while, with the lowest priority.
 * `driver_ms` is when the first driver was launched; 0: none was. */
void archive_tick(int64_t driver_ms);
/* A process has ended; nothing happens when it did not make the archive. */
void archive_reap(pid_t pid, int status);
/* Gives up what is being made: at a usual end the JVM would still write it. */
void archive_stop(void);

#endif
