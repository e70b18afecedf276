#include "base/log.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"debug", "info", "warning", "error", "off"};
static enum log_level lowest = LOG_WARNING;
static FILE *file; /* NULL is standard error */

bool log_level_parse(const char *name, enum log_level *level)
{
    for (int i = LOG_DEBUG; i <= LOG_OFF; i++) {
        if (strcmp(name, names[i]) == 0) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

void log_set_level(enum log_level level)
{
    lowest = level;
}

bool log_open_file(const char *path)
{
    FILE *opened = fopen(path, "ae");

    if (opened == NULL)
        return false;
    file = opened;
    return true;
}

void log_close(void)
{
    if (file != NULL)
        fclose(file);
    file = NULL;
}

/* One entry is one line, whatever stands in it. */
static void write_line(FILE *target, const char *time, enum log_level level,
                       const char *text)
{
    struct buffer line = {0};

    for (const char *at = text; *at != '\0';) {
        size_t length = strcspn(at, "\n\t");
        text_add_visible(&line, at, length);
        at += length;
        if (*at != '\0')
            buffer_add_text(&line, *at++ == '\n' ? "\\n" : "\\t");
    }
    fprintf(target, "%s %s %s\n", time, names[level], buffer_text(&line));
    fflush(target);
    buffer_release(&line);
}

void log_write(enum log_level level, const char *format, ...)
{
    FILE *target = file != NULL ? file : stderr;
    char time[32];
    char *line, *masked;
    va_list arguments;
    int length;

    if (level < lowest)
        return;
    va_start(arguments, format);
    length = vasprintf(&line, format, arguments);
    va_end(arguments);
    if (length < 0)
        BUG("out of memory");
    text_time(clock_wall_ms(), time, sizeof time);
    masked = secret_mask(line, (size_t)length);
    write_line(target, time, level, masked);
    free(masked);
    free(line);
}
