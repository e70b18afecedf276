/*
 * A tool: its definition as clients see it (the .json file beside its .c, embedded by the
 * build), the flow that does the work, and how a result reads as text.
 */
#ifndef TOOLS_TOOL_H
#define TOOLS_TOOL_H

#include "base/buffer.h"
#include "flow.h"

#include <jansson.h>

struct tool {
    const char *name;
    const char
        *definition; /* JSON text: name, title, description, schemas, annotations */
    /* The flow's input is the call's arguments, checked; its result the structured
     * content. */
    struct flow_type flow;
    /* Writes the facts of a result as people like to read them. NULL: the result is a
     * whole tools/call result already (test fixtures only). */
    void (*describe)(const json_t *result, struct buffer *text);
};

/* Every tool of this executable, ended by NULL (tools.c). */
extern const struct tool *const all_tools[];

/* NULL when there is none of that name. */
const struct tool *tool_find(const char *name);
/* The parsed definition, borrowed, alive until tool_release_definitions. */
const json_t *tool_definition(const struct tool *tool);
void tool_release_definitions(void);

#endif
