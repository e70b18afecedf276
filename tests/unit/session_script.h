/*
 * The script of sessions: driver-1, driver-2, ... on worker-1 of the master at m; their
 * sessions answer at http://w:40401, http://w:40402, ... Kills always succeed.
 */
#ifndef SESSION_SCRIPT_H
#define SESSION_SCRIPT_H

#include "base/buffer.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define TRACEBACK                                                                        \
    "Traceback (most recent call last):\n  File \"job.py\", line 3, in <module>\n"       \
    "    import nowhere\nModuleNotFoundError: No module named 'nowhere'\n"

/* How a session proves that it is the one. */
#define PROOF "{'response':'" NONCE "'}"

bool session_script_begin(void);
/* Stops what runs. False when something was left. */
bool session_script_end(void);
/* Other settings than SPARK_MASTER=spark://m:7077 alone; NULL for none. */
void configure_session(const char *setting, const char *other);
/* Clusters "one", at m as in every script, and "two", which only reads, at n. */
void have_clusters(void);

/* The next creation makes driver-N; it runs, announces its session, and that answers. */
void script_session(int number);
/* The parts of it. The state is what the submission API says, whenever it is asked. */
void script_creation(int number);
void script_state(int number, const char *state);
void script_output(int number, const char *out, const char *err);
void script_sign(int number);
/* The master, whenever it is asked: one worker at this address with so much memory free,
 * and a driver of 1024 MiB. */
void script_master(const char *worker_ui, int free_memory);

/* From now on the driver is in this state, with these last words, and its session answers
 * nothing. */
void script_loss(int number, const char *state, const char *words);
/* From now on the session answers nothing, though its driver runs. */
void script_deafness(int number);
/* The master is no reverse proxy: it answers with its own page. */
void script_no_proxy(void);

/* A line of the output of an operation in a driver of its own (runner/serve/one_shot.py).
 */
void add_frame(struct buffer *out, const char *id, int piece, int pieces,
               const char *text);
/* The next creation makes driver-1; it runs and has written this answer, in JSON as for
 * json_of, to the operation. */
void script_one_shot(const char *id, const char *answer);

/* What the runner was given with the creation of this index among all requests; new. */
json_t *runner_settings(size_t index);
/* Waits for a session; it must come. */
void have_session(void);

#endif
