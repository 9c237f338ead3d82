/* policy.c -- statements read strictly, patterns compared with a bound on the work. */
#include "authorize/policy.h"

#include "base/mem.h"

/* --- reading ---------------------------------------------------------------------------------- */

static bool is_known(struct lg_str name)
{
    static const char *const names[] = { "Sid",       "Effect",   "Action",     "NotAction",
                                         "Condition", "Resource", "NotResource" };

    for (size_t i = 0; i < LG_COUNT(names); i++) {
        if (lg_str_is(name, names[i]))
            return true;
    }
    return false;
}

static bool is_action(struct lg_str text)
{
    return lg_str_is(text, "*") || lg_str_find(text, ':', 0) < text.size;
}

static bool is_resource(struct lg_str text)
{
    return text.size <= LG_POLICY_RESOURCE_MAX &&
           (lg_str_is(text, "*") || lg_str_starts(text, LG_STR("arn:")));
}

/* A text or a list of them, one at least. */
static bool read_texts(struct lg_arena *arena, const struct lg_json *value,
                       bool (*fits)(struct lg_str text), struct lg_policy_texts *ret_texts)
{
    bool list = value->type == LG_JSON_ARRAY;
    const struct lg_json *item = list ? value->first : value;
    size_t count = list ? value->count : 1;
    struct lg_str *items = lg_arena_alloc(arena, count * sizeof(*items));

    for (size_t i = 0; i < count; i++, item = item->next) {
        if (item->type != LG_JSON_STRING || !fits(item->text))
            return false;
        items[i] = lg_arena_str(arena, item->text);
    }
    ret_texts->items = items;
    ret_texts->count = count;
    return count > 0;
}

/* One of two names, never both. */
static bool read_either(struct lg_arena *arena, const struct lg_json *statement, const char *name,
                        const char *but_name, bool (*fits)(struct lg_str text),
                        struct lg_policy_texts *ret_texts)
{
    const struct lg_json *value = lg_json_get(statement, name);
    const struct lg_json *but = lg_json_get(statement, but_name);

    if ((value == NULL) == (but == NULL))
        return false;
    ret_texts->but = but != NULL;
    return read_texts(arena, but != NULL ? but : value, fits, ret_texts);
}

static bool read_effect(const struct lg_json *statement, bool *ret_denies)
{
    const struct lg_json *effect = lg_json_get(statement, "Effect");

    if (!lg_json_is(effect, LG_JSON_STRING))
        return false;
    *ret_denies = lg_str_is(effect->text, "Deny");
    return *ret_denies || lg_str_is(effect->text, "Allow");
}

/* An empty one asks for nothing. */
static bool has_condition(const struct lg_json *statement)
{
    const struct lg_json *condition = lg_json_get(statement, "Condition");

    return condition != NULL && !(condition->type == LG_JSON_OBJECT && condition->count == 0);
}

/* Returns why it is none, or NULL. */
static const char *read_statement(struct lg_arena *arena, const struct lg_json *json,
                                  struct lg_policy_statement *statement)
{
    *statement = (struct lg_policy_statement){ .conditional = has_condition(json) };
    if (json->type != LG_JSON_OBJECT)
        return "a statement of the policy is no object";
    for (const struct lg_json *member = json->first; member != NULL; member = member->next) {
        if (!is_known(member->name))
            return "a statement of the policy holds a name that is not known";
    }
    if (!read_effect(json, &statement->denies))
        return "a statement's Effect is neither Allow nor Deny";
    if (!read_either(arena, json, "Action", "NotAction", is_action, &statement->actions))
        return "a statement's Action or NotAction is none";
    if (!read_either(arena, json, "Resource", "NotResource", is_resource, &statement->resources))
        return "a statement's Resource or NotResource is none";
    return NULL;
}

static bool is_version(const struct lg_json *version)
{
    return version == NULL ||
           (version->type == LG_JSON_STRING &&
            (lg_str_is(version->text, "2012-10-17") || lg_str_is(version->text, "2008-10-17")));
}

enum lg_err lg_policy_read(struct lg_arena *arena, const struct lg_json *document,
                           struct lg_policy *ret_policy, const char **reterr_reason)
{
    const struct lg_json *list = lg_json_get(document, "Statement");

