/* grant.c -- an answer's tree is read, and what counts of it is kept. */
#include "authorize/grant.h"

static const struct lg_json_limits limits = { .depth = 32, .values = LG_GRANT_BYTES };

/* --- the context ------------------------------------------------------------------------------ */

/* What the gateway says under these names is not the function's to say. */
static bool is_taken(const struct lg_json *member, const struct lg_grant_form *form)
{
    return lg_str_is(member->name, "principalId") ||
           (form->strings && lg_str_is(member->name, "integrationLatency"));
}

/* Returns why the context is none, or NULL. */
static const char *check_context(const struct lg_json *context, const struct lg_grant_form *form)
{
    if (context == NULL || context->type == LG_JSON_NULL)
        return NULL;
    if (context->type != LG_JSON_OBJECT)
        return "the context is no object";
    for (const struct lg_json *member = context->first; member != NULL; member = member->next) {
        if (form->strings && (member->type == LG_JSON_OBJECT || member->type == LG_JSON_ARRAY))
            return "the context of a REST API holds a list or an object";
        if (form->no_claims && lg_str_is(member->name, "claims"))
            return "the context holds \"claims\", a reserved name";
    }
    return NULL;
}

static void add_value(struct lg_buf *out, const struct lg_json *value, bool as_text)
{
    if (value->type == LG_JSON_STRING || as_text)
        lg_json_add_string(out, value->text);
    else
        lg_buf_add_str(out, value->text);
}

/* In a REST API null is no value. */
static void keep_context(struct lg_identity *identity, struct lg_grant *grant,
                         const struct lg_json *context, const struct lg_grant_form *form)
{
    struct lg_arena *arena = &identity->arena;
    size_t count = lg_json_is(context, LG_JSON_OBJECT) ? context->count : 0;
    struct lg_header *members = lg_arena_alloc(arena, (count + 1) * sizeof(*members));
    bool first = true;
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    identity->members = members;
    if (grant->principal.data != NULL)
        members[identity->member_count++] =
            (struct lg_header){ LG_STR("principalId"), grant->principal };
    for (const struct lg_json *member = count > 0 ? context->first : NULL; member != NULL;
         member = member->next) {
        if (is_taken(member, form) || (form->strings && member->type == LG_JSON_NULL))
            continue;
        lg_json_add_name_str(&out, &first, member->name);
        add_value(&out, member, form->strings);
        if (member->type != LG_JSON_NULL)
            members[identity->member_count++] =
                (struct lg_header){ lg_arena_str(arena, member->name),
                                    lg_arena_str(arena, member->text) };
    }
    grant->context_text = lg_arena_str(arena, lg_buf_str(&out));
    lg_buf_done(&out);
}

/* --- the answer ------------------------------------------------------------------------------- */

static const char *read_simple(const struct lg_json *answer, struct lg_grant *grant)
{
    const struct lg_json *authorized = lg_json_get(answer, "isAuthorized");

    grant->simple = true;
    grant->authorized = lg_json_is(authorized, LG_JSON_TRUE);
    if (!grant->authorized && !lg_json_is(authorized, LG_JSON_FALSE))
        return "isAuthorized is neither true nor false";
    return NULL;
}

static const char *read_policy(struct lg_arena *arena, const struct lg_json *answer,
                               struct lg_grant *grant)
{
    const struct lg_json *principal = lg_json_get(answer, "principalId");
    const struct lg_json *document = lg_json_get(answer, "policyDocument");
    const struct lg_json *key = lg_json_get(answer, "usageIdentifierKey");
    const char *reason;

    if (!lg_json_is(principal, LG_JSON_STRING))
        return "principalId is no text";
    if (!lg_json_is(document, LG_JSON_OBJECT))
        return "policyDocument is no object";
    if (key != NULL && key->type != LG_JSON_STRING && key->type != LG_JSON_NULL)
        return "usageIdentifierKey is no text";
    grant->principal = lg_arena_str(arena, principal->text);
    if (key != NULL && key->type == LG_JSON_STRING)
        grant->usage_key = lg_arena_str(arena, key->text);
    return lg_policy_read(arena, document, &grant->policy, &reason) == LG_OK ? NULL : reason;
}

static const char *read_answer(struct lg_identity *identity, const struct lg_json *answer,
                               const struct lg_grant_form *form)
{
    struct lg_grant *grant = LG_ARENA_NEW(&identity->arena, struct lg_grant);
    const struct lg_json *context = lg_json_get(answer, "context");
    const char *reason;

    identity->grant = grant;
    if (!lg_json_is(answer, LG_JSON_OBJECT))
        return "it is no object";
    reason =
        form->simple ? read_simple(answer, grant) : read_policy(&identity->arena, answer, grant);
    if (reason == NULL)
        reason = check_context(context, form);
    if (reason == NULL)
        keep_context(identity, grant, context, form);
    return reason;
}

enum lg_err lg_grant_read(struct lg_str answer, const struct lg_grant_form *form,
                          struct lg_identity **ret_identity, const char **reterr_reason)
{
    const char *reason = "it is no JSON, or holds a name twice";
    struct lg_identity *identity = lg_identity_new();
    struct lg_arena tree;
    struct lg_json *json;

    lg_arena_init(&tree);
    if (answer.size > LG_GRANT_BYTES)
        reason = "it is too long";
    else if (lg_json_read(&tree, answer, &limits, &json, NULL) == LG_OK)
        reason = read_answer(identity, json, form);
    lg_arena_done(&tree);
    if (reason == NULL) {
        *ret_identity = identity;
        return LG_OK;
    }
    lg_identity_unref(identity);
    *reterr_reason = reason;
    return LG_ERR_SYNTAX;
}

enum lg_policy_verdict lg_grant_judge(const struct lg_grant *grant,
                                      const struct lg_policy_request *request)
{
    if (!grant->simple)
        return lg_policy_judge(&grant->policy, request);
    return grant->authorized ? LG_POLICY_ALLOW : LG_POLICY_NO_ALLOW;
}

bool lg_grant_says_unauthorized(struct lg_str document)
{
    struct lg_arena tree;
    struct lg_json *json;

    lg_arena_init(&tree);
    bool says = document.size <= LG_GRANT_BYTES &&
                lg_json_read(&tree, document, &limits, &json, NULL) == LG_OK &&
                lg_json_is(lg_json_get(json, "errorMessage"), LG_JSON_STRING) &&
                lg_str_is(lg_json_get(json, "errorMessage")->text, "Unauthorized");
    lg_arena_done(&tree);
    return says;
}
