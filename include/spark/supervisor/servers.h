/*
 * The servers that a private Spark is for. One by itself is at the other end of standard
 * input. Where they share it (spark/local_shared.h) standard input is a socket that they
 * connect to; each is there as long as its connection.
 */
#ifndef SPARK_SUPERVISOR_SERVERS_H
#define SPARK_SUPERVISOR_SERVERS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    SERVERS_MAX = 100, /* more of them wait to be let in */
    SERVERS_FDS = 1 + SERVERS_MAX,
};

/* Shared servers are waited for, so many seconds; 0 is one by itself. */
void servers_init(int idle_seconds);

/* What to wait for; at most SERVERS_FDS. */
size_t servers_list(struct pollfd *fds);
/* Notes who has come and who has gone. */
void servers_look(const struct pollfd *fds);
/* False when none is there, and none is waited for any more. */
bool servers_need_spark(bool is_at_work);

/* It is about to end: nobody is let in, and all are told to read state.json. */
void servers_turn_away(void);
void servers_tell(void);
/* Waits for news of them; false when none is there, or for so long nothing came. */
bool servers_stay(int ms);

#endif
