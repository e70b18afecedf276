/* What a client is told of a call that has ended: the result of tools/call. */
#ifndef MCP_ANSWER_H
#define MCP_ANSWER_H

#include "base/error.h"
#include "mcp/revision.h"
#include "tools/tool.h"

#include <jansson.h>

/* A tool's result as structured content and as text, which say the same: secrets are
 * masked once, before the text is made. Its member "image", a PNG in base64, becomes a
 * block of its own. notes are sentences that join its warnings. Both
 * are borrowed. New. */
json_t *answer_of_result(const struct tool *tool, enum revision revision, json_t *result,
                         const json_t *notes);

/* The text alone, of a result that is masked already. New. */
json_t *answer_text_of_result(const struct tool *tool, const json_t *shown);

/* The error as a text, with what the tools advise. New. */
json_t *answer_of_error(const struct error *error);

/* Text for people as JSON: control characters other than line breaks and tabs are written
 * out, so that what a job or a user of the cluster wrote cannot drive a terminal. New. */
json_t *answer_text(const char *text, size_t length);

#endif
