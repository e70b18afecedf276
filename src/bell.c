#include "bell.h"

#include "base/memory.h"

#include <stdlib.h>

struct waiter {
    struct operation operation;
    struct link link; /* in bell->waiters */
};

static void stop_waiting(struct operation *operation)
{
    struct waiter *waiter = list_member(operation, struct waiter, operation);

    list_remove(&waiter->link);
    free(waiter);
}

static struct operation *wait_at(struct flow *flow, struct bell *bell,
                                 struct reply *reply)
{
    struct waiter *waiter = memory_new(sizeof *waiter);

    if (bell->waiters.next == NULL)
        list_init(&bell->waiters);
    operation_begin(&waiter->operation, flow, reply, stop_waiting);
    list_append(&bell->waiters, &waiter->link);
    return &waiter->operation;
}

void bell_wait(struct flow *flow, struct bell *bell, struct reply *reply)
{
    wait_at(flow, bell, reply);
}

void bell_wait_for(struct flow *flow, struct bell *bell, int ms, struct reply *reply)
{
    operation_limit(wait_at(flow, bell, reply), ms);
}

void bell_ring(struct bell *bell)
{
    while (bell_is_awaited(bell)) {
        struct waiter *waiter = list_member(bell->waiters.next, struct waiter, link);
        list_remove(&waiter->link);
        operation_succeed(&waiter->operation, NULL);
        free(waiter);
    }
}

bool bell_is_awaited(const struct bell *bell)
{
    return bell->waiters.next != NULL && !list_is_empty(&bell->waiters);
}
