/* A client of the product's tools: calls go in as lines, answers are looked into. */
#ifndef TOOL_CLIENT_H
#define TOOL_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

void client_open(void);
void client_close(void);
/* The same for a whole test, with a cluster at spark://m:7077, a script and a held clock;
 * false when something was left. */
bool client_begin(void);
bool client_end(void);
/* Ends the calls in flight, as the end of the server does. */
void client_end_calls(void);

/* Sends a message, written as for json_of. */
void client_send(const char *json);
/* The call with the id 1: its name and the beginning of its arguments; "}" for their end
 * is added. */
void call(const char *name_and_arguments);
void cancel_call(void);

/* Everything that came so far. */
const json_t *messages(void);
/* The result of the last message; its structured content; its text. */
const json_t *result(void);
const json_t *structured(void);
const char *text(void);
/* The structured content fits the tool's output schema. */
void check_output(const char *tool);

#endif
