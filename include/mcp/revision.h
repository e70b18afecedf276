/*
 * How one revision of the protocol differs from another. Nothing else knows.
 *
 * "Modern" is 2026-07-28: no handshake, an envelope in the _meta of every request.
 * "Legacy" are the revisions that begin with initialize.
 */
#ifndef MCP_REVISION_H
#define MCP_REVISION_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

enum revision {
    REVISION_NONE, /* before initialize */
    REVISION_2024_11_05,
    REVISION_2025_03_26,
    REVISION_2025_06_18,
    REVISION_2025_11_25,
    REVISION_2026_07_28,
};

/* What answers initialize: the revision asked for if it is a legacy one that we speak,
 * else the newest legacy one. */
enum revision revision_negotiate(const char *asked);
const char *revision_name(enum revision revision);

/* Whether a request belongs to the modern era. */
bool revision_is_modern_request(const char *method, const json_t *params);
/* Checks the envelope of a modern request: ERROR_PARAMS, or ERROR_REVISION for a revision
 * that is not spoken; then `data` is what the error carries (new). */
bool revision_check_envelope(const json_t *params, struct error *error, json_t **data);
/* The names of the revisions that server/discover answers. New. */
json_t *revision_list(void);

enum { LOG_LEVEL_NONE = 100 }; /* above every level: nothing is sent */

/* The index of an RFC 5424 level as MCP names it, debug is 0; -1 when there is no such
 * level. */
int log_level_index(const char *name);
/* The level that a modern request's envelope asks for; LOG_LEVEL_NONE when it asks for
 * none. */
int revision_log_level(const json_t *params);

bool revision_has_batches(enum revision revision);
bool revision_has_progress_message(enum revision revision);
bool revision_has_structured_content(enum revision revision);

/* A tool's definition as this revision knows it, without the members of its answers. New.
 */
json_t *revision_describe_tool(enum revision revision, const json_t *definition);
/* For how many milliseconds clients may keep a result. */
enum { KEEP_NOT_SAID = -1, KEEP_NOT = 0, KEEP_AN_HOUR = 3600000 };

/* What this revision wants in the result of any method; steals and returns it. */
json_t *revision_finish_result(enum revision revision, json_t *result, int keep_ms);

/* Marks a notification's params or a result as of the subscriptions/listen with this id;
 * NULL: of none. Steals and returns it. */
json_t *revision_mark_subscription(json_t *message, json_t *id);

/* A resource, template or prompt as this revision knows it; steals and returns it. */
json_t *revision_describe_entry(enum revision revision, json_t *entry);
/* The kind of error that says that a resource is not there. */
enum error_kind revision_missing_resource(enum revision revision);

/* Name, title and version of this server. New. */
json_t *revision_server_info(enum revision revision);

#endif
