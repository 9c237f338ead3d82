/* mapping_rule.c -- mappings compiled, and what they give for one request or answer. */
#include "integrate/mapping_rule.h"

#include <string.h>

#include "base/text.h"
#include "integrate/field_alike.h"
#include "integrate/template.h"

/* --- when the configuration is read ----------------------------------------------------------- */

static enum lg_mapping_use use_of(enum lg_mapping_place place)
{
    switch (place) {
    case LG_MAPPING_IN_PATH:
        return LG_MAPPING_FOR_PATH;
    case LG_MAPPING_IN_QUERY:
    case LG_MAPPING_IN_VARIABLE:
        return LG_MAPPING_FOR_QUERY;
    case LG_MAPPING_IN_HEADER:
    case LG_MAPPING_IN_STATUS:
        break;
    }
    return LG_MAPPING_FOR_HEADER;
}

/* Of a value that is one text: what a request could never make right is a fault now. */
static enum lg_err check_text(const struct lg_mapping_rule *rule, const char **reterr_message)
{
    struct lg_str text = rule->value.parts[0].text;
    uint64_t status;

    if (rule->value.parts[0].kind != LG_MAPPING_TEXT)
        return LG_OK;
    if (rule->target.place == LG_MAPPING_IN_PATH && !lg_str_starts(text, LG_STR("/"))) {
        *reterr_message = "found a path that does not start with \"/\", expected one that does";
        return LG_ERR_SYNTAX;
    }
    if (rule->target.place == LG_MAPPING_IN_STATUS && rule->value.count == 1 &&
        (lg_str_to_u64(text, &status) != LG_OK || status < 200 || status > 599)) {
        *reterr_message = "found a status that is none, expected one from 200 to 599";
        return LG_ERR_SYNTAX;
    }
    return LG_OK;
}

static bool is_nothing(struct lg_str text)
{
    return text.size == 0 || lg_str_is(text, "''");
}

static enum lg_err read_rule(struct lg_arena *arena, const struct lg_config_pair *pair,
                             const struct lg_mapping_scope *scope, struct lg_mapping_rule *rule,
                             const char **reterr_message)
{
    struct lg_str text = lg_str_of(pair->value);
    enum lg_err err =
        lg_mapping_key_parse(arena, scope, lg_str_of(pair->name), &rule->target, reterr_message);

    if (err != LG_OK)
        return err;
    if (rule->target.action == LG_MAPPING_REMOVE) {
        if (is_nothing(text))
            return LG_OK;
        *reterr_message = "found a value, expected '' for what is removed";
        return LG_ERR_SYNTAX;
    }
    err = lg_mapping_value_parse(arena, scope, text, use_of(rule->target.place), &rule->value,
                                 reterr_message);
    return err != LG_OK ? err : check_text(rule, reterr_message);
}

static void check_repeats(const struct lg_mapping_rule *rules, size_t count,
                          const struct lg_config_pair *pair, struct lg_faults *faults)
{
    for (size_t i = 0; i + 1 < count; i++) {
        if (!lg_mapping_target_same(&rules[i].target, &rules[count - 1].target))
            continue;
        lg_faults_add(faults, &pair->where, "found the same mapping twice, expected it once");
        return;
    }
}

struct lg_mapping_rules lg_mapping_rules_compile(struct lg_arena *arena,
                                                 const struct lg_config_pairs *pairs,
                                                 const struct lg_mapping_scope *scope,
                                                 struct lg_faults *faults)
{
    struct lg_mapping_rule *rules = lg_arena_zalloc(arena, pairs->count * sizeof(*rules));
    size_t count = 0;

    for (size_t i = 0; i < pairs->count; i++) {
        const struct lg_config_pair *pair = &pairs->items[i];
        const char *message;

        if (i == LG_MAPPINGS_MAX) {
            lg_faults_add(faults, &pair->where, "found %zu mappings, expected at most %d",
                          pairs->count, LG_MAPPINGS_MAX);
            break;
        }
        if (read_rule(arena, pair, scope, &rules[count], &message) != LG_OK) {
            lg_faults_add(faults, &pair->where, "%s", message);
            continue;
        }
        count++;
        check_repeats(rules, count, pair, faults);
    }
    return (struct lg_mapping_rules){ rules, count };
}

/* --- for one request -------------------------------------------------------------------------- */

struct run {
    struct lg_mapping_reader *reader;
    struct lg_mapping_edits edits;
    size_t room;
    const char **reterr_reason;
};

static enum lg_err refuse(struct run *run, const struct lg_mapping_target *target, enum lg_err err)
{
    *run->reterr_reason = lg_arena_printf(
        run->reader->arena, "mapping of %.*s: %s",
        LG_STR_ARG(target->name.size > 0                 ? target->name
                   : target->place == LG_MAPPING_IN_PATH ? LG_STR("the path")
                                                         : LG_STR("the status")),
        err == LG_ERR_TOO_BIG ? "the values are too large" : "the value cannot stand there");
    return err;
}

static void add_edit(struct run *run, const struct lg_mapping_target *target, struct lg_str value)
{
    if (run->edits.count == run->room) {
        size_t room = run->room * 2;
        struct lg_mapping_edit *items =
            lg_arena_alloc(run->reader->arena, room * sizeof(*run->edits.items));

        memcpy(items, run->edits.items, run->edits.count * sizeof(*items));
        run->edits.items = items;
        run->room = room;
    }
    run->edits.items[run->edits.count++] = (struct lg_mapping_edit){ target, value };
}

