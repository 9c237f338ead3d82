/*
 * schema_loop.c -- finds schemas that lead back to themselves for the same value: a check of such
 * a one would never end.
 *
 * A walk over the rules, each once, with a stack of its own: chains of references may be long.
 */
#include "validate/schema_loader.h"

enum { CHAIN_MOST = 200 }; /* rules behind each other for one value: they lie on the stack */

/* A rule that is open, and which of its parts comes next. */
struct frame {
    struct lg_schema_rule *rule;
    size_t step, index, dependency;
};

struct search {
    struct lg_schema_loader *loader;
    struct frame frames[CHAIN_MOST];
    size_t depth;
};

/* The next rule that holds for the same value, or NULL behind the last. */
static const struct lg_schema_rule *next_same(struct frame *frame)
{
    const struct lg_schema_rule *rule = frame->rule;

    while (frame->step < rule->step_count) {
        const struct lg_schema_step *step = &rule->steps[frame->step];

        if (frame->index < step->count) {
            const struct lg_schema_rule *next = step->rules[frame->index++];
            if (next != NULL)
                return next;
        } else {
            frame->step++;
            frame->index = 0;
        }
    }
    while (rule->object != NULL && frame->dependency < rule->object->dependency_count) {
        const struct lg_schema_rule *next = rule->object->dependencies[frame->dependency++].rule;
        if (next != NULL)
            return next;
    }
    return NULL;
}

static void report(struct search *search, const struct lg_schema_rule *rule, const char *message)
{
    const struct lg_schema_source source = { .name = rule->document[0] == '\0'
                                                         ? search->loader->own->name
                                                         : rule->document };
    const struct lg_schema_place place = { .name = lg_str_of(rule->pointer) };

    lg_schema_fault(search->loader, &source, &place, "%s", message);
}

/* The mark is the loader's to set, as long as nobody follows the rules. */
static void open_rule(struct search *search, const struct lg_schema_rule *rule)
{
    struct lg_schema_rule *own = (struct lg_schema_rule *)rule;

    own->mark = LG_MARK_OPEN;
    search->frames[search->depth++] = (struct frame){ .rule = own };
}

/* Visits all that holds for the same value as `rule` does. */
static void visit(struct search *search, const struct lg_schema_rule *rule)
{
    open_rule(search, rule);
    while (search->depth > 0) {
        struct frame *top = &search->frames[search->depth - 1];
        const struct lg_schema_rule *next = next_same(top);

        if (next == NULL) {
            top->rule->mark = LG_MARK_DONE;
            search->depth--;
        } else if (next->mark == LG_MARK_OPEN) {
            report(search, next, "leads back to itself without an end");
            return;
        } else if (next->mark == LG_MARK_NONE) {
            if (search->depth == CHAIN_MOST) {
                report(search, next, "lies behind too many references and choices");
                return;
            }
            open_rule(search, next);
        }
    }
}

void lg_schema_find_loops(struct lg_schema_loader *loader)
{
    struct search search = { .loader = loader };
    size_t before = loader->fault_count;

    for (size_t i = 0; i < lg_map_count(loader->nodes) && loader->fault_count == before; i++) {
        const struct lg_schema_node *node = lg_map_at(loader->nodes, i, NULL);

        if (node->rule != NULL && node->rule->mark == LG_MARK_NONE)
            visit(&search, node->rule);
    }
}
