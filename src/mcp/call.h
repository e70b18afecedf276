/* tools/call: a request that may take long, and can be cancelled. */
#ifndef MCP_CALL_H
#define MCP_CALL_H

#include "mcp/request.h"

#include <stdbool.h>

/* Takes the request over: it is ended at once when it cannot be done, else with the tool.
 */
void call_begin(struct request *request);
bool call_is_in_flight(const struct connection *connection, const json_t *id);
/* Ends a call without an answer; none when it has ended already. */
void call_cancel(struct connection *connection, const json_t *id);
void call_cancel_all(struct connection *connection);

#endif
