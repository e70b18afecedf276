/*
 * The folder of a private Spark. A record in the state folder says where it is, and is
 * locked (flock) by whoever lives in it: the supervisor and the JVMs that it starts
 * inherit the descriptor. A record whose lock is free names a folder whose Spark was
 * killed with its supervisor; the next supervisor removes it.
 */
#ifndef SPARK_PRIVATE_FOLDER_H
#define SPARK_PRIVATE_FOLDER_H

#include <limits.h>
#include <stdbool.h>

/* The record in the supervisor and its JVMs. */
enum { PRIVATE_FOLDER_FD = 3 };

/* Makes one in TMPDIR; false with errno. The record's descriptor is for the supervisor,
 * and -1 where no record can be kept: then nobody finds the folder later. */
bool private_folder_make(char path[PATH_MAX], int *record);

/* Removes it with all that is in it, and its record. Follows no link. May take long. */
void private_folder_remove(const char *path);

/* Removes those that nobody lives in. May take long. */
void private_folder_sweep(void);

#endif
