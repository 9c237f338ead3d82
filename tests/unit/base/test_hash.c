/* The hash is SipHash-1-3, and its key is not known outside. */
#include "base/hash.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

Test(hash, every_byte_and_the_length_count)
{
    const struct lg_hash_key key = { 1, 2 };
    char bytes[40] = { 0 };

    for (size_t size = 0; size < sizeof(bytes); size++) {
        uint64_t hash = lg_hash_with(key, lg_str_make(bytes, size));

        cr_assert(ne(u64, hash, lg_hash_with(key, lg_str_make(bytes, size + 1))));
        for (size_t i = 0; i < size; i++) {
            bytes[i] = 1;
            cr_assert(ne(u64, hash, lg_hash_with(key, lg_str_make(bytes, size))), "%zu", i);
            bytes[i] = 0;
        }
    }
}

Test(hash, another_key_gives_another_hash)
{
    struct lg_str text = LG_STR("name");
    uint64_t hash = lg_hash_with((struct lg_hash_key){ 1, 2 }, text);

    cr_assert(ne(u64, hash, lg_hash_with((struct lg_hash_key){ 1, 3 }, text)));
    cr_assert(ne(u64, hash, lg_hash_with((struct lg_hash_key){ 0, 2 }, text)));
    cr_assert(ne(u64, lg_hash(text), lg_hash_with((struct lg_hash_key){ 0, 0 }, text)));
}

Test(hash, within_a_process_it_repeats)
{
    cr_assert(eq(u64, lg_hash(LG_STR("name")), lg_hash(LG_STR("name"))));
    cr_assert(ne(u64, lg_hash(LG_STR("name")), lg_hash(LG_STR("nama"))));
    cr_assert(eq(u64, lg_hash(LG_STR_NONE), lg_hash(LG_STR(""))));
}

Test(hash, the_published_answers_of_siphash_1_3_come_out)
{
    const struct lg_hash_key key = { UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908) };

    cr_assert(eq(u64, lg_hash_with(key, LG_STR("")), UINT64_C(0xabac0158050fc4dc)));
    cr_assert(eq(u64, lg_hash_with(key, LG_STR("\0")), UINT64_C(0xc9f49bf37d57ca93)));
}
