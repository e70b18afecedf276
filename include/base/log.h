/*
 * The log: lines on standard error or in a file, never on standard output. Every line
 * passes through secret_mask, so a known secret cannot appear in it.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_OFF };

bool log_level_parse(const char *name, enum log_level *level);
void log_set_level(enum log_level level);
/* Appends to a file from now on; false when it cannot be opened (errno says why). */
bool log_open_file(const char *path);
void log_close(void);

void log_write(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
