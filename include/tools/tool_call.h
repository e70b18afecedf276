/* A call of a tool, from its arguments to its result. */
#ifndef TOOLS_TOOL_CALL_H
#define TOOLS_TOOL_CALL_H

#include "flow.h"
#include "tools/tool.h"

#include <jansson.h>

/* A root flow that does it. Steals arguments, which fit the tool's schema. */
struct flow *tool_call_start(const struct tool *tool, json_t *arguments,
                             const struct flow_client *client);

#endif
