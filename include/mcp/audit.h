/*
 * The audit file: one JSON line for every tool call that ended, saying when, which tool,
 * how it ended and how long it took. Arguments are named, their values are not written.
 */
#ifndef MCP_AUDIT_H
#define MCP_AUDIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* False when the file cannot be opened (errno says why). */
bool audit_open(const char *path);
void audit_close(void);
/* outcome: "ok", "error" or "cancelled". result may be NULL; borrowed. */
void audit_write(const char *tool, const json_t *arguments, const char *outcome,
                 const json_t *result, int64_t ms);

#endif
