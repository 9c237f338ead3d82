/* fuzz_grant.c -- answers of Lambda authorizers: whatever is read tells a context that is JSON, and
 * allows nothing that a part of it denies. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "authorize/grant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ARN "arn:aws:execute-api:eu-west-1:123456789012:ab12cd34ef/prod/GET/"

static void check_context(const struct lg_grant *grant, const struct lg_grant_form *form)
{
    struct lg_arena arena;
    struct lg_json *json;
    struct lg_buf out;

    lg_arena_init(&arena);
    lg_buf_init(&out, SIZE_MAX);
    lg_buf_add_char(&out, '{');
    lg_buf_add_str(&out, grant->context_text);
    lg_buf_add_char(&out, '}');
    enum lg_err err = lg_json_read(&arena, lg_buf_str(&out), &lg_json_default_limits, &json, NULL);
    assert(err == LG_OK && json->type == LG_JSON_OBJECT);
    assert(lg_json_get(json, "principalId") == NULL);
    assert(!form->no_claims || lg_json_get(json, "claims") == NULL);
    for (const struct lg_json *member = json->first; member != NULL; member = member->next)
        assert(!form->strings || member->type == LG_JSON_STRING);
    lg_buf_done(&out);
    lg_arena_done(&arena);
}

/* A policy that allows must hold a statement that does so by itself, without conditions. */
static bool may_allow(const struct lg_policy *policy)
{
    for (size_t i = 0; i < policy->count; i++) {
        if (!policy->statements[i].denies && !policy->statements[i].conditional)
            return true;
    }
    return false;
}

/* The request is the first line, the answer the rest. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lg_str text = lg_str_make((const char *)data, size);
    size_t end = lg_str_find(text, '\n', 0);
    struct lg_str path = lg_str_part(text, 0, end < 2048 ? end : 2048);
    struct lg_str answer = lg_str_part(text, end + 1, size);
    char arn[sizeof(ARN) + 2048];

    memcpy(arn, ARN, sizeof(ARN) - 1);
    if (path.size > 0)
        memcpy(arn + sizeof(ARN) - 1, path.data, path.size);
    struct lg_str resource = lg_str_make(arn, sizeof(ARN) - 1 + path.size);
    const struct lg_policy_request request = { LG_STR("execute-api:Invoke"), resource, resource };
    for (unsigned bits = 0; bits < 8; bits++) {
        const struct lg_grant_form form = { (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0 };
        struct lg_identity *identity;
        const char *reason = NULL;

        if (lg_grant_read(answer, &form, &identity, &reason) != LG_OK) {
            assert(reason != NULL);
            continue;
        }
        check_context(identity->grant, &form);
        if (lg_grant_judge(identity->grant, &request) == LG_POLICY_ALLOW)
            assert(form.simple ? identity->grant->authorized : may_allow(&identity->grant->policy));
        lg_identity_unref(identity);
    }
    (void)lg_grant_says_unauthorized(answer);
    return 0;
}
