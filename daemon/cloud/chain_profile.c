/*
 * chain_profile.c -- the shared files, ~/.aws/credentials and ~/.aws/config: keys, roles that other
 * profiles may take, web identities, programs, SSO.
 *
 * The credentials file wins for each value. A profile as the source of another one is asked for its
 * keys first, so that it may name itself.
 */
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cloud/chain_private.h"
#include "cloud/credential_text.h"
#include "cloud/profile.h"
#include "cloud/secret_file.h"

#define DEPTH_MAX 8

struct files {
    char *credentials, *config; /* NULL: not there */
    size_t credentials_size, config_size;
};

struct profile {
    const struct files *files;
    struct lg_chain *chain;
    char *name, *section; /* owned: in the credentials file, and in the other */
};

/* --- the files -------------------------------------------------------------------------------- */

static char *home_path(const char *below)
{
    const char *home = lg_chain_variable("HOME");
    struct passwd entry, *found = NULL;
    char room[4096];

    if (home == NULL && getpwuid_r(geteuid(), &entry, room, sizeof(room), &found) == 0 &&
        found != NULL)
        home = found->pw_dir;
    return home == NULL ? NULL : lg_sprintf("%s/%s", home, below);
}

static char *read_file(const char *variable, const char *below, size_t *ret_size)
{
    const char *given = lg_chain_variable(variable);
    char *path = given != NULL ? lg_strdup(given) : home_path(below), *text = NULL;

    *ret_size = 0;
    if (path == NULL || lg_secret_read(path, &text, ret_size) != LG_OK)
        text = NULL;
    free(path);
    return text;
}

static void read_files(struct files *files)
{
    files->credentials =
        read_file("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials", &files->credentials_size);
    files->config = read_file("AWS_CONFIG_FILE", ".aws/config", &files->config_size);
}

static void free_files(struct files *files)
{
    lg_secret_free(files->credentials, files->credentials_size);
    lg_secret_free(files->config, files->config_size);
}

const char *lg_chain_profile_name(const struct lg_chain_settings *settings)
{
    if (settings->profile != NULL)
        return settings->profile;
    const char *named = lg_chain_variable("AWS_PROFILE");
    if (named == NULL)
        named = lg_chain_variable("AWS_DEFAULT_PROFILE");
    return named != NULL ? named : "default";
}

static struct lg_str in_credentials(const struct profile *profile)
{
    return lg_str_make(profile->files->credentials, profile->files->credentials_size);
}

static struct lg_str in_config(const struct profile *profile)
{
    return lg_str_make(profile->files->config, profile->files->config_size);
}

static void open_profile(struct profile *profile, const struct files *files, struct lg_chain *chain,
                         struct lg_str name)
{
    profile->files = files;
    profile->chain = chain;
    profile->name = lg_strndup(name.data, name.size);
    profile->section = lg_sprintf("profile %s", profile->name);
    /* The default one needs no word before its name, and has it all the same in some files. */
    if (strcmp(profile->name, "default") == 0 &&
        !lg_profile_has(in_config(profile), profile->section)) {
        free(profile->section);
        profile->section = lg_strdup("default");
    }
}

static void close_profile(struct profile *profile)
{
    free(profile->name);
    free(profile->section);
}

static struct lg_str get(const struct profile *profile, const char *key)
{
    struct lg_str value = lg_profile_get(in_credentials(profile), profile->name, key);

    return value.size > 0 ? value : lg_profile_get(in_config(profile), profile->section, key);
}

static bool exists(const struct profile *profile)
{
    return lg_profile_has(in_credentials(profile), profile->name) ||
           lg_profile_has(in_config(profile), profile->section);
}

/* --- what a profile may hold ------------------------------------------------------------------ */

static enum lg_found resolve(const struct profile *profile, unsigned depth,
                             struct lg_chain_result *result, struct lg_buf *reason);

