/* Calls of execute-sql by a client, whose operation runs in the session of driver-1. */
#ifndef CALL_SCRIPT_H
#define CALL_SCRIPT_H

#define SQL "'execute-sql','arguments':{'sql':'select 1'"

extern char id[40]; /* of the operation that a handle names */

/* Of every claim (unit.h). */
int begin(void **state);
int end(void **state);

/* A call whose operation has the first news that it goes on, and none after them. */
void call_that_goes_on(const char *name_and_arguments);
/* The operation goes on for so many seconds, with news every second. */
void go_on(int seconds);
/* A call that has given up waiting: its operation goes on. */
void have_handle(void);

#endif
