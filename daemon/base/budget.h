/*
 * budget.h -- how much memory of one kind the whole process may hold: one atomic count.
 *
 * Whoever is about to keep bytes that a stranger sent takes them from the budget first, and
 * gives them back when they are freed. From 80 % on, those who can wait should (low water).
 * Threads: any.
 */
#ifndef LG_BASE_BUDGET_H
#define LG_BASE_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct lg_budget {
    atomic_size_t used;
    atomic_size_t limit; /* 0: none; may change at any time */
};

/* Takes `size` if that leaves the use at or below the limit. */
bool lg_budget_take(struct lg_budget *budget, size_t size);
/* As lg_budget_take(), but only up to 80 % of the limit: for what can wait. */
bool lg_budget_take_low(struct lg_budget *budget, size_t size);
/* Takes without asking: for what is here already. */
void lg_budget_force(struct lg_budget *budget, size_t size);
void lg_budget_give(struct lg_budget *budget, size_t size);

size_t lg_budget_used(struct lg_budget *budget);
/* Whether `size` could ever be taken low, on an idle process. */
bool lg_budget_fits(struct lg_budget *budget, size_t size);

#endif
