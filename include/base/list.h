/*
 * Doubly linked lists whose links stand inside their members. A list is a link that
 * points at itself when it is empty. Nothing is allocated.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct link {
    struct link *previous, *next;
};

#define list_member(link, type, field) ((type *)((char *)(link)-offsetof(type, field)))

static inline void list_init(struct link *list)
{
    list->previous = list->next = list;
}

static inline bool list_is_empty(const struct link *list)
{
    return list->next == list;
}

static inline void list_append(struct link *list, struct link *member)
{
    member->previous = list->previous;
    member->next = list;
    list->previous->next = member;
    list->previous = member;
}

/* Safe for a member that is in no list, as long as it was initialised. */
static inline void list_remove(struct link *member)
{
    member->previous->next = member->next;
    member->next->previous = member->previous;
    list_init(member);
}

/* The current member must not be removed in the body; take list->next in a loop instead.
 */
#define list_foreach(list, at)                                                           \
    for (struct link *at = (list)->next; at != (list); at = at->next)

#endif
