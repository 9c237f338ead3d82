/* What daemon and keeper say to each other arrives as it was said, or is refused. */
#include "keeper/protocol.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <string.h>

#include "keeper/keeper.h"

static const char *const words[] = { "python3", "-c", "", "print('\xc3\xa4')", NULL };
static const char *const pairs[] = { "PATH=/bin", "EMPTY=", "A=b=c", NULL };
static const char *const nothing[] = { NULL };

static const struct lg_keeper_message spawn_message = { .kind = LG_KEEPER_SPAWN,
                                                        .ticket = UINT64_MAX,
                                                        .directory = "/srv/app",
                                                        .argv = words,
                                                        .environment = pairs };

static struct lg_arena arena;
static struct lg_buf bytes;

static void set_up(void)
{
    lg_arena_init(&arena);
    lg_buf_init(&bytes, LG_KEEPER_MESSAGE_MAX);
}

static void tear_down(void)
{
    lg_buf_done(&bytes);
    lg_arena_done(&arena);
}

TestSuite(protocol, .init = set_up, .fini = tear_down);

static struct lg_keeper_message decode_again(const struct lg_keeper_message *message)
{
    struct lg_keeper_message decoded = { 0 };

    lg_buf_clear(&bytes);
    cr_assert(eq(int, lg_keeper_encode(&bytes, message), LG_OK));
    cr_assert(eq(int, lg_keeper_decode(lg_buf_str(&bytes), &arena, &decoded), LG_OK));
    cr_assert(eq(int, (int)decoded.kind, (int)message->kind));
    cr_assert(eq(u64, decoded.ticket, message->ticket));
    return decoded;
}

static enum lg_err decode(struct lg_str text)
{
    struct lg_keeper_message message = { .ticket = 4711 };
    /* In a block of its own size, so that a byte read too far is seen by the sanitizer. */
    char *exact = text.size > 0 ? lg_arena_copy(&arena, text.data, text.size) : NULL;
    enum lg_err err = lg_keeper_decode(lg_str_make(exact, text.size), &arena, &message);

    cr_assert(lt(sz, arena.used, 64 * LG_KEEPER_MESSAGE_MAX), "a lie must not cost memory");
    if (err != LG_OK)
        cr_assert(eq(u64, message.ticket, 4711), "a refused message must set nothing");
    return err;
}

static enum lg_err encode_and_decode(const struct lg_keeper_message *message)
{
    lg_buf_clear(&bytes);
    cr_assert(eq(int, lg_keeper_encode(&bytes, message), LG_OK));
    return decode(lg_buf_str(&bytes));
}

static void assert_same(const char *const *left, const char *const *right)
{
    for (; *left != NULL && *right != NULL; left++, right++)
        cr_assert_str_eq(*left, *right);
    cr_assert_eq(*left, *right, "one has more words than the other");
}

Test(protocol, a_spawn_arrives_with_every_word)
{
    struct lg_keeper_message decoded = decode_again(&spawn_message);

    cr_assert_str_eq(decoded.directory, "/srv/app");
    assert_same(decoded.argv, words);
    assert_same(decoded.environment, pairs);
}

Test(protocol, a_spawn_may_have_an_empty_environment)
{
    struct lg_keeper_message message = spawn_message;

    message.environment = nothing;
    assert_same(decode_again(&message).environment, nothing);
}

Test(protocol, every_answer_arrives_with_its_numbers)
{
    struct lg_keeper_message message = { .kind = LG_KEEPER_SIGNAL, .ticket = 1, .signal = SIGTERM };
    cr_assert(eq(int, decode_again(&message).signal, SIGTERM));

    message = (struct lg_keeper_message){ .kind = LG_KEEPER_SPAWNED, .ticket = 2, .pid = 4194304 };
    cr_assert(eq(int, decode_again(&message).pid, 4194304));
    message.group = 7;
    cr_assert(eq(int, decode_again(&message).group, 7));

    message = (struct lg_keeper_message){
        .kind = LG_KEEPER_FAILED, .ticket = 3, .error = 13, .step = LG_KEEPER_STEP_DIRECTORY
    };
    struct lg_keeper_message decoded = decode_again(&message);
    cr_assert(eq(int, decoded.error, 13));
    cr_assert(eq(int, decoded.step, LG_KEEPER_STEP_DIRECTORY));

    message = (struct lg_keeper_message){ .kind = LG_KEEPER_EXITED, .ticket = 4, .status = 0x1700 };
    cr_assert(eq(int, decode_again(&message).status, 0x1700));
    message.peak_kib = 10485760;
    message.out_of_memory = true;
    decoded = decode_again(&message);
    cr_assert(eq(int, decoded.peak_kib, 10485760));
    cr_assert(decoded.out_of_memory);
}

