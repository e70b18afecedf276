/*
 * The supervisor's door: HTTP/1.1 on a Unix socket that only this user can reach, one request
 * a connection. It never blocks: bytes are taken as they come, and a request is answered when
 * it is whole.
 */
#ifndef SPARK_SUPERVISOR_DOOR_H
#define SPARK_SUPERVISOR_DOOR_H

#include "base/buffer.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    DOOR_CONNECTIONS = 16,
    DOOR_FDS = 1 + DOOR_CONNECTIONS,
    DOOR_HEAD_MAX = 16 * 1024,
    DOOR_BODY_MAX = 16 * 1024 * 1024,
};

/* A request in place: texts are in the bytes it was read from. */
struct door_request {
    const char *method, *path, *query; /* the query is "" where there is none */
    const char *body;
    size_t body_length;
};

struct door_answer {
    int status;       /* 200 unless set otherwise */
    const char *type; /* application/json unless set otherwise */
    struct buffer body;
};

enum door_reading { DOOR_NEEDS_MORE, DOOR_IS_WHOLE, DOOR_IS_BAD };

/* What the bytes are, a NUL after them; they are changed only when the request is whole.
 * DOOR_IS_BAD is for good: no more bytes mend it. */
enum door_reading door_read(char *bytes, size_t length, struct door_request *request);
/* The value of a name in a query such as "a=1&b=2", decoded; "" when it is not there. */
void door_query_value(const char *query, const char *name, char *value, size_t size);

/* Opens the socket; false with errno. */
bool door_open(const char *path, void (*answer)(const struct door_request *request,
                                                struct door_answer *answer));
/* Nobody waits for an answer that will not come. */
void door_close(void);
/* What to wait for; at most DOOR_FDS. */
size_t door_list(struct pollfd *fds);
/* Goes on with whatever is ready. */
void door_serve(const struct pollfd *fds, size_t count);

#endif
