/*
 * A call lives from start_call to call_free, in its connection's list, and ends one of
 * two ways: its flow ends (end_call), or the client no longer wants it (cancel_call),
 * which ends the flow. The flow never outlives the call.
 *
 * In the order of reading: how a call ends, what its flow tells on its way, how it
 * begins, tools/call, how a call is cancelled. Every one leaves a line in the audit file,
 * also when it is refused before it begins.
 */
#include "mcp/call.h"

#include "base/clock.h"
#include "base/jx.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "mcp/answer.h"
#include "mcp/audit.h"
#include "rpc/message.h"
#include "schema/schema.h"
#include "tools/tool_call.h"

#include <stdlib.h>
#include <string.h>

enum { IN_FLIGHT_MAX = 512 };

struct call {
    struct request request; /* id and params are its own references */
    const struct call_manner *manner;
    const struct tool *tool;
    json_t *arguments;
    json_t *notes;          /* sentences on how they were taken */
    json_t *progress_token; /* NULL when the client wants none */
    double progress;        /* the last one sent */
    int log_level;
    int64_t started_ms;
    struct flow *flow;
    struct link link; /* in connection->calls */
};

static void call_free(struct call *call)
{
    list_remove(&call->link);
    json_decref(call->request.id);
    json_decref(call->request.params);
    json_decref(call->arguments);
    json_decref(call->notes);
    json_decref(call->progress_token);
    free(call);
}

static void end_call(void *context, const struct error *error, json_t *result)
{
    struct call *call = context;
    const struct call_manner *manner = call->manner;

    audit_write(call->tool->name, call->arguments, error != NULL ? "error" : "ok", result,
                clock_ms() - call->started_ms);
    if (error != NULL)
        manner->refuse(&call->request, error);
    else
        manner->answer(&call->request, call->tool, result, call->notes);
    call_free(call);
}

/* Whole numbers without a fraction. */
static json_t *number(double value)
{
    return value == (double)(json_int_t)value ? json_integer((json_int_t)value)
                                              : json_real(value);
}

/* The protocol wants progress to grow with every notification, whatever the work counts.
 */
static void report_progress(void *context, double done, double total, const char *message)
{
    struct call *call = context;
    bool has_grown;
    json_t *params;

    if (call->progress_token == NULL || outbox_is_full(call->request.connection->outbox))
        return;
    has_grown = done > call->progress;
    call->progress = has_grown ? done : call->progress + 0.1;
    params = jx_pack("{s:O, s:o}", "progressToken", call->progress_token, "progress",
                     number(call->progress));
    if (has_grown && total >= done && total > 0)
        json_object_set_new(params, "total", number(total));
    if (revision_has_progress_message(call->request.revision))
        json_object_set_new(params, "message", answer_text(message, strlen(message)));
    outbox_send(call->request.connection->outbox,
                rpc_notification("notifications/progress", params));
}

static void send_note(void *context, const char *level, const char *message)
{
    struct call *call = context;

    if (log_level_index(level) < call->log_level)
        return;
    outbox_send(call->request.connection->outbox,
                rpc_notification("notifications/message",
                                 jx_pack("{s:s, s:s, s:o}", "level", level, "logger",
                                         call->tool->name, "data",
                                         answer_text(message, strlen(message)))));
}

/* The name of a tool that is probably meant. */
static const char *nearest_tool(const char *name)
{
    const char *names[32];
    size_t count = 0;

    while (all_tools[count] != NULL && count < sizeof names / sizeof *names) {
        names[count] = all_tools[count]->name;
        count++;
    }
    return text_nearest(name, names, count);
}

static void set_unknown_tool(const char *name, struct error *error)
{
    const char *nearest = nearest_tool(name);

    if (nearest != NULL)
        error_set(error, ERROR_PARAMS, "unknown tool: '%.100s'; did you mean '%s'?", name,
                  nearest);
    else
        error_set(error, ERROR_PARAMS, "unknown tool: '%.100s'", name);
}

static struct flow *start(const struct call_manner *manner, const struct request *request,
                          const struct tool *tool, json_t *arguments,
                          const struct flow_client *client)
{
    return manner->start != NULL ? manner->start(request, tool, arguments, client)
                                 : tool_call_start(tool, arguments, client);
}

