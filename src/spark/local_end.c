#include "spark/local_end.h"

#include "base/clusters.h"
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
    user->cluster = clusters_here();
    list_append(&users, &user->link);
}

void local_end_leave(struct local_user *user)
{
    if (user->flow != NULL)
        list_remove(&user->link);
    user->flow = NULL;
}

void local_end_add_fds(struct http_fd *fds)
{
    size_t before = clusters_here();

    for (size_t i = 0; i < clusters_count(); i++) {
        clusters_enter(i);
        fds[i] = (struct http_fd){.fd = local_fd()};
    }
    clusters_enter(before);
}

/* A flow that ends may start others; those belong to the next private Spark. */
static void end_users(const struct error *error)
{
    struct link doomed = {&doomed, &doomed};

    for (struct link *at = users.next, *next; at != &users; at = next) {
        next = at->next;
        if (list_member(at, struct local_user, link)->cluster != clusters_here())
            continue;
        list_remove(at);
        list_append(&doomed, at);
    }
    while (!list_is_empty(&doomed))
        flow_end(list_member(doomed.next, struct local_user, link)->flow, error);
}

static void look(void)
{
    struct error error;

    if (!local_has_ended(&error))
        return;
    log_write(LOG_WARNING, "%s: %s", error.message, error.detail);
    run_end_all(&error); /* before the session: what went with it is told with the next */
    session_end_with_spark(&error);
    end_users(&error);
}

void local_end_look(const struct http_fd *fds)
{
    size_t before = clusters_here();

    for (size_t i = 0; i < clusters_count(); i++) {
        clusters_enter(i);
        if (fds[i].is_ready)
            look();
    }
    clusters_enter(before);
}
