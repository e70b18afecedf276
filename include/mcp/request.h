/*
 * A request of a client and its three endings. Every request is ended exactly once:
 * answered, refused, or forgotten when nothing may be said any more (a cancelled call).
 * Those of a JSON-RPC batch are sent together when the last of them has ended.
 */
#ifndef MCP_REQUEST_H
#define MCP_REQUEST_H

#include "base/error.h"
#include "base/list.h"
#include "mcp/revision.h"
#include "rpc/outbox.h"

#include <jansson.h>
#include <stddef.h>

/* What is known of a client, from the first of its lines to the last. */
struct connection {
    struct outbox *outbox;
    enum revision revision; /* of the legacy session */
    int log_level;     /* of the legacy session; LOG_LEVEL_NONE before logging/setLevel */
    struct link calls; /* tools/call in flight */
    struct link subscriptions, listenings; /* mcp/subscriptions.c */
};

/* The answers to a batch; freed with its last ending. */
struct batch {
    json_t *answers;
    size_t outstanding;
};

struct request {
    struct connection *connection;
    enum revision revision;
    json_t *id;          /* these two are borrowed; in a call in flight its own */
    json_t *params;      /* an object or NULL */
    struct batch *batch; /* NULL outside batches */
};

/* A batch of so many messages, each of which must be ended. New. */
struct batch *batch_new(size_t messages);

/* Each ends the request. result and data are stolen; data may be NULL. */
void request_answer(struct request *request, json_t *result);
void request_refuse(struct request *request, const struct error *error, json_t *data);
void request_forget(struct request *request);

#endif
