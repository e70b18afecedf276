/*
 * What went wrong, as a value: a kind and three texts. It owns nothing and is copied with
 * `=`.
 *
 * message is the fact, detail is what Spark or the system said, hint is what the reader
 * can do. Functions that can fail return bool and take `struct error *` last; on false
 * the error is set and results are untouched.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

enum error_kind {
    ERROR_NONE,

    /* answered as JSON-RPC errors */
    ERROR_PARSE,    /* -32700: the line is not JSON */
    ERROR_REQUEST,  /* -32600: not a JSON-RPC request */
    ERROR_METHOD,   /* -32601: no such method */
    ERROR_PARAMS,   /* -32602: parameters of the wrong shape, unknown tool */
    ERROR_RESOURCE, /* -32002: no such resource */
    ERROR_REVISION, /* -32022: protocol revision not supported */
    ERROR_INTERNAL, /* -32603: our own mistake */

    /* answered as tool results with isError, so that the model can act on them */
    ERROR_ARGUMENTS,     /* a tool's arguments */
    ERROR_CONFIGURATION, /* what the server was told about the cluster */
    ERROR_UNREACHABLE,   /* no connection */
    ERROR_TIMEOUT,       /* connected, but no answer in time */
    ERROR_REFUSED,       /* 401, 403 */
    ERROR_NOT_ACTIVE,    /* a master on standby, or one that recovers */
    ERROR_NOT_FOUND,     /* an id or a page that is not there */
    ERROR_BAD_ANSWER,    /* not what was asked for: HTML, cut JSON */
    ERROR_TOO_LARGE,     /* an answer beyond its limit */
    ERROR_SPARK,         /* Spark said no */
    ERROR_NO_DRIVER,     /* the master has no driver of that id */
    ERROR_NO_ROOM,       /* no worker can take a driver or executor now */
    ERROR_NO_WORKER,     /* none is alive */
    ERROR_DRIVER_ENDED,  /* a driver ended before it did what it was started for */
    ERROR_DRIVER_SILENT, /* it runs, but nothing is heard of it */
    ERROR_NO_SESSION,    /* its driver runs where this machine cannot reach it */
    ERROR_LOCAL_SPARK,   /* the private Spark did not start */
    ERROR_CANCELLED,
};

struct error {
    enum error_kind kind;
    char message[512];
    char detail[1536];
    char hint[512];
};

/* Fills the error. Texts that are too long are cut with "..." at the end. */
void error_set(struct error *error, enum error_kind kind, const char *message, ...)
    __attribute__((format(printf, 3, 4)));
void error_detail(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* One line more. */
void error_add_detail(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void error_hint(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The JSON-RPC code of a kind, or 0 when it is answered as a tool result. */
int error_rpc_code(enum error_kind kind);

/* Writes message, detail and next step as one text, a line each. */
void error_describe(const struct error *error, char *text, size_t size);

/* Our own mistakes end the process: an error value could not be acted on. */
#define BUG(...) bug_found(__FILE__, __LINE__, __VA_ARGS__)
_Noreturn void bug_found(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
