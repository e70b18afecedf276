/* One run of select 1, and what sessions answer to it. */
#ifndef RUN_SCRIPT_H
#define RUN_SCRIPT_H

#include "spark/run.h"
#include "waiting.h"

#include <stdbool.h>

/* Requests to the sessions of driver-1 and driver-2 (session_script.h). */
#define POST_1 "POST http://w:40401/operations"
#define GET_1 "GET http://w:40401/operations/op-"
#define POST_2 "POST http://w:40402/operations"
#define GET_2 "GET http://w:40402/operations/op-"
/* What it answers. */
#define GOING(progress) "{'state':'running','progress':" progress "}"
#define DONE(result) "{'state':'done','outcome':{'ok':true,'result':" result "}}"
#define CANCELLED                                                                        \
    "{'state':'done','outcome':{'ok':false,'error':{'class':'CANCELLED','message':'x'}}" \
    "}"
/* Tasks that wait and none that runs. */
#define STARVING GOING("{'tasksTotal':4,'tasksActive':0,'stages':1}")

extern struct run *run;
extern struct outcome outcome;

bool run_script_begin(void);
bool run_script_end(void); /* false when something was left */

void start_run(void);
/* Waits for news of it with the outcome. */
void await_news(void);

#endif