Test(protocol, a_spawn_arrives_with_how_it_is_confined)
{
    static const gid_t groups[] = { 7, 65534 };
    struct lg_keeper_message message = spawn_message;
    struct lg_keeper_confine confine;

    message.confine = (struct lg_keeper_confine){ .change_user = true,
                                                  .uid = 1000,
                                                  .gid = 1001,
                                                  .groups = groups,
                                                  .group_count = 2,
                                                  .tmp = LG_KEEPER_TMP_MOUNT,
                                                  .memory_bytes = (int64_t)10240 << 20 };
    confine = decode_again(&message).confine;
    cr_assert(confine.change_user);
    cr_assert(eq(u32, confine.uid, 1000));
    cr_assert(eq(u32, confine.gid, 1001));
    cr_assert(eq(sz, confine.group_count, 2));
    cr_assert(eq(u32, confine.groups[1], 65534));
    cr_assert(eq(int, (int)confine.tmp, LG_KEEPER_TMP_MOUNT));
    cr_assert(eq(i64, confine.memory_bytes, (int64_t)10240 << 20));
    cr_assert_not(decode_again(&spawn_message).confine.change_user);
}

Test(protocol, a_spawn_over_the_limit_is_not_sent)
{
    static char large[LG_KEEPER_MESSAGE_MAX];
    const char *const argv[] = { large, NULL };
    struct lg_keeper_message message = {
        .kind = LG_KEEPER_SPAWN, .ticket = 1, .directory = "/", .argv = argv, .environment = nothing
    };
    struct lg_buf roomy;

    lg_buf_init(&roomy, SIZE_MAX);
    memset(large, 'x', sizeof(large) - 1);
    cr_assert(eq(int, lg_keeper_encode(&roomy, &message), LG_ERR_TOO_BIG));
    cr_assert(eq(int, lg_keeper_encode(&bytes, &message), LG_ERR_TOO_BIG));
    lg_buf_clear(&bytes);
    lg_buf_clear(&roomy);

    large[sizeof(large) - 60] = '\0'; /* head, directory, its own end: to the last byte */
    cr_assert(eq(int, lg_keeper_encode(&roomy, &message), LG_OK));
    cr_assert(eq(sz, roomy.size, LG_KEEPER_MESSAGE_MAX - 1));
    cr_assert(eq(int, decode(lg_buf_str(&roomy)), LG_OK));
    lg_buf_add_char(&roomy, '\0');
    lg_buf_add_char(&roomy, '\0');
    cr_assert(eq(int, decode(lg_buf_str(&roomy)), LG_ERR_SYNTAX));
    lg_buf_done(&roomy);
}

Test(protocol, a_message_cut_anywhere_is_refused)
{
    cr_assert(eq(int, encode_and_decode(&spawn_message), LG_OK));
    for (size_t size = 0; size < bytes.size; size++)
        cr_assert(eq(int, decode(lg_str_make(bytes.data, size)), LG_ERR_SYNTAX), "%zu bytes", size);
}

Test(protocol, a_message_with_bytes_behind_its_end_is_refused)
{
    struct lg_keeper_message message = { .kind = LG_KEEPER_EXITED, .ticket = 1 };

    cr_assert(eq(int, encode_and_decode(&spawn_message), LG_OK));
    lg_buf_add_char(&bytes, '\0');
    cr_assert(eq(int, decode(lg_buf_str(&bytes)), LG_ERR_SYNTAX));

    cr_assert(eq(int, encode_and_decode(&message), LG_OK));
    lg_buf_add_char(&bytes, '\0');
    cr_assert(eq(int, decode(lg_buf_str(&bytes)), LG_ERR_SYNTAX));
}