static enum lg_found found_if(bool good)
{
    return good ? LG_FOUND : LG_FOUND_FAULT;
}

static enum lg_found take_keys(const struct profile *profile, struct lg_chain_result *result,
                               struct lg_buf *reason)
{
    lg_chain_say(result, "profile %s", profile->name);
    return found_if(lg_credentials_take(
        get(profile, "aws_access_key_id"), get(profile, "aws_secret_access_key"),
        get(profile, "aws_session_token"), &result->credentials, reason));
}

static enum lg_found take_process(const struct profile *profile, struct lg_chain_result *result,
                                  struct lg_buf *reason)
{
    lg_chain_say(result, "profile %s, credential_process", profile->name);
    return found_if(
        lg_chain_process(profile->chain, get(profile, "credential_process"), result, reason));
}

static enum lg_found take_sso(const struct profile *profile, struct lg_chain_result *result,
                              struct lg_buf *reason)
{
    struct lg_str session = get(profile, "sso_session");
    struct lg_chain_sso sso = { .cache_key = get(profile, "sso_start_url"),
                                .region = get(profile, "sso_region"),
                                .account_id = get(profile, "sso_account_id"),
                                .role_name = get(profile, "sso_role_name") };

    if (session.size > 0) {
        char *section = lg_sprintf("sso-session %.*s", LG_STR_ARG(session));

        sso.cache_key = session;
        sso.renews = true;
        if (sso.region.size == 0)
            sso.region = lg_profile_get(in_config(profile), section, "sso_region");
        free(section);
    }
    lg_chain_say(result, "profile %s, SSO", profile->name);
    return found_if(lg_chain_sso(profile->chain, &sso, result, reason));
}

static struct lg_chain_role role_of(const struct profile *profile)
{
    struct lg_chain_role role = { .arn = get(profile, "role_arn"),
                                  .session_name = get(profile, "role_session_name"),
                                  .external_id = get(profile, "external_id") };
    uint64_t seconds;

    if (lg_str_to_u64(get(profile, "duration_seconds"), &seconds) == LG_OK && seconds <= 43200)
        role.duration_s = (int64_t)seconds;
    return role;
}

static enum lg_found from_source(const struct profile *profile, struct lg_str name, unsigned depth,
                                 struct lg_chain_result *result, struct lg_buf *reason)
{
    struct profile source;
    enum lg_found found;

    open_profile(&source, profile->files, profile->chain, name);
    found = exists(&source) ? resolve(&source, depth + 1, result, reason) : LG_FOUND_NOTHING;
    if (found == LG_FOUND_NOTHING) {
        lg_buf_printf(reason, "its source_profile %s has no credentials", source.name);
        found = LG_FOUND_FAULT;
    }
    close_profile(&source);
    return found;
}

static enum lg_found from_word(const struct profile *profile, struct lg_str word,
                               struct lg_chain_result *result, struct lg_buf *reason)
{
    static const struct {
        const char *word;
        lg_place_fn *find;
    } words[] = { { "Environment", lg_chain_environment },
                  { "Ec2InstanceMetadata", lg_chain_instance },
                  { "EcsContainer", lg_chain_container } };

    for (size_t i = 0; i < LG_COUNT(words); i++) {
        if (!lg_str_is(word, words[i].word))
            continue;
        enum lg_found found = words[i].find(profile->chain, result, reason);
        if (found == LG_FOUND_NOTHING)
            lg_buf_printf(reason, "its credential_source %s has no credentials", words[i].word);
        return found == LG_FOUND ? LG_FOUND : LG_FOUND_FAULT;
    }
    lg_buf_add_cstr(reason, "its credential_source is not Environment, Ec2InstanceMetadata or "
                            "EcsContainer");
    return LG_FOUND_FAULT;
}

