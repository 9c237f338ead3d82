/* aws.c -- lambdagate aws whoami: which credentials AWS would be called with, and whose they are.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cloud/credential_set.h"
#include "config/config.h"
#include "options.h"

static void print_identity(const struct lg_chain_identity *identity,
                           const struct lg_chain_result *result)
{
    char stamp[LG_CLOCK_ISO_SIZE] = "further notice";

    if (result->credentials.expires_ms > 0)
        lg_clock_iso(result->credentials.expires_ms, stamp);
    printf("arn:      %s\naccount:  %s\nuser id:  %s\nfrom:     %s\nkey id:   %s\nuntil:    %s\n",
           identity->arn, identity->account, identity->user_id, result->provider,
           result->credentials.access_key_id, stamp);
}

static int tell(const struct lg_chain_settings *settings)
{
    struct lg_chain chain = { .settings = settings };
    struct lg_chain_identity identity;
    struct lg_chain_result result;
    int status = LG_EXIT_FAILED;
    struct lg_buf reason;

    lg_buf_init(&reason, SIZE_MAX);
    if (!lg_chain_resolve(&chain, &result, &reason)) {
        lg_complain("no credentials: %.*s", LG_STR_ARG(lg_buf_str(&reason)));
    } else if (!lg_chain_whoami(&chain, &result.credentials, &identity, &reason)) {
        lg_complain("credentials of %s: %.*s", result.provider, LG_STR_ARG(lg_buf_str(&reason)));
    } else {
        print_identity(&identity, &result);
        lg_chain_identity_done(&identity);
        status = LG_EXIT_OK;
    }
    lg_credentials_done(&result.credentials);
    lg_buf_done(&reason);
    return status;
}

static const struct lg_config_function *find_function(const struct lg_config *config,
                                                      const char *name)
{
    for (size_t i = 0; i < config->function_count; i++) {
        if (strcmp(config->functions[i].name, name) == 0)
            return &config->functions[i];
    }
    return NULL;
}

static int tell_of_file(const char *file, const char *name)
{
    struct lg_faults *faults = lg_faults_new();
    struct lg_config *config = lg_config_load(file, faults);
    int status = LG_EXIT_FAILED;

    if (config == NULL) {
        struct lg_buf text;

        lg_buf_init(&text, SIZE_MAX);
        lg_faults_print(faults, &text);
        (void)fwrite(text.data, 1, text.size, stderr);
        lg_buf_done(&text);
    } else {
        const struct lg_config_function *function =
            name == NULL ? NULL : find_function(config, name);
        struct lg_chain_settings settings =
            lg_credential_settings(config->aws, function == NULL ? NULL : function->credentials);

        if (name != NULL && function == NULL)
            lg_complain("%s has no function %s", file, name);
        else if (function != NULL && function->credentials == NULL)
            lg_complain("function %s has no credentials", name);
        else
            status = tell(&settings);
    }
    lg_config_free(config);
    lg_faults_free(faults);
    return status;
}

static int run(const struct lg_command *command, int argc, char **argv)
{
    const char *profile = NULL, *function = NULL, *operands[2] = { NULL, NULL };
    const struct lg_option options[] = { { .name = "profile", .value = &profile },
                                         { .name = "function", .value = &function } };
    const struct lg_grammar grammar = {
        .options = options, .option_count = LG_COUNT(options), .least = 1, .most = 2
    };
    int status;

    if (!lg_options_read(command, argc, argv, &grammar, operands, &status))
        return status;
    if (strcmp(operands[0], "whoami") != 0)
        return lg_command_misused(command, "there is no `aws %s`, only `aws whoami`", operands[0]);
    if (operands[1] != NULL && profile == NULL)
        return tell_of_file(operands[1], function);
    if (function != NULL || operands[1] != NULL)
        return lg_command_misused(command, function != NULL ? "--function goes with a FILE"
                                                            : "--profile goes without a FILE");

    const struct lg_config_aws aws = { .profile = profile };
    const struct lg_chain_settings settings = lg_credential_settings(&aws, NULL);

    return tell(&settings);
}

const struct lg_command lg_command_aws = {
    .name = "aws",
    .arguments = "whoami [FILE [--function NAME] | --profile NAME]",
    .summary = "Tell which AWS credentials are found here, and whose they are.",
    .help = "  FILE             a configuration file: as its `aws` says\n"
            "  --function NAME  those that this function of FILE is given\n"
            "  --profile NAME   a profile of the shared files\n"
            "\n"
            "They are looked for here, with this environment and as this user, and AWS is asked "
            "whose\nthey are (STS GetCallerIdentity). No secret is printed.\n",
    .run = run,
};
