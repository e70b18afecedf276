/* The methods of the protocol. */
#ifndef MCP_METHODS_H
#define MCP_METHODS_H

#include "mcp/request.h"

/* The handler of a method, NULL when this revision has no such method. */
typedef void method_handler(struct request *request);
method_handler *method_find(const char *method, enum revision revision);

#endif
