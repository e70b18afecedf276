/* What would be lost with the session, and the one sentence that tells of its end. */
#ifndef SPARK_SESSION_NOTICE_H
#define SPARK_SESSION_NOTICE_H

#include <jansson.h>
#include <stdbool.h>

/* {"views": [...], "cachedTables", "tables", "pythonNames"}, or NULL. Borrowed. */
void session_set_kept(json_t *names);
/* It has ended; the next answer tells why, and what is gone with it. */
void session_write_notice(const char *driver_id, const char *why);
/* Whether there is one to take. */
bool session_has_notice(void);
/* One sentence about a session that ended and has not been told of; new, or NULL. */
json_t *session_take_notice(void);

#endif
