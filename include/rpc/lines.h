/*
 * Lines from a descriptor: bytes are collected until a newline. A line longer than
 * LINE_LIMIT is dropped up to its newline and reported once. A last line without newline
 * counts at the end of input. CR before the newline, a BOM at the start and blank lines
 * are passed over.
 */
#ifndef RPC_LINES_H
#define RPC_LINES_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

enum { LINE_LIMIT = 16 * 1024 * 1024 };

struct lines {
    struct buffer bytes;
    size_t scanned;   /* bytes known to hold no newline */
    size_t taken;     /* bytes of lines already given out */
    bool is_skipping; /* inside a line that was too long */
    bool is_past_start;
    bool has_ended;
};

enum lines_result { LINES_NONE, LINES_LINE, LINES_TOO_LONG };

void lines_release(struct lines *lines);
/* Reads what is there, once. False at the end of input or on an error. */
bool lines_read(struct lines *lines, int fd);
/* Adds bytes by hand, as tests do. */
void lines_add(struct lines *lines, const char *bytes, size_t length);
void lines_end(struct lines *lines);
/* The next line, borrowed until the next call of any function above. */
enum lines_result lines_next(struct lines *lines, const char **line, size_t *length);

#endif
