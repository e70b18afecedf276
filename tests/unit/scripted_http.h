/*
 * The functions of http.h without a network: a script says what each address answers.
 *
 * A request takes the first line of the script that is not used up and whose words stand
 * in "METHOD URL". Its answer comes when script_deliver is called, as real ones come from
 * http_wait: never while a step runs. A request that no line fits gets an error, and
 * script_end tells.
 */
#ifndef SCRIPTED_HTTP_H
#define SCRIPTED_HTTP_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Each adds a line for one request. JSON is written as for json_of. */
void script_json(const char *words, const char *json);
void script_value(const char *words, json_t *value); /* steals value */
void script_text(const char *words, const char *type, const char *text);
void script_error(const char *words, enum error_kind kind, const char *message);
/* No answer until script_answer. */
void script_silence(const char *words);
/* The line added last is for every request that it fits. */
void script_always(void);
/* Takes the lines of these very words out of the script. */
void script_forget(const char *words);

/* Completes the transfers that have an answer; how many those were. */
size_t script_deliver(void);
/* Gives a silent transfer its answer; the next script_deliver brings it. */
void script_answer(const char *words, const char *json);

/* How many requests had these words in "METHOD URL". */
size_t script_asked(const char *words);
/* The request with this index, "POST http://a:6066/...", the JSON that it sent and the
 * token that it bore in place of a service's credentials; NULL without. */
const char *script_request(size_t index);
const json_t *script_sent(size_t index);
const char *script_bearer(size_t index);
/* "Name: value" that it had beside; NULL for none. */
const char *script_header(size_t index);
/* The index of the first request with these words. */
size_t script_find(const char *words);
/* Transfers that were begun and neither answered nor cancelled; those cancelled. */
size_t script_pending(void);
size_t script_cancelled(void);

/* Forgets everything. False, and says why, when a transfer is left, a line was not used,
 * or a request was not in the script. */
bool script_end(void);

#endif
