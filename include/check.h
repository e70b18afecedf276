/*
 * --check: tries every address that is configured, says what works and what to change.
 */
#ifndef CHECK_H
#define CHECK_H

/* Prints to standard output; 0 when all that is needed works, 1 when not. */
int check_run(void);

#endif