void call_start(struct request *request, const struct call_manner *manner,
                const struct tool *tool, json_t *arguments, json_t *notes)
{
    const json_t *meta = jx_object(request->params, "_meta");
    json_t *token = json_object_get(meta, "progressToken");
    bool has_token = json_is_string(token) || json_is_integer(token);
    struct call *call = memory_new(sizeof *call);

    call->request = *request;
    json_incref(call->request.id);
    json_incref(call->request.params);
    call->manner = manner;
    call->tool = tool;
    call->arguments = json_incref(arguments);
    call->notes = notes;
    call->progress_token = has_token ? json_incref(token) : NULL;
    call->progress = -1;
    call->log_level = request->connection->log_level;
    if (request->revision == REVISION_2026_07_28)
        call->log_level = revision_log_level(request->params);
    call->started_ms = clock_ms();
    list_append(&request->connection->calls, &call->link);
    call->flow = start(manner, request, tool, json_incref(arguments),
                       &(struct flow_client){.context = call,
                                             .ended = end_call,
                                             .reported = report_progress,
                                             .noted = send_note});
}

/* ---- tools/call ---- */

static void refuse_call(struct request *request, const struct error *error)
{
    if (error_rpc_code(error->kind) != 0)
        request_refuse(request, error, NULL);
    else
        request_answer(request,
                       revision_finish_result(request->revision, answer_of_error(error),
                                              KEEP_NOT_SAID));
}

static void answer_call(struct request *request, const struct tool *tool, json_t *result,
                        const json_t *notes)
{
    json_t *answer = answer_of_result(tool, request->revision, result, notes);

    request_answer(request,
                   revision_finish_result(request->revision, answer, KEEP_NOT_SAID));
}

static const struct call_manner as_tool = {.answer = answer_call, .refuse = refuse_call};

bool call_has_room(const struct connection *connection, struct error *error)
{
    size_t count = 0;

    list_foreach (&connection->calls, at)
        count++;
    if (count < IN_FLIGHT_MAX)
        return true;
    error_set(error, ERROR_REFUSED, "%d calls are in flight already", IN_FLIGHT_MAX);
    error_hint(error, "Wait for some of them to end, or cancel them.");
    return false;
}

void call_begin(struct request *request)
{
    const char *name = jx_string(request->params, "name");
    const struct tool *tool = tool_find(name);
    json_auto_t *arguments = json_incref(json_object_get(request->params, "arguments"));
    json_auto_t *fitted = NULL, *notes = json_array();
    struct error error;

    if (arguments == NULL || json_is_null(arguments)) {
        json_decref(arguments);
        arguments = json_object();
    }
    if (tool != NULL && json_is_object(arguments))
        fitted = schema_fit(json_object_get(tool_definition(tool), "inputSchema"),
                            arguments, notes);
    if (!json_is_string(json_object_get(request->params, "name"))) {
        error_set(&error, ERROR_PARAMS, "'name' must be a string");
    } else if (tool == NULL) {
        set_unknown_tool(name, &error);
    } else if (!json_is_object(arguments)) {
        error_set(&error, ERROR_PARAMS, "'arguments' must be an object");
    } else if (call_has_room(request->connection, &error) &&
               schema_check_call(tool_definition(tool), fitted, &error)) {
        call_start(request, &as_tool, tool, fitted, json_incref(notes));
        return;
    }
    audit_write(name, arguments, "refused", NULL, 0);
    refuse_call(request, &error);
}

static struct call *find_call(const struct connection *connection, const json_t *id)
{
    list_foreach (&connection->calls, at) {
        struct call *call = list_member(at, struct call, link);
        if (json_equal(call->request.id, (json_t *)id))
            return call;
    }
    return NULL;
}

bool call_is_in_flight(const struct connection *connection, const json_t *id)
{
    return find_call(connection, id) != NULL;
}

static void cancel_call(struct call *call)
{
    audit_write(call->tool->name, call->arguments, "cancelled", NULL,
                clock_ms() - call->started_ms);
    flow_cancel(call->flow);
    request_forget(&call->request);
    call_free(call);
}

void call_cancel(struct connection *connection, const json_t *id)
{
    struct call *call = find_call(connection, id);

    if (call == NULL)
        return;
    log_write(LOG_INFO, "the client cancelled a call of %s", call->tool->name);
    cancel_call(call);
}

void call_cancel_all(struct connection *connection)
{
    while (!list_is_empty(&connection->calls))
        cancel_call(list_member(connection->calls.next, struct call, link));
}
