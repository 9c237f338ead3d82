/* Links in a ring. */
#include "base/list.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

struct thing {
    int number;
    struct lg_link link;
};

static int digits(const struct lg_link *head)
{
    int number = 0;

    for (struct lg_link *link = lg_list_first(head); link != NULL; link = lg_list_after(head, link))
        number = number * 10 + LG_LIST_OF(link, struct thing, link)->number;
    return number;
}

Test(list, things_stand_in_the_order_they_were_put)
{
    struct lg_link head;
    struct thing one = { .number = 1 }, two = { .number = 2 }, three = { .number = 3 };

    lg_list_init(&head);
    cr_assert(lg_list_empty(&head));
    cr_assert(eq(ptr, lg_list_first(&head), NULL));
    lg_list_add_last(&head, &two.link);
    lg_list_add_last(&head, &three.link);
    lg_list_add_first(&head, &one.link);
    cr_assert(not(lg_list_empty(&head)));
    cr_assert(eq(int, digits(&head), 123));
}

Test(list, a_thing_that_was_removed_is_in_no_list)
{
    struct lg_link head;
    struct thing one = { .number = 1 }, two = { .number = 2 }, three = { .number = 3 };

    lg_list_init(&head);
    lg_list_add_last(&head, &one.link);
    lg_list_add_last(&head, &two.link);
    lg_list_add_last(&head, &three.link);
    cr_assert(lg_link_in_list(&two.link));
    lg_list_remove(&two.link);
    cr_assert(not(lg_link_in_list(&two.link)));
    lg_list_remove(&two.link); /* once more is fine */
    cr_assert(eq(int, digits(&head), 13));
    lg_list_remove(&one.link);
    lg_list_remove(&three.link);
    cr_assert(lg_list_empty(&head));
}