Test(protocol, numbers_out_of_range_are_refused)
{
    const struct lg_keeper_message wrong[] = {
        { .kind = LG_KEEPER_SIGNAL, .ticket = 1, .signal = 0 },
        { .kind = LG_KEEPER_SIGNAL, .ticket = 1, .signal = -1 },
        { .kind = LG_KEEPER_SIGNAL, .ticket = 1, .signal = NSIG },
        { .kind = LG_KEEPER_SPAWNED, .ticket = 1, .pid = 0 },
        { .kind = LG_KEEPER_SPAWNED, .ticket = 1, .pid = 1 },
        { .kind = LG_KEEPER_SPAWNED, .ticket = 1, .pid = -5 },
        { .kind = LG_KEEPER_FAILED, .ticket = 1, .error = 0, .step = LG_KEEPER_STEP_EXEC },
        { .kind = LG_KEEPER_FAILED, .ticket = 1, .error = 2, .step = 0 },
        { .kind = LG_KEEPER_FAILED, .ticket = 1, .error = 2, .step = LG_KEEPER_STEP_LAST + 1 },
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_assert(eq(int, encode_and_decode(&wrong[i]), LG_ERR_SYNTAX), "number %zu", i);
}

Test(protocol, a_spawn_without_command_or_directory_is_refused)
{
    struct lg_keeper_message message = spawn_message;

    message.argv = nothing;
    cr_assert(eq(int, encode_and_decode(&message), LG_ERR_SYNTAX));
    message = spawn_message;
    message.directory = "";
    cr_assert(eq(int, encode_and_decode(&message), LG_ERR_SYNTAX));
}

Test(protocol, an_environment_without_names_is_refused)
{
    const char *const no_equals[] = { "A=1", "PATH", NULL };
    const char *const no_name[] = { "=1", NULL };
    struct lg_keeper_message message = spawn_message;

    message.environment = no_equals;
    cr_assert(eq(int, encode_and_decode(&message), LG_ERR_SYNTAX));
    message.environment = no_name;
    cr_assert(eq(int, encode_and_decode(&message), LG_ERR_SYNTAX));
}

/* kind, first, second, third: four numbers of 32 bits, then the ticket. */
static enum lg_err decode_with(size_t offset, int32_t value)
{
    cr_assert(eq(int, encode_and_decode(&spawn_message), LG_OK));
    memcpy(bytes.data + offset, &value, sizeof(value));
    return decode(lg_buf_str(&bytes));
}

Test(protocol, a_head_that_lies_is_refused)
{
    cr_assert(eq(int, decode_with(0, 0), LG_ERR_SYNTAX), "kind");
    cr_assert(eq(int, decode_with(0, LG_KEEPER_EXITED + 1), LG_ERR_SYNTAX), "kind");
    cr_assert(eq(int, decode_with(4, 4), LG_OK), "as it was");
    cr_assert(eq(int, decode_with(4, 3), LG_ERR_SYNTAX), "a word left over");
    cr_assert(eq(int, decode_with(4, 8), LG_ERR_SYNTAX), "a word too few");
    cr_assert(eq(int, decode_with(4, INT32_MAX), LG_ERR_SYNTAX), "words");
    cr_assert(eq(int, decode_with(4, -1), LG_ERR_SYNTAX), "words");
    cr_assert(eq(int, decode_with(8, -1), LG_ERR_SYNTAX), "pairs");
    cr_assert(eq(int, decode_with(8, INT32_MAX), LG_ERR_SYNTAX), "pairs");
    cr_assert(eq(int, decode_with(12, 1), LG_ERR_SYNTAX), "a third number");
    cr_assert(eq(int, decode_with(24, 2), LG_ERR_SYNTAX), "whether to change the user");
    cr_assert(eq(int, decode_with(36, INT32_MAX), LG_ERR_SYNTAX), "groups");
    cr_assert(eq(int, decode_with(36, -1), LG_ERR_SYNTAX), "groups");
    cr_assert(eq(int, decode_with(40, LG_KEEPER_TMP_MOUNT + 1), LG_ERR_SYNTAX), "tmp");
    cr_assert(eq(int, decode_with(44, 1), LG_ERR_SYNTAX), "unused");
    cr_assert(eq(int, decode_with(52, -1), LG_ERR_SYNTAX), "memory");

    cr_assert(eq(int, encode_and_decode(&spawn_message), LG_OK));
    memset(bytes.data + 16, 0, sizeof(uint64_t));
    cr_assert(eq(int, decode(lg_buf_str(&bytes)), LG_ERR_SYNTAX), "no ticket");
}
