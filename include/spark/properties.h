/*
 * Spark properties: the defaults that the configuration gives every application, and the
 * checks that Spark's submission server makes without saying which property failed them.
 */
#ifndef SPARK_PROPERTIES_H
#define SPARK_PROPERTIES_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Properties of every application, from the configuration; new. NULL with an error when
 * SPARK_CONF cannot be read. */
json_t *properties_default(struct error *error);

/* Reads "k=v" entries separated by newlines, or by commas where what follows the comma is
 * a property again; or a JSON object. Adds them to `properties`. */
bool properties_parse(const char *text, json_t *properties, struct error *error);

/* The --add-opens without which a driver would die on Java 17 (JavaModuleOptions.java). A
 * cluster of Spark 4 gives them to every driver itself. */
void properties_add_module_options(json_t *properties);

/* Options of a JVM into that property, before those `given` ("" when none are), which come
 * later and win. */
void properties_set_options(json_t *properties, const char *key, const char *options,
                            const char *given);

/* Checks those properties that Spark checks, and appends a sentence for each that is
 * wrong. name_of tells what the user calls one, or NULL; it may be NULL itself. */
void properties_check(const json_t *properties,
                      const char *(*name_of)(const char *property), json_t *problems);

/* "4g" to MiB, as Spark reads sizes (JavaUtils.byteStringAs); -1 when it would refuse
 * them, or when no unit is given, which Spark takes for bytes. */
int64_t properties_memory_mib(const char *text);

#endif
