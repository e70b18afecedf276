#include "mcp/mcp.h"

#include "base/jx.h"
#include "base/memory.h"
#include "rpc/message.h"

#include <stdlib.h>
#include <string.h>

void mcp_open(struct mcp *mcp, struct outbox *outbox)
{
    *mcp = (struct mcp){.outbox = outbox, .log_level = LOG_LEVEL_NONE};
    list_init(&mcp->calls);
}

bool mcp_has_calls(const struct mcp *mcp)
{
    return !list_is_empty(&mcp->calls);
}

/* Sends a message, or keeps it with the others of its batch. message may be NULL. */
static void deliver(struct mcp *mcp, struct batch *batch, json_t *message)
{
    if (batch == NULL) {
        if (message != NULL)
            outbox_send(mcp->outbox, message);
        return;
    }
    if (message != NULL)
        json_array_append_new(batch->answers, message);
    if (--batch->outstanding > 0)
        return;
    if (json_array_size(batch->answers) > 0)
        outbox_send(mcp->outbox, json_incref(batch->answers));
    json_decref(batch->answers);
    free(batch);
}

void request_answer(struct request *request, json_t *result)
{
    deliver(request->mcp, request->batch, rpc_result(request->id, result));
}

void request_refuse(struct request *request, const struct error *error, json_t *data)
{
    deliver(request->mcp, request->batch, rpc_error(request->id, error, data));
}

void request_forget(struct request *request)
{
    deliver(request->mcp, request->batch, NULL);
}

static void refuse(struct mcp *mcp, struct batch *batch, json_t *id,
                   const struct error *error)
{
    deliver(mcp, batch, rpc_error(id, error, NULL));
}

static void receive_request(struct request *request, const char *method)
{
    bool is_modern = revision_is_modern_request(method, request->params);
    method_handler *handler;
    json_t *data = NULL;
    struct error error;

    request->revision = is_modern ? REVISION_2026_07_28 : request->mcp->revision;
    handler = method_find(method, request->revision);
    if (handler == NULL) {
        error_set(&error, ERROR_METHOD, "Method not found: '%.100s'", method);
    } else if (request->params != NULL && !json_is_object(request->params)) {
        error_set(&error, ERROR_PARAMS, "params must be an object");
    } else if (is_modern && !revision_check_envelope(request->params, &error, &data)) {
        /* the error is set */
    } else if (request->revision == REVISION_NONE && strcmp(method, "initialize") != 0 &&
               strcmp(method, "ping") != 0) {
        error_set(
            &error, ERROR_PARAMS,
            "no session yet: call 'initialize' first, or send the 2026-07-28 envelope "
            "in params._meta");
    } else if (call_is_in_flight(request->mcp, request->id)) {
        error_set(&error, ERROR_REQUEST, "a request with this id is still in flight");
    } else {
        handler(request);
        return;
    }
    request_refuse(request, &error, data);
}

static void receive_message(struct mcp *mcp, struct batch *batch, json_t *value)
{
    struct rpc_message message;
    struct request request;

    rpc_classify(value, &message);
    switch (message.kind) {
    case RPC_REQUEST:
        request = (struct request){
            .mcp = mcp,
            .id = message.id,
            .params = json_is_null(message.params) ? NULL : message.params,
            .batch = batch,
        };
        receive_request(&request, message.method);
        break;
    case RPC_NOTIFICATION:
        if (strcmp(message.method, "notifications/cancelled") == 0)
            handle_cancelled(mcp, message.params);
        deliver(mcp, batch, NULL);
        break;
    case RPC_IGNORED:
        deliver(mcp, batch, NULL);
        break;
    case RPC_INVALID:
        refuse(mcp, batch, message.id, &message.error);
        break;
    }
}

static void receive_batch(struct mcp *mcp, json_t *messages)
{
    struct batch *batch = memory_new(sizeof *batch);
    json_t *message;
    size_t i;

    batch->answers = json_array();
    batch->outstanding = json_array_size(messages);
    json_array_foreach (messages, i, message)
        receive_message(mcp, batch, message);
}

void mcp_receive(struct mcp *mcp, const char *line, size_t length)
{
    struct error error;
    json_t *value = rpc_parse(line, length, &error);

    if (value == NULL) {
        refuse(mcp, NULL, NULL, &error);
    } else if (!json_is_array(value)) {
        receive_message(mcp, NULL, value);
    } else if (revision_has_batches(mcp->revision) && json_array_size(value) > 0) {
        receive_batch(mcp, value);
    } else {
        error_set(&error, ERROR_REQUEST, "invalid request: %s",
                  json_array_size(value) == 0 ? "the batch is empty"
                                              : "only revision 2025-03-26 has batches");
        refuse(mcp, NULL, NULL, &error);
    }
    json_decref(value);
}

void mcp_receive_too_long(struct mcp *mcp)
{
    struct error error;

    error_set(&error, ERROR_REQUEST, "the line is longer than 16 MiB");
    refuse(mcp, NULL, NULL, &error);
}
