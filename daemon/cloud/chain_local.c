/* chain_local.c -- places that only this machine is asked about: the environment, named files. */
#include "cloud/chain_private.h"

enum lg_found lg_chain_environment(struct lg_chain *chain, struct lg_chain_result *ret_result,
                                   struct lg_buf *reterr_reason)
{
    (void)chain;
    if (lg_chain_variable("AWS_ACCESS_KEY_ID") == NULL &&
        lg_chain_variable("AWS_SECRET_ACCESS_KEY") == NULL)
        return LG_FOUND_NOTHING;
    lg_chain_say(ret_result, "environment");
    return lg_credentials_read_local(NULL, &ret_result->credentials, reterr_reason)
               ? LG_FOUND
               : LG_FOUND_FAULT;
}

enum lg_found lg_chain_files(struct lg_chain *chain, struct lg_chain_result *ret_result,
                             struct lg_buf *reterr_reason)
{
    const struct lg_config_credentials_from *from = chain->settings->from;

    if (from == NULL)
        return LG_FOUND_NOTHING;
    lg_chain_say(ret_result, "file %s",
                 from->file != NULL ? from->file : from->secret_access_key_file);
    return lg_credentials_read_local(from, &ret_result->credentials, reterr_reason)
               ? LG_FOUND
               : LG_FOUND_FAULT;
}
