/*
 * Subscriptions to resources that change (tools/resource.h): the client is told when a
 * submission or an operation has become another. They are made by resources/subscribe in
 * the revisions with a session, by subscriptions/listen in the newest, which is a request
 * that stays open.
 */
#ifndef MCP_SUBSCRIPTIONS_H
#define MCP_SUBSCRIPTIONS_H

#include "mcp/request.h"

#include <stdbool.h>

/* Each takes the request over. */
void subscriptions_subscribe(struct request *request);
void subscriptions_unsubscribe(struct request *request);
void subscriptions_listen(struct request *request);

/* Whether this id is that of an open subscriptions/listen. */
bool subscriptions_have(const struct connection *connection, const json_t *id);
/* The client wants no more of what it opened with this id. */
void subscriptions_cancel(struct connection *connection, const json_t *id);
/* Ends all, and answers what is open. */
void subscriptions_close(struct connection *connection);

#endif
