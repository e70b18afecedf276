/*
 * With SPARK_SESSION_SHARED servers of one user share a session: where it is, and its
 * token, stand in a file that only this user can read, one for each configuration that
 * makes a different session. A lock beside it lets one server at a time start one; it is
 * the operating system's, so it falls with its process.
 */
#ifndef SPARK_SESSION_RECORD_H
#define SPARK_SESSION_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

bool session_record_is_kept(void);

/* False while another process starts a session: try again later. True, too, when there is
 * no place for files: then each server has a session of its own. */
bool session_record_lock(void);
void session_record_unlock(void);

/* {"driverId", "url", "token"}, new; NULL when there is none. It may have ended since. */
json_t *session_record_read(void);
void session_record_write(const char *driver_id, const char *url, const char *token);
/* Removes what is recorded of this session. */
void session_record_remove(const char *driver_id);
/* Removes what is recorded, whatever session it is. */
void session_record_clear(void);

/* For what is kept beside it, in files of this configuration with an ending of their own.
 * False while another process holds the lock, and true where no file can be made, which is
 * logged: no `what` is shared then. A lock is 0 when it is not open. */
bool session_record_hold(const char *ending, const char *what, int *lock);
void session_record_let_go(int *lock);
/* How many bytes there are, at most `size`; -1 for none. */
ssize_t session_record_load(const char *ending, char *text, size_t size);
/* Writes it whole or not at all; false with errno. */
bool session_record_store(const char *ending, const char *text, size_t length);

#endif
