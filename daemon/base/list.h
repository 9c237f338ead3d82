/*
 * list.h -- a ring of links that lie inside the things they link.
 *
 * An object's state is the list it is on, and one function moves it. Threads: the owner's.
 */
#ifndef LG_BASE_LIST_H
#define LG_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

struct lg_link {
    struct lg_link *prev, *next; /* both NULL while in no list */
};

/* The head of a list is a link too; it is in its own ring. */
static inline void lg_list_init(struct lg_link *head)
{
    head->prev = head->next = head;
}

static inline bool lg_list_empty(const struct lg_link *head)
{
    return head->next == head;
}

static inline bool lg_link_in_list(const struct lg_link *link)
{
    return link->next != NULL;
}

static inline void lg_list_add_last(struct lg_link *head, struct lg_link *link)
{
    link->prev = head->prev;
    link->next = head;
    head->prev->next = link;
    head->prev = link;
}

static inline void lg_list_add_first(struct lg_link *head, struct lg_link *link)
{
    lg_list_add_last(head->next, link);
}

/* Fine for a link that is in no list. */
static inline void lg_list_remove(struct lg_link *link)
{
    if (link->next == NULL)
        return;
    link->prev->next = link->next;
    link->next->prev = link->prev;
    link->prev = link->next = NULL;
}

/* First link, or NULL when empty. */
static inline struct lg_link *lg_list_first(const struct lg_link *head)
{
    return head->next == head ? NULL : head->next;
}

/* The link after `link`, or NULL at the end. */
static inline struct lg_link *lg_list_after(const struct lg_link *head, const struct lg_link *link)
{
    return link->next == head ? NULL : link->next;
}

#define LG_LIST_OF(link, type, member) LG_CONTAINER((link), type, member)

#endif
