/* fuzz_profile.c -- any bytes as a shared credentials file: whatever is found lies within them. */
#include <assert.h>
#include <stdint.h>

#include "cloud/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void is_within(struct lg_str part, const char *text, size_t size)
{
    assert(part.size == 0 || (part.data >= text && part.data + part.size <= text + size));
    for (size_t i = 0; i < part.size; i++)
        assert(part.data[i] != '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct lg_profile profile;

    if (lg_profile_read(lg_str_make(text, size), "a", &profile) == LG_OK) {
        is_within(profile.access_key_id, text, size);
        is_within(profile.secret_access_key, text, size);
        is_within(profile.session_token, text, size);
    }
    return 0;
}
