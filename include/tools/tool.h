/*
 * A tool: its definition as clients see it (the .json file beside its .c, embedded by the
 * build), the flow that does the work, and how a result reads as text. What holds for
 * every tool is decided in tool_call.c: no tool can forget it.
 */
#ifndef TOOLS_TOOL_H
#define TOOLS_TOOL_H

#include "base/buffer.h"
#include "flow.h"

#include <jansson.h>
#include <stdbool.h>

struct tool {
    const char *name;
    const char
        *definition; /* JSON text: name, title, description, schemas, annotations */

    /* A tool of the runner names its operation ("sql") and has no flow of its own;
     * whether it may write is decided by the runner, for each statement or step, unless
     * it says that it always may. */
    const char *operation;
    /* Every other one says what it does and has a flow, whose input is the call's
     * arguments, checked, and whose result is the structured content. */
    bool writes;      /* refused while SPARK_READ_ONLY is set */
    bool needs_spark; /* a private Spark is started first */
    /* Whether a call is about what this server holds itself, its operations: then neither
     * of the two matters. NULL: no call is. */
    bool (*is_about_server)(const json_t *arguments);
    /* What the schema cannot say about the arguments; before anything is started. NULL:
     * nothing. */
    bool (*check)(const json_t *arguments, struct error *error);
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
