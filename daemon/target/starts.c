/* starts.c -- a count, and a line of those who wait for it to fall. */
#include "target/starts.h"

#include <assert.h>

void lg_starts_init(struct lg_starts *starts, struct lg_loop *loop)
{
    *starts = (struct lg_starts){ .loop = loop };
    lg_list_init(&starts->waiting);
}

bool lg_starts_may(struct lg_starts *starts, struct lg_starter *starter, unsigned own)
{
    if (own == 0 || starts->under_way < LG_STARTS_AT_ONCE)
        return true;
    if (!lg_link_in_list(&starter->link))
        lg_list_add_last(&starts->waiting, &starter->link);
    return false;
}

void lg_starts_begin(struct lg_starts *starts)
{
    starts->under_way++;
}

/* Whoever still wants more joins the line again, at its end. */
static void wake(struct lg_task *task)
{
    struct lg_starts *starts = LG_CONTAINER(task, struct lg_starts, task);
    struct lg_link *link;

    while (starts->under_way < LG_STARTS_AT_ONCE &&
           (link = lg_list_first(&starts->waiting)) != NULL) {
        struct lg_starter *starter = LG_LIST_OF(link, struct lg_starter, link);

        lg_list_remove(link);
        starter->again(starter);
    }
}

void lg_starts_end(struct lg_starts *starts)
{
    assert(starts->under_way > 0);
    starts->under_way--;
    if (!lg_list_empty(&starts->waiting))
        lg_task_queue(starts->loop, &starts->task, wake);
}

void lg_starts_leave(struct lg_starter *starter)
{
    lg_list_remove(&starter->link);
}
