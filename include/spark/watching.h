/*
 * One application as Spark's monitoring API (/api/v1) tells of it, from the best place there
 * is: the UI of its running driver, directly or through the master's proxy, else the history
 * server, of its newest attempt or the one that is named. It is found once, then asked as often as is needed.
 */
#ifndef SPARK_WATCHING_H
#define SPARK_WATCHING_H

#include "flow.h"

#include <jansson.h>
#include <stdbool.h>

/*
 * Finds it by its id ("ID/2" is its second attempt), else by its name, of several the newest; or by the submission whose
 * driver it belongs to; "" for both is the session's own. The body is the place:
 * {"id", "name", "attempt", "attempts": how many, "from": "driver" or "history server", "ui", "url", "isRunning",
 * "startMs", "endMs", "toldMs", "behind": why an older state is told of one that runs}.
 * What is not known is left out. ERROR_NOT_FOUND when nobody can tell of it.
 */
void watching_find(struct flow *flow, const char *application, const char *submission_id,
                   struct reply *reply);

/* "application_1_2/1" is the first attempt of that application; Spark numbers them. Cuts it
 * off the id and gives it, "" for none. */
const char *watching_cut_attempt(char *id);

/* Asks the place: a path below the application, "jobs?status=running". */
void watching_get(struct flow *flow, const json_t *place, const char *path,
                  struct reply *reply);
/* The same unread: {"text", "type"} (rows.h reads it). */
void watching_get_text(struct flow *flow, const json_t *place, const char *path,
                       struct reply *reply);
/* A page of its UI, "StreamingQuery/"; the body is {"text", "type"}. */
void watching_get_page(struct flow *flow, const json_t *place, const char *path,
                       struct reply *reply);
bool watching_is_live(const json_t *place);

/* ---- numbers of the API, by name ---- */

enum { UNKNOWN = -1 };

/* UNKNOWN when it is absent or below 0, as Spark says it too. */
json_int_t number_of(const json_t *object, const char *key);
/* A real that Spark says, within what JX_INT_MAX allows. */
json_int_t whole_of(double number);
/* "2026-11-22T15:00:00.000GMT" since 1970; UNKNOWN for 1969 too, Spark's "not yet". */
json_int_t time_of(const json_t *object, const char *key);
/* The first that is known, then their difference; UNKNOWN when one of both is. */
json_int_t span_of(json_int_t from, json_int_t to);

#endif
