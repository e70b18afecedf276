/*
 * From a line to the handler of its method: what is not JSON-RPC is refused here, and
 * what the revision in question does not have. A connection outlives its requests;
 * mcp_close ends those that are left.
 *
 * The order of reading is mcp, methods, call, request, revision.
 */
#include "mcp/mcp.h"

#include "base/jx.h"
#include "mcp/call.h"
#include "mcp/methods.h"
#include "mcp/subscriptions.h"
#include "rpc/message.h"

#include <string.h>

enum { BATCH_MAX = 1000 };

void mcp_open(struct connection *connection, struct outbox *outbox)
{
    *connection = (struct connection){.outbox = outbox, .log_level = LOG_LEVEL_NONE};
    list_init(&connection->calls);
    list_init(&connection->subscriptions);
    list_init(&connection->listenings);
}

void mcp_close(struct connection *connection)
{
    call_cancel_all(connection);
    subscriptions_close(connection);
}

bool mcp_has_calls(const struct connection *connection)
{
    return !list_is_empty(&connection->calls);
}

static void receive_request(struct request *request, const char *method)
{
    bool is_modern = revision_is_modern_request(method, request->params);
    method_handler *handler;
    json_t *data = NULL;
    struct error error;

    request->revision = is_modern ? REVISION_2026_07_28 : request->connection->revision;
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
    } else if (call_is_in_flight(request->connection, request->id) ||
               subscriptions_have(request->connection, request->id)) {
        error_set(&error, ERROR_REQUEST, "a request with this id is still in flight");
    } else {
        handler(request);
        return;
    }
    request_refuse(request, &error, data);
}

static void receive_message(struct connection *connection, struct batch *batch,
                            json_t *value)
{
    struct rpc_message message;
    struct request request;

    rpc_classify(value, &message);
    request = (struct request){
        .connection = connection,
        .id = message.id,
        .params = json_is_null(message.params) ? NULL : message.params,
        .batch = batch,
    };
    switch (message.kind) {
    case RPC_REQUEST:
        receive_request(&request, message.method);
        break;
    case RPC_NOTIFICATION:
        if (strcmp(message.method, "notifications/cancelled") == 0) {
            call_cancel(connection, json_object_get(message.params, "requestId"));
            subscriptions_cancel(connection,
                                 json_object_get(message.params, "requestId"));
        }
        request_forget(&request);
        break;
    case RPC_IGNORED:
        request_forget(&request);
        break;
    case RPC_INVALID:
        request_refuse(&request, &message.error, NULL);
        break;
    }
}

static void receive_batch(struct connection *connection, json_t *messages)
{
    struct batch *batch = batch_new(json_array_size(messages));
    json_t *message;
    size_t i;

    json_array_foreach (messages, i, message)
        receive_message(connection, batch, message);
}

/* The answers of a batch are held together until the last is there. */
static bool check_batch(const struct connection *connection, const json_t *messages,
                        struct error *error)
{
    size_t size = json_array_size(messages);

    if (size == 0)
        error_set(error, ERROR_REQUEST, "invalid request: the batch is empty");
    else if (!revision_has_batches(connection->revision))
        error_set(error, ERROR_REQUEST,
                  "invalid request: only revision 2025-03-26 has batches");
    else if (size > BATCH_MAX)
        error_set(error, ERROR_REQUEST,
                  "invalid request: a batch of %zu messages, %d are allowed", size,
                  BATCH_MAX);
    else
        return true;
    return false;
}

/* Of a line that holds no message, or one of which only the id could be read. */
static void refuse_line(struct connection *connection, json_t *id,
                        const struct error *error)
{
    request_refuse(&(struct request){.connection = connection, .id = id}, error, NULL);
}

static void refuse_unreadable(struct connection *connection, const char *line,
                              size_t length, const struct error *error)
{
    json_auto_t *id = rpc_rescue_id(line, length);
    struct error told = *error;

    if (id != NULL)
        error_set(&told, ERROR_REQUEST, "the request cannot be read: %s", error->message);
    refuse_line(connection, id, &told);
}

void mcp_receive(struct connection *connection, const char *line, size_t length)
{
    struct error error;
    json_t *value = rpc_parse(line, length, &error);

    if (value == NULL) {
        refuse_unreadable(connection, line, length, &error);
    } else if (!json_is_array(value)) {
        receive_message(connection, NULL, value);
    } else if (check_batch(connection, value, &error)) {
        receive_batch(connection, value);
    } else {
        refuse_line(connection, NULL, &error);
    }
    json_decref(value);
}

void mcp_receive_too_long(struct connection *connection)
{
    struct error error;

    error_set(&error, ERROR_REQUEST, "the line is longer than 16 MiB");
    refuse_line(connection, NULL, &error);
}
