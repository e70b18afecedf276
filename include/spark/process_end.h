/* How a process ended, in words: from its wait status, and from what the system counts. */
#ifndef SPARK_PROCESS_END_H
#define SPARK_PROCESS_END_H

#include <stdbool.h>
#include <stddef.h>

/* How many processes the system has killed for want of memory since it started; -1 when it
 * does not tell. */
long process_end_memory_kills(void);

/* "was killed (SIGKILL)", "ended with exit code 1". */
void process_end_describe(int status, char *text, size_t size);
/* The same of an exit code, such as 137. */
void process_end_describe_code(int code, char *text, size_t size);
/* Why, as far as it can be known; "" after an exit, whose reason stands in its log. The
 * count is that of a time when it ran. */
const char *process_end_reason(int status, long memory_kills_before);

#endif
