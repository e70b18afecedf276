/*
 * The drivers of a private Spark: processes of the supervisor, with the states that a Spark
 * master and worker would give them (DriverState.scala, DriverRunner.scala). Ended ones are
 * kept, the oldest forgotten first.
 */
#ifndef SPARK_SUPERVISOR_DRIVERS_H
#define SPARK_SUPERVISOR_DRIVERS_H

#include "spark/supervisor/java.h"

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { DRIVERS_MAX = 200 };

struct driver {
    char id[40];
    const char *state;  /* as Spark spells it */
    char message[500];  /* why it could not be launched, "" otherwise */
    json_t *request;    /* CreateSubmissionRequest */
    int64_t created_ms; /* wall time */
    pid_t pid;          /* 0: no process of it runs */
    bool is_fetching;   /* its process fetches appResource; the driver comes after it */
    bool is_killed;     /* somebody asked for its end */
    int64_t kill_ms;    /* when patience ends; 0: never */
    int64_t launched_ms, relaunch_ms; /* relaunch: 0 is never */
    long memory_kills;                /* when it was launched (process_end.h) */
    int pause_s;                      /* before the next launch of a supervised one */
    char folder[PATH_MAX], user_jar[PATH_MAX];
};

/* Everything is borrowed; the folder is the private Spark's. */
void drivers_init(const char *folder, const struct java_settings *settings);

/* Starts one for the request, which is valid. It is there even if it failed to start; NULL
 * when there are too many that have not ended. */
const struct driver *drivers_create(json_t *request);
const struct driver *drivers_find(const char *id); /* NULL: there is none */
/* The one at this index, the oldest first; NULL after the last. */
const struct driver *drivers_at(size_t index);
bool drivers_has_ended(const struct driver *driver);
/* Whether one has not. */
bool drivers_are_at_work(void);
/* False when there is none, or it has ended. */
bool drivers_kill(const char *id);

/* A process has ended; nothing happens when it is no driver's. */
void drivers_reap(pid_t pid, int status);
/* Does what is due: kills those that did not end when told to, launches again. */
void drivers_tick(void);

#endif
