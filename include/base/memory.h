/*
 * Allocation that does not fail: out of memory ends the process, in one place. Input
 * cannot cause it, since every input is bounded.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

void *memory_new(size_t size); /* zeroed; free() it */
void *memory_resize(void *memory, size_t size);
char *memory_copy_text(const char *text); /* new; free() it */

#endif
