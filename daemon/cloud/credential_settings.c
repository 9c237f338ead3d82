/* credential_settings.c -- from the configuration to what the chain wants to know, and its copies.
 */
#include "base/arena.h"
#include "cloud/chain_private.h"
#include "cloud/credential_private.h"

struct lg_chain_settings lg_credential_settings(const struct lg_config_aws *aws,
                                                const struct lg_config_credentials *credentials)
{
    struct lg_chain_settings settings = { 0 };

    if (aws != NULL)
        settings = (struct lg_chain_settings){
            .provider = aws->from != NULL ? LG_PROVIDER_FILES : aws->provider,
            .from = aws->from,
            .region = aws->region,
            .profile = aws->profile,
            .sts_endpoint = aws->sts_endpoint,
            .ca_file = aws->ca_file,
            .role = aws->role,
            .anywhere = aws->anywhere,
        };
    if (settings.ca_file == NULL)
        settings.ca_file = lg_chain_variable("AWS_CA_BUNDLE");
    if (credentials == NULL)
        return settings;
    if (credentials->from != NULL || credentials->source == LG_SOURCE_ENVIRONMENT) {
        settings.provider = credentials->from != NULL ? LG_PROVIDER_FILES : LG_PROVIDER_ENVIRONMENT;
        settings.from = credentials->from;
        settings.role = NULL;
    }
    /* Two roles one after the other are the daemon's own, and then the function's. */
    if (credentials->role != NULL && settings.role != NULL) {
        settings.first_role = settings.role;
        settings.role = credentials->role;
    } else if (credentials->role != NULL) {
        settings.role = credentials->role;
    }
    return settings;
}

/* --- as text ---------------------------------------------------------------------------------- */

static void add(struct lg_buf *out, const char *text)
{
    if (text == NULL)
        lg_buf_add_cstr(out, "-\n");
    else
        lg_buf_printf(out, "%zu:%s\n", strlen(text), text);
}

static void add_role(struct lg_buf *out, const struct lg_config_assume_role *role)
{
    if (role == NULL) {
        add(out, NULL);
        return;
    }
    add(out, role->arn);
    add(out, role->session_name);
    add(out, role->external_id);
    lg_buf_printf(out, "%lld\n", (long long)role->duration_ms);
}

void lg_credential_identity(struct lg_buf *out, const struct lg_chain_settings *settings)
{
    const struct lg_config_credentials_from none = { 0 }, *from = settings->from;
    const struct lg_config_roles_anywhere nowhere = { 0 }, *anywhere = settings->anywhere;

    from = from == NULL ? &none : from;
    anywhere = anywhere == NULL ? &nowhere : anywhere;
    const char *const texts[] = {
        settings->region,
        settings->profile,
        settings->sts_endpoint,
        settings->ca_file,
        settings->role_session,
        from->file,
        from->profile,
        from->access_key_id,
        from->secret_access_key_file,
        from->session_token_file,
        anywhere->certificate,
        anywhere->private_key,
        anywhere->chain,
        anywhere->trust_anchor_arn,
        anywhere->profile_arn,
        anywhere->role_arn,
        anywhere->endpoint,
    };

    lg_buf_printf(out, "%d\n", (int)settings->provider);
    for (size_t i = 0; i < LG_COUNT(texts); i++)
        add(out, texts[i]);
    add_role(out, settings->first_role);
    add_role(out, settings->role);
}

/* --- copies ----------------------------------------------------------------------------------- */

static const struct lg_config_assume_role *copy_role(struct lg_arena *arena,
                                                     const struct lg_config_assume_role *role)
{
    if (role == NULL)
        return NULL;
    struct lg_config_assume_role *own = lg_arena_copy(arena, role, sizeof(*role));
    own->arn = lg_arena_cstr_or_null(arena, role->arn);
    own->session_name = lg_arena_cstr_or_null(arena, role->session_name);
    own->external_id = lg_arena_cstr_or_null(arena, role->external_id);
    return own;
}

static const struct lg_config_credentials_from *
copy_from(struct lg_arena *arena, const struct lg_config_credentials_from *from)
{
    if (from == NULL)
        return NULL;
    struct lg_config_credentials_from *own = LG_ARENA_NEW(arena, struct lg_config_credentials_from);
    own->file = lg_arena_cstr_or_null(arena, from->file);
    own->profile = lg_arena_cstr_or_null(arena, from->profile);
    own->access_key_id = lg_arena_cstr_or_null(arena, from->access_key_id);
    own->secret_access_key_file = lg_arena_cstr_or_null(arena, from->secret_access_key_file);
    own->session_token_file = lg_arena_cstr_or_null(arena, from->session_token_file);
    return own;
}

static const struct lg_config_roles_anywhere *
copy_anywhere(struct lg_arena *arena, const struct lg_config_roles_anywhere *anywhere)
{
    if (anywhere == NULL)
        return NULL;
    struct lg_config_roles_anywhere *own = LG_ARENA_NEW(arena, struct lg_config_roles_anywhere);
    own->certificate = lg_arena_cstr_or_null(arena, anywhere->certificate);
    own->private_key = lg_arena_cstr_or_null(arena, anywhere->private_key);
    own->chain = lg_arena_cstr_or_null(arena, anywhere->chain);
    own->trust_anchor_arn = lg_arena_cstr_or_null(arena, anywhere->trust_anchor_arn);
    own->profile_arn = lg_arena_cstr_or_null(arena, anywhere->profile_arn);
    own->role_arn = lg_arena_cstr_or_null(arena, anywhere->role_arn);
    own->endpoint = lg_arena_cstr_or_null(arena, anywhere->endpoint);
    return own;
}

void lg_chain_settings_copy(struct lg_arena *arena, const struct lg_chain_settings *settings,
                            struct lg_chain_settings *ret_copy)
{
    *ret_copy = (struct lg_chain_settings){
        .provider = settings->provider,
        .from = copy_from(arena, settings->from),
        .region = lg_arena_cstr_or_null(arena, settings->region),
        .profile = lg_arena_cstr_or_null(arena, settings->profile),
        .sts_endpoint = lg_arena_cstr_or_null(arena, settings->sts_endpoint),
        .ca_file = lg_arena_cstr_or_null(arena, settings->ca_file),
        .first_role = copy_role(arena, settings->first_role),
        .role = copy_role(arena, settings->role),
        .anywhere = copy_anywhere(arena, settings->anywhere),
        .role_session = lg_arena_cstr_or_null(arena, settings->role_session),
    };
}
