/*
 * chain.h -- where AWS credentials come from when nobody says it in one word: one place after the
 * other, as in AWS's SDKs.
 *
 *     environment -> profile (role, keys, web identity, process, SSO) -> web identity
 *     -> container, or else instance -> IAM Roles Anywhere
 *
 * A place that is not set up is passed over; one that is set up and fails ends the search, since
 * the next one would be somebody else. A profile that is named takes the environment's place.
 *
 * Everything here waits: files, programs, answers of servers. Never on a loop.
 */
#ifndef LG_CLOUD_CHAIN_H
#define LG_CLOUD_CHAIN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "cloud/credentials.h"

/* NULL is "not said" everywhere. Borrowed. */
struct lg_chain_settings {
    enum lg_config_provider provider;
    const struct lg_config_credentials_from *from; /* where provider is LG_PROVIDER_FILES */
    const char *region, *profile;
    const char *sts_endpoint, *ca_file;
    const struct lg_config_assume_role *first_role, *role; /* assumed with what was found */
    const struct lg_config_roles_anywhere *anywhere;
    const char *role_session; /* the name of sessions that have none of their own */
};

struct lg_chain {
    const struct lg_chain_settings *settings;
    const atomic_bool *ended; /* set by another thread: give up; NULL: nobody does */
    int64_t skew_ms;          /* of AWS's clock, as far as it is known; set by what is answered */
};

/* What was found, and where. */
struct lg_chain_result {
    struct lg_credentials credentials;
    char provider[128]; /* "profile shop, role arn:..." */
    bool outlive;       /* AWS takes them beyond their end where there are no others */
};

/* False: a reason is appended, which holds no secret. */
bool lg_chain_resolve(struct lg_chain *chain, struct lg_chain_result *ret_result,
                      struct lg_buf *reterr_reason);

/* Who one is, as STS says it: three texts to be freed. False: a reason is appended. */
struct lg_chain_identity {
    char *account, *arn, *user_id;
};
bool lg_chain_whoami(struct lg_chain *chain, const struct lg_credentials *credentials,
                     struct lg_chain_identity *ret_identity, struct lg_buf *reterr_reason);
void lg_chain_identity_done(struct lg_chain_identity *identity);

/*
 * The region: of the settings, AWS_REGION, AWS_DEFAULT_REGION, or the profile. To be freed; NULL:
 * nobody says one.
 */
char *lg_chain_region(const struct lg_chain_settings *settings);

#endif
