/* chain_private.h -- what chain*.c share: the places, each a function. */
#ifndef LG_CLOUD_CHAIN_PRIVATE_H
#define LG_CLOUD_CHAIN_PRIVATE_H

#include <stdlib.h>

#include "cloud/chain.h"
#include "cloud/web_call.h"

enum lg_found {
    LG_FOUND,
    LG_FOUND_NOTHING, /* it is not set up; no reason was appended */
    LG_FOUND_FAULT    /* it is, and failed; the reason was appended */
};

typedef enum lg_found lg_place_fn(struct lg_chain *chain, struct lg_chain_result *ret_result,
                                  struct lg_buf *reterr_reason);

lg_place_fn lg_chain_environment, lg_chain_files, lg_chain_profile, lg_chain_web_identity,
    lg_chain_container, lg_chain_instance, lg_chain_anywhere;

/* What was found is said once, and the roles that were taken with it behind it. */
__attribute__((format(printf, 2, 3))) void lg_chain_say(struct lg_chain_result *result,
                                                        const char *format, ...);

/* A variable that is set to nothing is not set. */
static inline const char *lg_chain_variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* The whole of a file that holds a token: blanks around it are not of it. lg_secret_free() it. */
bool lg_chain_read_token(const char *path, char **ret_text, size_t *ret_size,
                         struct lg_str *ret_token, struct lg_buf *reterr_reason);

/* The shared files: chain_profile.c. Profiles that name themselves as their source are cut there.
 */
const char *lg_chain_profile_name(const struct lg_chain_settings *settings);

/* chain_process.c: runs `command`, and reads what it prints. */
bool lg_chain_process(struct lg_chain *chain, struct lg_str command,
                      struct lg_chain_result *ret_result, struct lg_buf *reterr_reason);

/* chain_sso.c */
struct lg_chain_sso {
    struct lg_str cache_key; /* the session's name, or the start address */
    struct lg_str region, account_id, role_name;
    bool renews; /* a session by name: its token may be renewed */
};
bool lg_chain_sso(struct lg_chain *chain, const struct lg_chain_sso *sso,
                  struct lg_chain_result *ret_result, struct lg_buf *reterr_reason);

struct lg_arena;
struct lg_json;

/*
 * chain_sso_token.c: asks for another token with what `cached`, the file at `path`, holds for that,
 * and keeps it there. False: it cannot be renewed, or was not. *ret_token lies in the arena.
 */
bool lg_chain_sso_renew(struct lg_chain *chain, struct lg_str region, const char *path,
                        struct lg_arena *arena, const struct lg_json *cached,
                        struct lg_str *ret_token);

/* chain_sts.c. A role is taken with what `result` holds, which is replaced by the role's. */
struct lg_chain_role {
    struct lg_str arn, session_name, external_id;
    int64_t duration_s; /* 0: the role's own default */
};
bool lg_chain_assume(struct lg_chain *chain, const struct lg_chain_role *role,
                     struct lg_chain_result *result, struct lg_buf *reterr_reason);
bool lg_chain_assume_by_token(struct lg_chain *chain, const struct lg_chain_role *role,
                              const char *token_file, struct lg_chain_result *ret_result,
                              struct lg_buf *reterr_reason);

/* The region for calls of our own: us-east-1 where nobody says one. To be freed. */
char *lg_chain_call_region(const struct lg_chain *chain);

#endif