/* A path may not climb out of what the configuration says, however it was put together. */
static bool path_fits(const struct lg_mapping_value *value, struct lg_str path)
{
    struct lg_str piece, rest = path;

    if (value->count == 1 && value->parts[0].kind == LG_MAPPING_PATH)
        return true;
    while (lg_str_next(&rest, '/', &piece))
        if (lg_template_dots(piece) > 0)
            return false;
    return true;
}

static bool value_fits(const struct lg_mapping_rule *rule, struct lg_str text)
{
    if (rule->target.place == LG_MAPPING_IN_HEADER)
        return lg_http_field_value_valid(text);
    if (rule->target.place == LG_MAPPING_IN_PATH)
        return path_fits(&rule->value, text);
    return true;
}

static enum lg_err run_list(struct run *run, const struct lg_mapping_rule *rule)
{
    const struct lg_str *items;
    size_t count;
    enum lg_err err = lg_mapping_value_list(&rule->value, run->reader, &items, &count);

    if (err != LG_OK)
        return refuse(run, &rule->target, err);
    for (size_t i = 0; i < count; i++) {
        if (!value_fits(rule, items[i]))
            return refuse(run, &rule->target, LG_ERR_SYNTAX);
        add_edit(run, &rule->target, items[i]);
    }
    if (count == 0)
        add_edit(run, &rule->target, LG_STR_NONE);
    return LG_OK;
}

static enum lg_err run_rule(struct run *run, const struct lg_mapping_rule *rule)
{
    struct lg_str text = LG_STR_NONE;
    enum lg_err err;

    if (rule->target.action == LG_MAPPING_REMOVE) {
        add_edit(run, &rule->target, text);
        return LG_OK;
    }
    if (rule->value.list)
        return run_list(run, rule);
    err = lg_mapping_value_get(&rule->value, run->reader, use_of(rule->target.place), &text);
    if (err == LG_OK && rule->target.place == LG_MAPPING_IN_PATH &&
        !lg_str_starts(text, LG_STR("/")))
        text = lg_str_of(lg_arena_printf(run->reader->arena, "/%.*s", LG_STR_ARG(text)));
    if (err == LG_ERR_TOO_BIG || (err == LG_OK && !value_fits(rule, text)))
        return refuse(run, &rule->target, err == LG_OK ? LG_ERR_SYNTAX : err);
    add_edit(run, &rule->target, err == LG_OK ? text : LG_STR_NONE);
    return LG_OK;
}

enum lg_err lg_mapping_rules_run(const struct lg_mapping_rules *rules,
                                 struct lg_mapping_reader *reader,
                                 struct lg_mapping_edits *ret_edits, const char **reterr_reason)
{
    struct run run = { .reader = reader, .room = rules->count + 1, .reterr_reason = reterr_reason };

    run.edits.items = lg_arena_alloc(reader->arena, run.room * sizeof(*run.edits.items));
    for (size_t i = 0; i < rules->count; i++) {
        enum lg_err err = run_rule(&run, &rules->items[i]);

        if (err != LG_OK)
            return err;
    }
    *ret_edits = run.edits;
    return LG_OK;
}

/* --- fields ------------------------------------------------------------------------------------
 */

bool lg_mapping_edits_drop(const struct lg_mapping_edits *edits, enum lg_mapping_place place,
                           struct lg_str name)
{
    for (size_t i = 0; i < edits->count; i++) {
        const struct lg_mapping_target *target = edits->items[i].target;

        if (target->place != place || target->action == LG_MAPPING_APPEND)
            continue;
        if (place == LG_MAPPING_IN_HEADER ? lg_field_alike(target->name, name)
                                          : lg_str_eq(target->name, name))
            return true;
    }
    return false;
}

static size_t add_fields(const struct lg_mapping_edits *edits, enum lg_mapping_action action,
                         struct lg_header *headers, size_t count)
{
    for (size_t i = 0; i < edits->count; i++) {
        const struct lg_mapping_edit *edit = &edits->items[i];

        if (edit->target->place == LG_MAPPING_IN_HEADER && edit->target->action == action &&
            edit->value.data != NULL)
            headers[count++] = (struct lg_header){ edit->target->name, edit->value };
    }
    return count;
}

size_t lg_mapping_edit_headers(const struct lg_mapping_edits *edits, struct lg_arena *arena,
                               const struct lg_header *headers, size_t count,
                               const struct lg_header **ret_headers, size_t *ret_count)
{
    struct lg_header *edited = lg_arena_alloc(arena, (count + edits->count) * sizeof(*edited));
    size_t kept = 0, added;

    for (size_t i = 0; i < count; i++)
        if (!lg_mapping_edits_drop(edits, LG_MAPPING_IN_HEADER, headers[i].name))
            edited[kept++] = headers[i];
    added = add_fields(edits, LG_MAPPING_OVERWRITE, edited, kept);
    *ret_count = add_fields(edits, LG_MAPPING_APPEND, edited, added);
    *ret_headers = edited;
    return kept;
}
