#include "rpc/lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void lines_release(struct lines *lines)
{
    buffer_release(&lines->bytes);
}

void lines_add(struct lines *lines, const char *bytes, size_t length)
{
    buffer_consume(&lines->bytes, lines->taken);
    lines->taken = 0;
    buffer_add(&lines->bytes, bytes, length);
}

void lines_end(struct lines *lines)
{
    lines->has_ended = true;
}

bool lines_read(struct lines *lines, int fd)
{
    static char bytes[64 * 1024];
    ssize_t length = read(fd, bytes, sizeof bytes);

    if (length < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    if (length <= 0) {
        lines_end(lines);
        return false;
    }
    lines_add(lines, bytes, (size_t)length);
    return true;
}

/* Everything collected so far belongs to a line that is too long. */
static enum lines_result drop(struct lines *lines)
{
    bool is_news = !lines->is_skipping;

    lines->is_skipping = true;
    buffer_clear(&lines->bytes);
    lines->taken = lines->scanned = 0;
    return is_news ? LINES_TOO_LONG : LINES_NONE;
}

static void trim(struct lines *lines, const char **line, size_t *length)
{
    if (!lines->is_past_start && *length >= 3 && memcmp(*line, "\xEF\xBB\xBF", 3) == 0) {
        *line += 3;
        *length -= 3;
    }
    lines->is_past_start = true;
    while (*length > 0 && memchr(" \t\r", (*line)[*length - 1], 3) != NULL)
        --*length;
}

enum lines_result lines_next(struct lines *lines, const char **line, size_t *length)
{
    while (lines->taken < lines->bytes.length) {
        const char *start = lines->bytes.data + lines->taken;
        size_t left = lines->bytes.length - lines->taken;
        const char *end = memchr(start + lines->scanned, '\n', left - lines->scanned);
        bool was_skipping = lines->is_skipping;

        if (end == NULL && !lines->has_ended) {
            lines->scanned = left;
            return was_skipping || left > LINE_LIMIT ? drop(lines) : LINES_NONE;
        }
        *line = start;
        *length = end != NULL ? (size_t)(end - start) : left;
        lines->taken += *length + (end != NULL ? 1 : 0);
        lines->scanned = 0;
        lines->is_skipping = false;
        if (was_skipping)
            continue;
        if (*length > LINE_LIMIT)
            return LINES_TOO_LONG;
        trim(lines, line, length);
        if (*length > 0)
            return LINES_LINE;
    }
    return LINES_NONE;
}
