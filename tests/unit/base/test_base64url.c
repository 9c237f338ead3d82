/* Unpadded base64url, one spelling a value. */
#include "base/base64url.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

static bool decodes(const char *text, const char *wanted, size_t wanted_size)
{
    unsigned char bytes[64];
    size_t size = 99;

    cr_assert(strlen(text) < sizeof(bytes));
    if (lg_base64url_decode(lg_str_of(text), bytes, &size) != LG_OK)
        return false;
    return size == wanted_size && memcmp(bytes, wanted, size) == 0;
}

static bool refused(const char *text)
{
    unsigned char bytes[64];
    size_t size;

    return lg_base64url_decode(lg_str_of(text), bytes, &size) == LG_ERR_SYNTAX;
}

Test(base64url, every_length_is_decoded)
{
    cr_expect(decodes("", "", 0));
    cr_expect(decodes("Zg", "f", 1));
    cr_expect(decodes("Zm8", "fo", 2));
    cr_expect(decodes("Zm9v", "foo", 3));
    cr_expect(decodes("Zm9vYmFy", "foobar", 6));
    cr_expect(decodes("-_-_", "\xfb\xff\xbf", 3));
}

Test(base64url, what_is_not_the_alphabet_is_refused)
{
    cr_expect(refused("Zg=="), "expected padding to be refused");
    cr_expect(refused("+/+/"));
    cr_expect(refused("Zm 9"));
    cr_expect(refused("Zm9\n"));
    cr_expect(refused("Zm9\x80"));
    cr_expect(refused("Z"), "no bytes have the length 1");
    cr_expect(refused("Zm9vY"));
}

Test(base64url, bits_that_no_byte_needs_must_be_zero)
{
    cr_expect(refused("Zh"));
    cr_expect(refused("Zm9"));
    cr_expect(refused("Zm9vZk"));
    cr_expect(decodes("Zm9vZg", "foof", 4));
}

Test(base64url, what_is_encoded_decodes_to_itself)
{
    struct lg_buf out;
    char bytes[40];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * 37 + 200);
    lg_buf_init(&out, SIZE_MAX);
    for (size_t size = 0; size < sizeof(bytes); size++) {
        lg_buf_clear(&out);
        lg_base64url_encode(&out, lg_str_make(bytes, size));
        unsigned char back[LG_BASE64URL_ROOM(sizeof(bytes) * 2)];
        size_t back_size;
        cr_assert(eq(int, lg_base64url_decode(lg_buf_str(&out), back, &back_size), LG_OK));
        cr_assert(eq(sz, back_size, size));
        cr_assert(memcmp(back, bytes, size) == 0);
    }
    lg_buf_done(&out);
}
