/*
 * What waits to be written to the client. Writing never blocks the loop: the descriptor
 * is made non-blocking where that touches nobody else (pipes and sockets). A client that
 * does not read fills the outbox up to OUTBOX_LIMIT; above OUTBOX_FULL the server reads
 * no more requests and progress notifications are left out.
 */
#ifndef RPC_OUTBOX_H
#define RPC_OUTBOX_H

#include "base/buffer.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { OUTBOX_FULL = 1024 * 1024, OUTBOX_LIMIT = 64 * 1024 * 1024 };

struct outbox {
    int fd;
    struct buffer bytes;
    size_t written; /* bytes at the front that are out already */
    bool is_broken; /* the client has gone */
};

void outbox_open(struct outbox *outbox, int fd);
void outbox_release(struct outbox *outbox);
/* Adds a message as one line, secrets masked. Steals the message. */
void outbox_send(struct outbox *outbox, json_t *message);
bool outbox_is_empty(const struct outbox *outbox);
bool outbox_is_full(const struct outbox *outbox);
/* Writes as much as goes without waiting. */
void outbox_flush(struct outbox *outbox);

#endif
