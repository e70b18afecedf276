/*
 * The script of one driver: driver-1 on worker-1 of the master at m, followed by somebody
 * who writes down the outcome.
 */
#ifndef DRIVER_SCRIPT_H
#define DRIVER_SCRIPT_H

#include "unit.h"
#include "waiting.h"

#include <stdbool.h>

/* What the submission API says of it. */
#define SUBMITTED "{'success':true,'driverState':'SUBMITTED'}"
#define AT_WORKER "'workerId':'worker-1','workerHostPort':'w:33905'}"
#define RUNNING "{'success':true,'driverState':'RUNNING'," AT_WORKER
#define FINISHED "{'success':true,'driverState':'FINISHED'," AT_WORKER
#define FAILED "{'success':true,'driverState':'FAILED'," AT_WORKER

/* What stands in its output. */
#define MARK LINE "application app-1 http://w:4040\n"
#define TRACEBACK                                                                        \
    "Traceback (most recent call last):\n  File \"job.py\", line 3, in <module>\n"       \
    "    import nowhere\nModuleNotFoundError: No module named 'nowhere'\n"

extern struct outcome outcome;
extern int wait_seconds;    /* 60 */
extern bool waits_for_room; /* false */

bool driver_script_begin(void);
bool driver_script_end(void); /* false when something was left */

/* One answer to a look at its status. */
void script_status(const char *answer);
/* One worker with so much free, our driver of this size, and the state of its application
 * ("": none). */
void script_master(int free_cores, int free_memory, int driver_memory,
                   const char *application_state);
void script_roomy_master(void);
/* The logs, whenever they are asked for. */
void script_log(const char *type, const char *text);
void script_logs(const char *out, const char *err);
/* The page of its worker, asked for once; after the logs. */
void script_page(const char *text);
/* The UI of its application runs no job. */
void script_no_jobs(void);

/* Begins to follow it. */
void follow_driver(void);
/* Follows it to the end. */
void run_driver(void);
/* A text of the report; its first warning. */
const char *told(const char *key);
const char *warning(void);

#endif
