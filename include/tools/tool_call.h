/* A call of a tool, from its arguments to its result. */
#ifndef TOOLS_TOOL_CALL_H
#define TOOLS_TOOL_CALL_H

#include "flow.h"
#include "tools/tool.h"

#include <jansson.h>

/* A root flow that does it. Steals arguments, which fit the tool's schema. */
struct flow *tool_call_start(const struct tool *tool, json_t *arguments,
                             const struct flow_client *client);

/* The same for somebody who only looks: a private Spark that does not run is not started;
 * ERROR_NO_DRIVER. */
struct flow *tool_call_look(const struct tool *tool, json_t *arguments,
                            const struct flow_client *client);

/* The same within a flow, for so long at most: then the reply has no body. */
void tool_call_ask(struct flow *flow, const struct tool *tool, json_t *arguments, int ms,
                   struct reply *reply);

/* From now on every call fails with this error: a configuration that cannot be used is
 * told where hosts show it, since they hide what a server writes to standard error. */
void tool_call_refuse_all(const struct error *error);
/* A client has introduced itself: what is to be warm for its first call is started. */
void tool_call_client_is_here(void);

#endif
