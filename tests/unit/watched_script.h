/*
 * Calls about one application, whose answers are recorded from tests/spark/jobs/watched.py
 * (tests/recorded/record_watched.py), of Spark 3.5.9 and of 4.3.0.
 */
#ifndef WATCHED_SCRIPT_H
#define WATCHED_SCRIPT_H

#include <jansson.h>
#include <stddef.h>

#define UI "GET http://d:4040"
#define LIVE UI "/api/v1/applications/app-1"
#define LOGGED "GET http://m:18080/api/v1/applications/app-1"
#define PAGE "GET http://m:8080/app/?appId=app-1"

/* "spark-3.5.9" and "spark-4.3.0" */
extern const char *const versions[2];

/* Of every claim (unit.h). */
int begin(void **state);
int end(void **state);

/* An answer of Spark's to watched.py; new. */
json_t *recorded(const char *version, const char *name);

/* A list, which is read in slices. Steals rows. */
void script_rows(const char *words, json_t *rows);

/* app-1 runs and its UI answers; or it has ended, and the history server does. */
void script_live(const char *version);
void script_ended(const char *version);

/* A call about app-1. */
void look(const char *arguments);

/* The row of a part of the result whose key has this number; the first one. */
const json_t *row_with(const char *part, const char *key, json_int_t value);
const json_t *first(const char *part);

/* Text and structured content both keep to so many bytes. */
void assert_fits(size_t most);

#endif
