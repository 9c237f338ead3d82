/* Messages keep their bounds, and a descriptor arrives with the message it was sent with. */
#include "keeper/datagram.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int ends[2];
static char got[64];
static size_t size;
static int passed;

static void set_up(void)
{
    cr_assert(eq(int, socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0));
}

static void tear_down(void)
{
    close(ends[0]);
    close(ends[1]);
}

TestSuite(datagram, .init = set_up, .fini = tear_down);

static enum lg_err receive(void)
{
    return lg_datagram_receive(ends[1], got, sizeof(got), &size, &passed);
}

Test(datagram, two_messages_stay_two)
{
    cr_assert(eq(int, lg_datagram_send(ends[0], LG_STR("one"), -1), LG_OK));
    cr_assert(eq(int, lg_datagram_send(ends[0], LG_STR("second"), -1), LG_OK));
    cr_assert(eq(int, receive(), LG_OK));
    cr_assert(lg_str_is(lg_str_make(got, size), "one"));
    cr_assert(eq(int, passed, -1));
    cr_assert(eq(int, receive(), LG_OK));
    cr_assert(lg_str_is(lg_str_make(got, size), "second"));
    cr_assert(eq(int, receive(), LG_ERR_BUSY));
}

Test(datagram, a_descriptor_travels_and_is_not_inherited)
{
    int pipe_ends[2];
    char byte = 0;

    cr_assert(eq(int, pipe(pipe_ends), 0));
    cr_assert(eq(int, lg_datagram_send(ends[0], LG_STR("x"), pipe_ends[1]), LG_OK));
    close(pipe_ends[1]);
    cr_assert(eq(int, receive(), LG_OK));
    cr_assert(ge(int, passed, 0));
    cr_assert(eq(int, fcntl(passed, F_GETFD), FD_CLOEXEC));
    cr_assert(eq(int, (int)write(passed, "y", 1), 1));
    cr_assert(eq(int, (int)read(pipe_ends[0], &byte, 1), 1));
    cr_assert(eq(int, byte, 'y'));
    close(passed);
    close(pipe_ends[0]);
}

Test(datagram, a_message_without_room_is_told_and_its_descriptor_still_handed_over)
{
    char large[sizeof(got) + 1] = { 0 };

    cr_assert(
        eq(int, lg_datagram_send(ends[0], lg_str_make(large, sizeof(large)), ends[0]), LG_OK));
    cr_assert(eq(int, receive(), LG_ERR_TOO_BIG));
    cr_assert(ge(int, passed, 0));
    close(passed);
    cr_assert(eq(int, lg_datagram_send(ends[0], lg_str_make(large, sizeof(got)), -1), LG_OK));
    cr_assert(eq(int, receive(), LG_OK));
}

Test(datagram, a_full_socket_is_told_apart_from_a_message_that_never_fits)
{
    static char huge[64 * 1024 * 1024];
    enum lg_err err;

    cr_assert(
        eq(int, lg_datagram_send(ends[0], lg_str_make(huge, sizeof(huge)), -1), LG_ERR_TOO_BIG));
    do
        err = lg_datagram_send(ends[0], LG_STR("x"), -1);
    while (err == LG_OK);
    cr_assert(eq(int, err, LG_ERR_FULL));
}

Test(datagram, the_end_of_the_other_side_is_told_to_both_callers)
{
    close(ends[0]);
    cr_assert(eq(int, receive(), LG_ERR_CLOSED));
    cr_assert(eq(int, lg_datagram_send(ends[1], LG_STR("x"), -1), LG_ERR_CLOSED));
    ends[0] = dup(ends[1]);
}
