/*
 * A growing run of bytes with a limit. The bytes are always followed by a NUL that is not
 * counted, so that `data` can be read as a string when it holds text.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct buffer {
    char *data; /* NULL while nothing was ever added */
    size_t length, capacity;
    size_t limit; /* bytes; 0 is no limit */
};

void buffer_release(struct buffer *buffer);
void buffer_clear(struct buffer *buffer); /* keeps the memory */

/* What would pass the limit is dropped. */
void buffer_add(struct buffer *buffer, const void *data, size_t length);
void buffer_add_text(struct buffer *buffer, const char *text);
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* False when the limit would be passed; then nothing is added. For what must be whole. */
bool buffer_offer(struct buffer *buffer, const void *data, size_t length)
    __attribute__((warn_unused_result));

/* Removes bytes from the front. */
void buffer_consume(struct buffer *buffer, size_t length);

/* The text so far, "" when empty; borrowed. */
const char *buffer_text(const struct buffer *buffer);

#endif
