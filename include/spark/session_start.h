/* How a session comes to be (session.c keeps it), and how it is asked. */
#ifndef SPARK_SESSION_START_H
#define SPARK_SESSION_START_H

#include "base/buffer.h"
#include "flow.h"

#include <jansson.h>

enum {
    SESSION_TOKEN_DIGITS = 64,
    SESSION_GONE_S = 30, /* without work it ends when it hears nothing for so long */
    SESSION_SHARED_GONE_S = 24 * 3600,
};

/* A root flow that submits its driver and waits until it answers; one that another server
 * recorded and that still answers is taken over. The result: {"driverId", "url",
 * "token"}. ERROR_NO_SESSION when the driver runs and cannot be reached from here. If the
 * flow ends in any other way, the driver is killed. */
struct flow *session_start(const struct flow_client *client);

/* Asks the session at this URL: "GET" or "POST" of a path. json is borrowed, or NULL. */
void session_ask_at(struct flow *flow, const char *url, const char *token,
                    const char *method, const char *path, const json_t *json,
                    int timeout_ms, struct reply *reply);
/* "GET" of a text, as http.h gives it. */
void session_ask_text_at(struct flow *flow, const char *url, const char *token,
                         const char *path, int timeout_ms, struct reply *reply);

/* Why it ended, from its driver's report (driver.h): its own last words
 * (runner/serve/session.py), or how Spark saw it end. */
void session_explain_end(const json_t *report, struct buffer *why);

#endif
