/* The texts have a fixed size; a longer one ends in "..." between two characters. The
 * table of codes decides which kinds a client handles and which a model reads. */
#include "base/error.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_cut(char *target, size_t size, const char *format, va_list arguments)
{
    int length = vsnprintf(target, size, format, arguments);

    if (length >= (int)size) {
        memcpy(target + text_cut(target, size - 4), "...", 4);
    }
}

void error_set(struct error *error, enum error_kind kind, const char *message, ...)
{
    va_list arguments;

    error->kind = kind;
    error->detail[0] = '\0';
    error->hint[0] = '\0';
    va_start(arguments, message);
    write_cut(error->message, sizeof error->message, message, arguments);
    va_end(arguments);
}

void error_detail(struct error *error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_cut(error->detail, sizeof error->detail, format, arguments);
    va_end(arguments);
}

void error_add_detail(struct error *error, const char *format, ...)
{
    char before[sizeof error->detail], added[sizeof error->detail];
    va_list arguments;

    va_start(arguments, format);
    write_cut(added, sizeof added, format, arguments);
    va_end(arguments);
    text_copy(before, sizeof before, error->detail);
    error_detail(error, "%s%s%s", before, before[0] != '\0' ? "\n" : "", added);
}

void error_hint(struct error *error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_cut(error->hint, sizeof error->hint, format, arguments);
    va_end(arguments);
}

int error_rpc_code(enum error_kind kind)
{
    switch (kind) {
    case ERROR_PARSE:
        return -32700;
    case ERROR_REQUEST:
        return -32600;
    case ERROR_METHOD:
        return -32601;
    case ERROR_PARAMS:
        return -32602;
    case ERROR_RESOURCE:
        return -32002;
    case ERROR_REVISION:
        return -32022;
    case ERROR_INTERNAL:
        return -32603;
    case ERROR_NONE:
    case ERROR_ARGUMENTS:
    case ERROR_CONFIGURATION:
    case ERROR_UNREACHABLE:
    case ERROR_TIMEOUT:
    case ERROR_REFUSED:
    case ERROR_NOT_ACTIVE:
    case ERROR_NOT_FOUND:
    case ERROR_BAD_ANSWER:
    case ERROR_TOO_LARGE:
    case ERROR_SPARK:
    case ERROR_NO_DRIVER:
    case ERROR_NO_ROOM:
    case ERROR_NO_WORKER:
    case ERROR_DRIVER_ENDED:
    case ERROR_DRIVER_SILENT:
    case ERROR_NO_SESSION:
    case ERROR_LOCAL_SPARK:
    case ERROR_CANCELLED:
        return 0;
    }
    return 0;
}

void error_describe(const struct error *error, char *text, size_t size)
{
    snprintf(text, size, "%s%s%s%s%s", error->message, error->detail[0] ? "\n" : "",
             error->detail, error->hint[0] ? "\n" : "", error->hint);
}

_Noreturn void bug_found(const char *file, int line, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "mcp-spark-server: bug at %s:%d: ", file, line);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}
