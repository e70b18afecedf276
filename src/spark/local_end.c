#include "spark/local_end.h"

#include "base/log.h"
#include "spark/cluster.h"
#include "spark/local.h"
#include "spark/run.h"
#include "spark/session.h"

#include <stddef.h>

static struct link users = {&users, &users};

void local_end_watch(struct local_user *user, struct flow *root)
{
    if (!cluster_is_local())
        return;
    user->flow = root;
    list_append(&users, &user->link);
}

void local_end_leave(struct local_user *user)
{
    if (user->flow != NULL)
        list_remove(&user->link);
    user->flow = NULL;
}

int local_end_fd(void)
{
    return local_fd();
}

/* A flow that ends may start others; those belong to the next private Spark. */
static void end_users(const struct error *error)
{
    struct link doomed = {&doomed, &doomed};

    while (!list_is_empty(&users)) {
        struct link *user = users.next;
        list_remove(user);
        list_append(&doomed, user);
    }
    while (!list_is_empty(&doomed))
        flow_end(list_member(doomed.next, struct local_user, link)->flow, error);
}

void local_end_look(void)
{
    struct error error;

    if (!local_has_ended(&error))
        return;
    log_write(LOG_WARNING, "%s: %s", error.message, error.detail);
    run_end_all(&error); /* before the session: what went with it is told with the next */
    session_end_with_spark(&error);
    end_users(&error);
}
