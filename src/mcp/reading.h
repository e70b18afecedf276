/* resources/read and completion/complete: what a tool is asked for a person. */
#ifndef MCP_READING_H
#define MCP_READING_H

#include "mcp/request.h"

#define RESOURCE_TYPE "text/plain"

/* Each takes the request over, as call_begin does. */
void resource_read(struct request *request);
void completion_begin(struct request *request);

#endif
