/*
 * The Model Context Protocol over one pair of streams: takes the lines that a client
 * sent, answers into an outbox. Both eras are served at the same time; which one is
 * decided for each request (mcp/revision.h).
 */
#ifndef MCP_MCP_H
#define MCP_MCP_H

#include "mcp/request.h"
#include "rpc/outbox.h"

#include <stdbool.h>
#include <stddef.h>

void mcp_open(struct connection *connection, struct outbox *outbox);
/* Ends every call in flight without an answer. */
void mcp_close(struct connection *connection);

void mcp_receive(struct connection *connection, const char *line, size_t length);
/* A line was longer than LINE_LIMIT and was dropped. */
void mcp_receive_too_long(struct connection *connection);

bool mcp_has_calls(const struct connection *connection);

#endif
