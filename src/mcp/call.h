/*
 * A request that a tool does: it may take long, and can be cancelled. tools/call is one
 * kind of them; what differs between the kinds is how they are answered.
 */
#ifndef MCP_CALL_H
#define MCP_CALL_H

#include "mcp/request.h"
#include "tools/tool.h"

#include <stdbool.h>

/* How the request is ended; each must end it. The results are borrowed. */
struct call_manner {
    void (*answer)(struct request *request, const struct tool *tool, json_t *result,
                   const json_t *notes);
    void (*refuse)(struct request *request, const struct error *error);
    /* What does it, arguments are stolen. NULL: a call of the tool. */
    struct flow *(*start)(const struct request *request, const struct tool *tool,
                          json_t *arguments, const struct flow_client *client);
};

/* tools/call. Takes the request over: it is ended at once when it cannot be done, else
 * with the tool. */
void call_begin(struct request *request);

/* False with ERROR_REFUSED when too many are in flight. */
bool call_has_room(const struct connection *connection, struct error *error);
/* The same for another method, whose arguments are known to be right. Notes are stolen,
 * and may be NULL. */
void call_start(struct request *request, const struct call_manner *manner,
                const struct tool *tool, json_t *arguments, json_t *notes);

bool call_is_in_flight(const struct connection *connection, const json_t *id);
/* Ends a call without an answer; none when it has ended already. */
void call_cancel(struct connection *connection, const json_t *id);
void call_cancel_all(struct connection *connection);

#endif
