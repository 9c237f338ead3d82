/* rule_lines.c -- one block for all rules: headers, key and answer of each on lines of their own.
 */
#include "snapshot/rule_lines.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static size_t size_of(const struct lg_rule *rule)
{
    size_t size = rule->header_count * sizeof(struct lg_header);

    for (size_t i = 0; i < rule->header_count; i++)
        size += rule->headers[i].name.size + rule->headers[i].value.size;
    return lg_lines_round(size + rule->key.size + rule->answer.size);
}

/* Copies `text` to *at, which moves on. */
static void move(struct lg_str *text, char **at)
{
    if (text->size == 0)
        return;
    memcpy(*at, text->data, text->size);
    text->data = *at;
    *at += text->size;
}

static void gather(struct lg_rule *rule, char *lines)
{
    struct lg_header *headers = (struct lg_header *)(void *)lines;
    char *at = (char *)(headers + rule->header_count);

    for (size_t i = 0; i < rule->header_count; i++) {
        headers[i] = rule->headers[i];
        move(&headers[i].name, &at);
        move(&headers[i].value, &at);
    }
    free(rule->headers);
    rule->headers = headers;
    move(&rule->key, &at);
    move(&rule->answer, &at);
}

void *lg_rules_gather(struct lg_rule *rules, size_t count)
{
    size_t size = 0, at = 0;
    char *lines;

    for (size_t i = 0; i < count; i++)
        size += size_of(&rules[i]);
    lines = lg_lines_alloc(size);
    for (size_t i = 0; i < count; i++) {
        size_t own = size_of(&rules[i]);

        gather(&rules[i], lines + at);
        at += own;
    }
    assert(at == size);
    return lines;
}
