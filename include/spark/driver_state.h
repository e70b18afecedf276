/*
 * The states of a driver, as the submission API and the master's JSON spell them
 * (DriverState.scala).
 */
#ifndef SPARK_DRIVER_STATE_H
#define SPARK_DRIVER_STATE_H

#include <jansson.h>
#include <stdbool.h>

enum driver_state {
    DRIVER_UNKNOWN, /* any other word, or none; Spark's own UNKNOWN after a recovery */
    DRIVER_SUBMITTED,
    DRIVER_RUNNING,
    /* The worker of a supervised driver was lost. This id never changes again, but the
     * master has submitted the driver under another one (find_driver.h). */
    DRIVER_RELAUNCHING,
    DRIVER_FINISHED,
    DRIVER_KILLED,
    DRIVER_FAILED, /* it ended with an exit code */
    DRIVER_ERROR,  /* it could not run, or its worker was lost */
};

enum driver_state driver_state_parse(const char *text);
/* Of the string under this key. */
enum driver_state driver_state_of(const json_t *object, const char *key);

/* Whether the job of a driver in this state has come to its end. */
bool driver_state_is_end(enum driver_state state);
bool driver_state_is_failure(enum driver_state state);

#endif
