/*
 * The Model Context Protocol over one pair of streams: takes the lines that a client
 * sent, answers into an outbox. Both eras are served at the same time; which one is
 * decided for each request (mcp/revision.h).
 */
#ifndef MCP_MCP_H
#define MCP_MCP_H

#include "base/list.h"
#include "mcp/revision.h"
#include "rpc/outbox.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct mcp {
    struct outbox *outbox;
    enum revision revision; /* of the legacy session */
    int log_level;     /* of the legacy session; LOG_LEVEL_NONE before logging/setLevel */
    struct link calls; /* tools/call in flight */
};

void mcp_open(struct mcp *mcp, struct outbox *outbox);
/* Ends every call in flight without an answer. */
void mcp_close(struct mcp *mcp);

void mcp_receive(struct mcp *mcp, const char *line, size_t length);
/* A line was longer than LINE_LIMIT and was dropped. */
void mcp_receive_too_long(struct mcp *mcp);

bool mcp_has_calls(const struct mcp *mcp);

/* ---- for methods.c and call.c ---- */

/* The answers to the requests of one JSON-RPC batch, sent when none is outstanding. */
struct batch {
    json_t *answers;
    size_t outstanding;
};

struct request {
    struct mcp *mcp;
    enum revision revision;
    json_t *id;          /* borrowed; in a call in flight its own reference */
    json_t *params;      /* borrowed; an object or NULL */
    struct batch *batch; /* NULL outside batches */
};

/* Each ends the request. result, data and message are stolen. */
void request_answer(struct request *request, json_t *result);
void request_refuse(struct request *request, const struct error *error, json_t *data);
void request_forget(struct request *request);

/* The handler of a method, NULL when this revision has no such method. */
typedef void method_handler(struct request *request);
method_handler *method_find(const char *method, enum revision revision);

void handle_tools_call(struct request *request);
void handle_cancelled(struct mcp *mcp, const json_t *params);
bool call_is_in_flight(const struct mcp *mcp, const json_t *id);

#endif
