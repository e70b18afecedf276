/*
 * The processes of a private Spark: they are started here, and at the end all of them are
 * found again, with whatever they started. For the supervisor only, which may block.
 */
#ifndef SPARK_SUPERVISOR_PROCESSES_H
#define SPARK_SUPERVISOR_PROCESSES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
    char *const *arguments;    /* the first is the program's path */
    const char *folder;        /* to work in; NULL for the supervisor's own */
    const char *output;        /* file that its standard output is added to, */
    const char *errors;        /* and its standard error; may be the same */
    const json_t *environment; /* {name: value}, beside the supervisor's own; or NULL */
    bool is_idle; /* everything else goes first; its end need not be in order */
};

int64_t processes_now_ms(void);

/* Starts it in a process group of its own; it ends when the supervisor is killed. */
pid_t processes_start(const struct process *process);

/* Ends everything that was ever started: first with SIGTERM, at last with SIGKILL. */
void processes_end_all(void);

#endif
