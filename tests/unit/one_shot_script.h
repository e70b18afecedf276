/*
 * One operation in a driver of its own: driver-1, its output and the pages in which that
 * is read.
 */
#ifndef ONE_SHOT_SCRIPT_H
#define ONE_SHOT_SCRIPT_H

#include "base/buffer.h"
#include "waiting.h"

#include <stdbool.h>
#include <stddef.h>

#define RESULT "{\"ok\":true,\"result\":{\"rows\":[[1]]}}"
#define WANTED "{'ok':true,'result':{'rows':[[1]]},'submissionId':'driver-1'}"

extern struct outcome outcome; /* of the operation op-1 */
extern struct buffer out;      /* what the driver has written */

bool one_shot_script_begin(void);
bool one_shot_script_end(void); /* false when something was left */

/* The driver is created and in this state. */
void script_driver(const char *state);
/* Adds a piece of the answer to the output. */
void frame(int piece, int pieces, const char *text);
/* One page of the output, from `from` to `to`, as it is read for the answer. */
void script_page(size_t from, size_t to);
/* The driver runs and has written all that; the mark is found in it. */
void script_written(void);
/* It has written the first of two pieces, and nothing more. */
void script_half(void);

/* Begins the operation; runs it to its end; and with the whole output as one page. */
void start_operation(void);
void run_long(void);
void run_written(void);

#endif
