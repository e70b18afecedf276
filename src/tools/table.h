/* Tables of text with aligned columns. */
#ifndef TOOLS_TABLE_H
#define TOOLS_TABLE_H

#include "base/buffer.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Adds a line of titles and a line a row. A row is an array of values or, when `keys` are
 * given, an object that may lack some. total: how many rows there are, some of which may
 * not be in the array.
 */
void table_write(const json_t *titles, const json_t *keys, const json_t *rows,
                 size_t total, struct buffer *text);

/* Whether the text is so long that no more rows should be added; says how many were left.
 */
bool table_is_full(const struct buffer *text);
void table_say_left(struct buffer *text, size_t left);

/* The value as text, with blanks for NULs, which would hide what follows; new. A null is
 * NULL; the text NULL stands in quotes, unless plain. */
char *table_text_of(const json_t *value);
char *table_plain_of(const json_t *value);

enum { TABLE_MAX = 30000 }; /* bytes of text at which a table stops */

#endif
