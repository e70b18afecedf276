/*
 * JSON-RPC 2.0 messages: one parsed line, and the answers to it.
 */
#ifndef RPC_MESSAGE_H
#define RPC_MESSAGE_H

#include "base/error.h"

#include <jansson.h>
#include <stddef.h>

enum rpc_kind {
    RPC_REQUEST,
    RPC_NOTIFICATION,
    RPC_IGNORED, /* a response, or a malformed notification: nothing is said to it */
    RPC_INVALID  /* answered with the error */
};

struct rpc_message {
    enum rpc_kind kind;
    const char *method; /* borrowed from the value that was read */
    json_t *id;         /* borrowed; NULL when unreadable or absent */
    json_t *params;     /* borrowed; NULL when absent */
    struct error error;
};

/* The JSON value of a line, or NULL with ERROR_PARSE. What is not valid UTF-8 becomes
 * U+FFFD. New reference. */
json_t *rpc_parse(const char *line, size_t length, struct error *error);
/* The id of a request that is JSON and could not be read (a number beyond 64 bits, half a
 * surrogate pair, ...), in its digits where it is such a number itself; NULL when there is
 * none to be seen. New reference. */
json_t *rpc_rescue_id(const char *line, size_t length);
/* Says what a value is. The value must outlive the message. */
void rpc_classify(json_t *value, struct rpc_message *message);

/* Answers, new references. id is borrowed, NULL becomes null; result and data are stolen.
 */
json_t *rpc_result(json_t *id, json_t *result);
json_t *rpc_error(json_t *id, const struct error *error, json_t *data);
json_t *rpc_notification(const char *method, json_t *params);

#endif