    *reterr_reason = "the policy has no statement";
    if (list == NULL)
        return LG_ERR_SYNTAX;
    bool several = list->type == LG_JSON_ARRAY;
    const struct lg_json *json = several ? list->first : list;
    size_t count = several ? list->count : 1;
    if (count == 0)
        return LG_ERR_SYNTAX;
    if (!is_version(lg_json_get(document, "Version"))) {
        *reterr_reason = "the policy's Version is not 2012-10-17";
        return LG_ERR_SYNTAX;
    }
    struct lg_policy_statement *statements = lg_arena_alloc(arena, count * sizeof(*statements));
    for (size_t i = 0; i < count; i++, json = json->next) {
        *reterr_reason = read_statement(arena, json, &statements[i]);
        if (*reterr_reason != NULL)
            return LG_ERR_SYNTAX;
    }
    *ret_policy = (struct lg_policy){ statements, count };
    return LG_OK;
}

/* --- comparing -------------------------------------------------------------------------------- */

/* What compares a request: spends fuel, and says no once there is none. */
struct judge {
    const struct lg_policy_request *request;
    size_t fuel;
};

static char fold(char byte, bool folds)
{
    return folds && byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

/* Goes back to the last `*` only: what an earlier one took more of, this one can take as well. */
static bool glob(struct judge *judge, struct lg_str pattern, struct lg_str text, bool folds)
{
    size_t p = 0, t = 0, star = SIZE_MAX, resume = 0;

    while (t < text.size) {
        if (judge->fuel == 0)
            return false;
        judge->fuel--;
        if (p < pattern.size && pattern.data[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size && (pattern.data[p] == '?' || fold(pattern.data[p], folds) ==
                                                                      fold(text.data[t], folds))) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size && pattern.data[p] == '*')
        p++;
    return p == pattern.size;
}

#define ARN_FIELDS 6

/* The last field of an ARN holds whatever colons are left. */
static struct lg_str cut_field(struct lg_str *rest, size_t index)
{
    size_t colon = index + 1 < ARN_FIELDS ? lg_str_find(*rest, ':', 0) : rest->size;
    struct lg_str field = lg_str_part(*rest, 0, colon);

    *rest = colon < rest->size ? lg_str_part(*rest, colon + 1, rest->size) : LG_STR_NONE;
    return field;
}

/* Field by field, as IAM compares ARNs; those that a short pattern leaves out may be anything. */
static bool matches_fields(struct judge *judge, struct lg_str pattern, struct lg_str arn)
{
    if (lg_str_is(pattern, "*"))
        return true;
    for (size_t i = 0; i < ARN_FIELDS && pattern.data != NULL; i++) {
        struct lg_str wanted = cut_field(&pattern, i);
        if (!glob(judge, wanted, cut_field(&arn, i), false))
            return false;
    }
    return true;
}

static bool has_variable(struct lg_str pattern)
{
    size_t at = lg_str_find(pattern, '$', 0);

    return at + 1 < pattern.size && pattern.data[at + 1] == '{';
}

static bool matches_narrowly(struct judge *judge, struct lg_str pattern)
{
    return matches_fields(judge, pattern, judge->request->resource);
}

static bool matches_widely(struct judge *judge, struct lg_str pattern)
{
    const struct lg_policy_request *request = judge->request;

    return has_variable(pattern) || matches_fields(judge, pattern, request->resource) ||
           glob(judge, pattern, request->resource, false) ||
           glob(judge, pattern, request->decoded, false);
}

static bool matches_action(struct judge *judge, struct lg_str pattern)
{
    return glob(judge, pattern, judge->request->action, true);
}

static bool meets(struct judge *judge, const struct lg_policy_texts *texts,
                  bool (*matches)(struct judge *judge, struct lg_str pattern))
{
    for (size_t i = 0; i < texts->count; i++) {
        if (matches(judge, texts->items[i]))
            return !texts->but;
    }
    return texts->but;
}

/* With NotResource it is the other way round: who is met is spared. */
static bool applies(struct judge *judge, const struct lg_policy_statement *statement)
{
    bool wide = statement->denies != statement->resources.but;

    return meets(judge, &statement->actions, matches_action) &&
           meets(judge, &statement->resources, wide ? matches_widely : matches_narrowly);
}

enum lg_policy_verdict lg_policy_judge(const struct lg_policy *policy,
                                       const struct lg_policy_request *request)
{
    struct judge judge = { request, LG_POLICY_FUEL };
    bool allowed = false, denied = false;

    for (size_t i = 0; i < policy->count && !denied; i++) {
        const struct lg_policy_statement *statement = &policy->statements[i];
        if (!statement->denies && (allowed || statement->conditional))
            continue;
        bool meant = applies(&judge, statement);
        denied = denied || (meant && statement->denies);
        allowed = allowed || (meant && !statement->denies);
    }
    if (judge.fuel == 0)
        return LG_POLICY_GAVE_UP;
    if (denied)
        return LG_POLICY_EXPLICIT_DENY;
    return allowed ? LG_POLICY_ALLOW : LG_POLICY_NO_ALLOW;
}
