/* Where what outlives a server is kept: $XDG_STATE_HOME/mcp-spark-server, by default
 * ~/.local/state/mcp-spark-server (XDG Base Directory Specification). */
#ifndef SPARK_STATE_FOLDER_H
#define SPARK_STATE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

/* False when no environment variable says where. */
bool state_folder(char *path, size_t size);
/* The path of a folder in it, which is made where it is missing. */
bool state_folder_make(const char *name, char *path, size_t size);

/* A file of this user's that nobody else can open; -1 otherwise. */
int state_folder_open(const char *path, int flags);

#endif
