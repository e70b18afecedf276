/*
 * Follows one driver: to its end, to the end of the time given, or until it is clear that
 * no worker can take it.
 */
#ifndef SPARK_DRIVER_H
#define SPARK_DRIVER_H

#include "flow.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The report, as submit-spark-job answers it: submissionId, state, finished,
 * applicationId, worker, ui, progress, exitCause, output, seconds, warnings. A supervised
 * driver that the master has submitted again is followed under its new id, which
 * submissionId is then, and "relaunchedFrom" the one that was asked for. A driver
 * that has ended is reported at once, and so is one that no worker could ever take. One
 * that only waits until others end is reported after some seconds, unless the caller
 * waits for room.
 */
void driver_follow(struct flow *flow, const char *submission_id, int wait_seconds,
                   bool waits_for_room, struct reply *reply);

/* The same, until its launcher writes a line with this word of protocol.h, too: then the
 * report has "found", what follows the word, "workerUi" and "workerId". It does not wait
 * for room ("noRoom", or "noWorker" too, is true then), nor for a worker whose logs cannot be read
 * ("unreadable"); "forgotten" is true when the master has restarted without it. */
void driver_await(struct flow *flow, const char *submission_id, const char *word,
                  int wait_seconds, struct reply *reply);

/* ---- its output (driver_output.c) ---- */

/* Looks in a piece of its log (stderr) for the lines of Spark that name its application
 * and the port of its UI; texts that are not found stay. */
void driver_scan_log(const char *text, char *application, size_t size, char *ui_port,
                     size_t ui_port_size);
/* Copies what follows the last such mark up to a space, from a line that is written to
 * its end; false when there is none. */
bool driver_copy_after(const char *text, const char *mark, char *target, size_t size);
/* Adds the last lines of a text as "output", without those of this driver's launcher. */
void driver_add_output(json_t *report, const char *text, const char *driver_id);

#endif
