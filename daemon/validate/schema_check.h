/*
 * schema_check.h -- the state of one check, shared by the files that do it.
 *
 * Every step returns whether the value is valid so far. Without `findings` a check ends with the
 * first failure; with them it goes on and each failure becomes a finding. Once `stop` is set the
 * check is over, and whatever is still returned means "not valid": nobody may turn it round.
 */
#ifndef LG_VALIDATE_SCHEMA_CHECK_H
#define LG_VALIDATE_SCHEMA_CHECK_H

#include "validate/schema_rule.h"

enum {
    LG_CHECK_LEVELS = 256, /* values inside each other */
    LG_CHECK_DEPTH = 1000, /* rules inside each other: they lie on the stack */
    LG_CHECK_WORDS = 64    /* for sets of names and elements, before they are allocated */
};

enum lg_check_stop {
    LG_STOP_NONE,
    LG_STOP_FUEL,
    LG_STOP_MEMORY, /* of a pattern */
    LG_STOP_DEPTH
};

/* What was broken; a small record, from which words are made only if somebody asks. */
struct lg_schema_breach {
    const struct lg_schema_rule *rule;
    enum lg_schema_word word; /* LG_WORD_COUNT: the rule allows nothing, or none in particular */
    size_t index;             /* of what broke it, as the keyword counts */
    size_t found;             /* how many there are */
    const struct lg_schema_pattern *pattern; /* at which a check stopped, or NULL */
};

struct lg_check_scope {
    const struct lg_check_scope *outer;
    const struct lg_schema_scope *scope;
};

struct lg_checker {
    const struct lg_schema *schema;
    struct lg_fuel *fuel;
    struct lg_schema_findings *findings;
    const struct lg_check_scope *scope;
    enum lg_check_stop stop;
    bool in_name; /* it is the name of the innermost value that is checked */
    unsigned depth;
    size_t level; /* of the innermost value */
    struct lg_schema_breach breach;
    size_t breach_level;
    bool breach_in_name;
    size_t words_used;
    uint64_t words[LG_CHECK_WORDS];
    const struct lg_json *path[LG_CHECK_LEVELS]; /* the value and those around it */
};

/* Elements or members that rules have held for. `all` beats the words. */
struct lg_evaluated {
    uint64_t *words;
    size_t word_count;
    bool all, allocated;
};

/* Whether to go on behind a part that said `result`. */
static inline bool lg_check_goes_on(const struct lg_checker *checker, bool *valid, bool result)
{
    if (result)
        return true;
    *valid = false;
    return checker->findings != NULL && checker->stop == LG_STOP_NONE;
}

/* schema_check.c. `evaluated`: what the rule holds for is added, unless it is NULL. */
bool lg_check_rule(struct lg_checker *checker, const struct lg_schema_rule *rule,
                   const struct lg_json *value, struct lg_evaluated *evaluated);
/* The same for a member or an element of the innermost value. */
bool lg_check_inner(struct lg_checker *checker, const struct lg_schema_rule *rule,
                    const struct lg_json *value);
/* Whether the rule holds for the innermost value; a failure is none. */
bool lg_check_probe(struct lg_checker *checker, const struct lg_schema_rule *rule,
                    const struct lg_json *value, struct lg_evaluated *evaluated);

/* False, after the failure was noted. */
__attribute__((cold, noinline)) bool lg_check_fail(struct lg_checker *checker,
                                                   const struct lg_schema_breach *breach);
__attribute__((cold, noinline)) bool lg_check_end(struct lg_checker *checker,
                                                  enum lg_check_stop stop,
                                                  const struct lg_schema_rule *rule,
                                                  const struct lg_schema_pattern *pattern);

static inline bool lg_check_burn(struct lg_checker *checker, const struct lg_schema_rule *rule,
                                 uint64_t units)
{
    return lg_fuel_burn(checker->fuel, units) || lg_check_end(checker, LG_STOP_FUEL, rule, NULL);
}

/* Whether the pattern matches; check `stop` behind it. */
bool lg_check_pattern(struct lg_checker *checker, const struct lg_schema_rule *rule,
                      const struct lg_schema_pattern *pattern, struct lg_str text);

/* The parts of a rule: schema_check_object.c, _array.c, _scalar.c, _steps.c */
bool lg_check_object(struct lg_checker *checker, const struct lg_schema_rule *rule,
                     const struct lg_json *value, struct lg_evaluated *evaluated);
bool lg_check_array(struct lg_checker *checker, const struct lg_schema_rule *rule,
                    const struct lg_json *value, struct lg_evaluated *evaluated);
bool lg_check_string(struct lg_checker *checker, const struct lg_schema_rule *rule,
                     const struct lg_json *value);
bool lg_check_number(struct lg_checker *checker, const struct lg_schema_rule *rule,
                     const struct lg_json *value);
bool lg_check_values(struct lg_checker *checker, const struct lg_schema_rule *rule,
                     const struct lg_schema_values *values, const struct lg_json *value);
bool lg_check_step(struct lg_checker *checker, const struct lg_schema_rule *rule,
                   const struct lg_schema_step *step, const struct lg_json *value,
                   struct lg_evaluated *evaluated);

/* Sets: schema_evaluated.c. What was begun last is ended first. */
void lg_evaluated_begin(struct lg_checker *checker, struct lg_evaluated *set, size_t count);
void lg_evaluated_end(struct lg_checker *checker, struct lg_evaluated *set);
void lg_evaluated_merge(struct lg_evaluated *set, const struct lg_evaluated *other);

static inline void lg_evaluated_add(struct lg_evaluated *set, size_t index)
{
    set->words[index / 64] |= UINT64_C(1) << index % 64;
}

static inline bool lg_evaluated_has(const struct lg_evaluated *set, size_t index)
{
    return set->all || (set->words[index / 64] >> index % 64 & 1) != 0;
}

/* schema_message.c: what is wrong, in words; one sentence without its subject. */
void lg_schema_tell(const struct lg_schema_breach *breach, const struct lg_json *value,
                    bool in_name, struct lg_buf *out);
const char *lg_schema_breach_keyword(const struct lg_schema_breach *breach);

/* schema_report.c */
void lg_check_add_finding(struct lg_checker *checker, const struct lg_schema_breach *breach);

#endif
