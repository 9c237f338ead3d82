/*
 * rule_lines.h -- the texts of rules, gathered where a request reads them.
 */
#ifndef LG_RULE_LINES_H
#define LG_RULE_LINES_H

#include "base/lines.h"
#include "snapshot/snapshot.h"

/*
 * Copies key, headers and answer of each rule into lines of its own, side by side, and frees the
 * headers. The rules refer to what is returned; the caller frees it.
 */
void *lg_rules_gather(struct lg_rule *rules, size_t count);

/* Begins to bring near what a request will read of its rule. */
static inline void lg_rule_fetch(const struct lg_rule *rule)
{
    lg_lines_fetch(rule->numbers, LG_LINE);
    lg_lines_fetch(rule->headers, 2 * LG_LINE);
    lg_lines_fetch(rule->redirect, 3 * LG_LINE);
}

#endif
