/* Where this program lies. */
#ifndef BASE_PROGRAM_H
#define BASE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

/* The path of the running program; false: the system does not tell. */
bool program_path(char *path, size_t size);

#endif
