/*
 * The session: one driver that keeps a SparkSession warm for this server
 * (runner/serve/session.py) and is spoken to over HTTP. It is submitted on first need,
 * watched while it lives, and ended with the server. What ends it otherwise (idleness,
 * kill-spark-job, a lost worker) is told once, with what was lost, and the next need
 * starts a fresh one.
 */
#ifndef SPARK_SESSION_H
#define SPARK_SESSION_H

#include "flow.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { SESSION_WAIT_MS = 1000 }; /* how long it holds an answer back for news */

/*
 * Waits until the session runs. The body is {} then; {"unreachable": why} when a session
 * driver was started but cannot be reached from here, which is tried again after a while.
 * ERROR_SPARK when there is no room or the driver ended.
 */
void session_ensure(struct flow *flow, struct reply *reply);

/* Starts one where SPARK_SESSION_START says so, of every cluster, for nobody yet. */
void session_warm_up(void);

/* Asks the session: "GET" or "POST" of a path such as "operations/op-1?waitMs=1000".
 * json is borrowed and may be NULL. */
void session_ask(struct flow *flow, const char *method, const char *path,
                 const json_t *json, struct reply *reply);

/* "GET" of a text, as http.h gives it. */
void session_ask_text(struct flow *flow, const char *path, struct reply *reply);

/* "GET" from the session that servers share, running here or recorded; none is started.
 * Without one the reply stays empty. */
void session_ask_shared(struct flow *flow, const char *path, struct reply *reply);

/*
 * After a request that failed: whether the session is still there. The body is {} when it
 * may be, {"lost": why} when it has ended; then it is forgotten.
 */
void session_examine(struct flow *flow, struct reply *reply);
/* By how many more operations it may have whose outcome is not known: with one it lives for
 * SPARK_SESSION_GRACE without hearing of this server. */
void session_count_work(int change);
/* An answer to an operation came from that session: it lives, though its signs of life may
 * wait behind many operations. */
void session_note_heard(int generation);
/* After so much silence it is given up: it has ended by itself before. */
int64_t session_patience_ms(void);
/* It is of no use though its driver runs: gives it up, and kills its driver. */
void session_give_up(const char *why);

/* The Spark that it runs on has ended, and it with it. */
void session_end_with_spark(const struct error *error);

/* Which session this is: differs for each that was ever started. */
int session_generation(void);
/* "" without one. Borrowed. */
const char *session_driver_id(void);
const char *session_application_id(void);

/* Ends it with the server: its driver is killed in a flow of its own. */
void session_stop(void);

#endif