static enum lg_found take_role(const struct profile *profile, unsigned depth,
                               struct lg_chain_result *result, struct lg_buf *reason)
{
    struct lg_str token_file = get(profile, "web_identity_token_file");
    struct lg_str source = get(profile, "source_profile"), word = get(profile, "credential_source");
    const struct lg_chain_role role = role_of(profile);
    enum lg_found found;

    if (token_file.size > 0) {
        char *path = lg_strndup(token_file.data, token_file.size);
        bool good = lg_chain_assume_by_token(profile->chain, &role, path, result, reason);

        free(path);
        return found_if(good);
    }
    if ((source.size > 0) == (word.size > 0)) {
        lg_buf_add_cstr(reason, "a role_arn needs one of source_profile and credential_source");
        return LG_FOUND_FAULT;
    }
    if (get(profile, "mfa_serial").size > 0) {
        lg_buf_add_cstr(reason, "its role asks for a code (mfa_serial), which nobody is there to "
                                "type");
        return LG_FOUND_FAULT;
    }
    found = source.size > 0 ? from_source(profile, source, depth, result, reason)
                            : from_word(profile, word, result, reason);
    if (found == LG_FOUND && !lg_chain_assume(profile->chain, &role, result, reason)) {
        lg_credentials_done(&result->credentials);
        found = LG_FOUND_FAULT;
    }
    return found;
}

static enum lg_found resolve(const struct profile *profile, unsigned depth,
                             struct lg_chain_result *result, struct lg_buf *reason)
{
    bool has_keys = get(profile, "aws_access_key_id").size > 0;

    if (depth > DEPTH_MAX) {
        lg_buf_add_cstr(reason, "its profiles are sources of each other");
        return LG_FOUND_FAULT;
    }
    if (get(profile, "role_arn").size > 0 && !(depth > 0 && has_keys))
        return take_role(profile, depth, result, reason);
    if (has_keys)
        return take_keys(profile, result, reason);
    if (get(profile, "credential_process").size > 0)
        return take_process(profile, result, reason);
    if (get(profile, "sso_session").size > 0 || get(profile, "sso_start_url").size > 0)
        return take_sso(profile, result, reason);
    return LG_FOUND_NOTHING;
}

enum lg_found lg_chain_profile(struct lg_chain *chain, struct lg_chain_result *ret_result,
                               struct lg_buf *reterr_reason)
{
    const char *name = lg_chain_profile_name(chain->settings);
    enum lg_found found = LG_FOUND_NOTHING;
    struct files files = { 0 };
    struct profile profile;
    struct lg_buf reason;

    read_files(&files);
    lg_buf_init(&reason, SIZE_MAX);
    open_profile(&profile, &files, chain, lg_str_of(name));
    if (exists(&profile)) {
        found = resolve(&profile, 0, ret_result, &reason);
    } else if (chain->settings->profile != NULL || strcmp(name, "default") != 0) {
        lg_buf_add_cstr(&reason, "it is in neither of the shared files");
        found = LG_FOUND_FAULT;
    }
    if (found == LG_FOUND_FAULT)
        lg_buf_printf(reterr_reason, "profile %s: %.*s", name, LG_STR_ARG(lg_buf_str(&reason)));
    close_profile(&profile);
    lg_buf_done(&reason);
    free_files(&files);
    return found;
}

char *lg_chain_region(const struct lg_chain_settings *settings)
{
    const char *region = settings->region;
    struct files files = { 0 };
    struct profile profile;

    if (region == NULL)
        region = lg_chain_variable("AWS_REGION");
    if (region == NULL)
        region = lg_chain_variable("AWS_DEFAULT_REGION");
    if (region != NULL)
        return lg_strdup(region);
    read_files(&files);
    open_profile(&profile, &files, NULL, lg_str_of(lg_chain_profile_name(settings)));
    struct lg_str found = get(&profile, "region");
    char *copy = found.size > 0 ? lg_strndup(found.data, found.size) : NULL;
    close_profile(&profile);
    free_files(&files);
    return copy;
}
