/*
 * What every unit test uses: cmocka, JSON that is easy to write in C, comparisons that
 * show what was wanted and what came, recorded replies, the configuration.
 */
#ifndef UNIT_H
#define UNIT_H

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

/* A test between the begin() and end() of its file. */
#define claim(test) cmocka_unit_test_setup_teardown(test, begin, end)

/* JSON whose quotes are written as single ones. New reference. */
json_t *json_of(const char *text);

/* Makes the "rows" of a result raw (base/jx.h) and adds their count, as large ones come
 * from the runner. The result. */
json_t *make_rows_raw(json_t *result);

/* `wanted` is written as for json_of. These are macros for the sake of the line that
 * failed. */
#define assert_json(value, wanted) check_json((value), (wanted), __FILE__, __LINE__)
#define assert_text(text, wanted) check_text((text), (wanted), __FILE__, __LINE__)
#define assert_contains(text, part) check_part((text), (part), true, __FILE__, __LINE__)
#define assert_lacks(text, part) check_part((text), (part), false, __FILE__, __LINE__)
/* The error is of this kind, and the words stand in one of its texts. */
#define assert_error(error, kind, words)                                                 \
    check_error((error), (kind), (words), __FILE__, __LINE__)

void check_json(const json_t *value, const char *wanted, const char *file, int line);
void check_text(const char *text, const char *wanted, const char *file, int line);
void check_part(const char *text, const char *part, bool is_wanted, const char *file,
                int line);
void check_error(const struct error *error, enum error_kind kind, const char *words,
                 const char *file, int line);

/* A file of tests/recorded/: "spark-3.5.9/master.json". New. */
char *recorded_text(const char *name);
json_t *recorded_json(const char *name);

/* A nonce (spark/nonce.h), and how the lines of a driver that has it begin. */
#define NONCE "00000000000000000000000000000000"
#define LINE "\nmcp-spark-server#" NONCE ": "

/* A file of this content in a folder of the test's own, which unit_release removes; its
 * path, borrowed until then. */
const char *file_with(const char *name, const void *content, size_t length);

/* "SPARK_MASTER=spark://a:7077", ..., NULL: the whole configuration from now on. False
 * with the error of config_load. */
bool configure(struct error *error, ...);

/* Drops the configuration, the secrets and the files. */
void unit_release(void);

#endif
