/* fuzz_credentials.c -- documents with credentials, from STS, endpoints, programs and files. */
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "cloud/credential_text.h"
#include "cloud/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_json(struct lg_str text)
{
    static const struct lg_credentials_dialect *const dialects[] = { &lg_credentials_of_container,
                                                                     &lg_credentials_of_instance,
                                                                     &lg_credentials_of_process,
                                                                     &lg_credentials_of_sso };

    for (size_t i = 0; i < LG_COUNT(dialects); i++) {
        struct lg_credentials found;
        struct lg_buf reason;

        lg_buf_init(&reason, SIZE_MAX);
        if (lg_credentials_read_json(text, dialects[i], &found, &reason))
            lg_credentials_done(&found);
        lg_buf_done(&reason);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lg_str text = lg_str_make((const char *)data, size);
    struct lg_credentials found;
    struct lg_buf reason;

    lg_buf_init(&reason, SIZE_MAX);
    if (lg_credentials_read_xml(text, &found, &reason))
        lg_credentials_done(&found);
    lg_buf_done(&reason);
    read_json(text);
    (void)lg_credentials_time(text);
    (void)lg_profile_get(text, "profile shop", "role_arn");
    (void)lg_profile_get(text, "default", "region");
    return 0;
}
