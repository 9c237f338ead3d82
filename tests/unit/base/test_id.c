/* Identifiers: their shape, and that nothing repeats. */
#include "base/id.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void shape_of(const char *text, char *ret_shape)
{
    for (; *text != '\0'; text++) {
        bool hex = (*text >= '0' && *text <= '9') || (*text >= 'a' && *text <= 'f');

        *ret_shape++ = hex ? 'h' : *text;
    }
    *ret_shape = '\0';
}

Test(id, uuids_are_of_version_4)
{
    for (int i = 0; i < 200; i++) {
        char text[LG_UUID_SIZE];
        char shape[LG_UUID_SIZE];

        lg_id_uuid(text);
        shape_of(text, shape);
        cr_assert(eq(int, strcmp(shape, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh"), 0));
        cr_assert(eq(chr, text[14], '4'));
        cr_assert(strchr("89ab", text[19]) != NULL);
    }
}

Test(id, request_ids_are_15_characters_and_an_equals_sign)
{
    for (int i = 0; i < 200; i++) {
        char text[LG_REQUEST_ID_SIZE];

        lg_id_request(text);
        cr_assert(eq(sz, strlen(text), 16));
        cr_assert(eq(sz, strcspn(text, "="), 15));
        cr_assert(eq(sz,
                     strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789-_"),
                     15));
    }
}

Test(id, trace_roots_hold_the_second_in_hex)
{
    char text[LG_TRACE_ROOT_SIZE];
    char shape[LG_TRACE_ROOT_SIZE];

    lg_id_trace_root(INT64_C(1769853603999), text);
    cr_assert(eq(int, strncmp(text, "Root=1-697dd2a3-", 16), 0), "%s", text);
    shape_of(text + 7, shape);
    cr_assert(eq(int, strcmp(shape, "hhhhhhhh-hhhhhhhhhhhhhhhhhhhhhhhh"), 0));
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, 8);
}

Test(id, nothing_repeats_over_many_batches)
{
    enum { COUNT = 20000 };
    static unsigned char bytes[COUNT][8];

    for (size_t i = 0; i < COUNT; i++)
        lg_random(bytes[i], sizeof(bytes[i]));
    qsort(bytes, COUNT, sizeof(bytes[0]), compare);
    for (size_t i = 1; i < COUNT; i++)
        cr_assert(ne(int, memcmp(bytes[i - 1], bytes[i], 8), 0));
}

Test(id, every_byte_asked_for_is_filled)
{
    for (size_t size = 1; size < 600; size += 13) {
        unsigned char seen[600] = { 0 };
        unsigned char bytes[601];

        for (int round = 0; round < 12; round++) {
            memset(bytes, 0, sizeof(bytes));
            lg_random(bytes, size);
            cr_assert(eq(int, bytes[size], 0));
            for (size_t i = 0; i < size; i++)
                seen[i] |= bytes[i];
        }
        for (size_t i = 0; i < size; i++)
            cr_assert(ne(int, seen[i], 0), "byte %zu of %zu", i, size);
    }
}

static void *draw(void *ret_bytes)
{
    lg_random(ret_bytes, 16);
    return NULL;
}

Test(id, threads_draw_different_bytes)
{
    unsigned char here[16];
    unsigned char there[16];
    pthread_t thread;

    lg_random(here, sizeof(here));
    cr_assert(eq(int, pthread_create(&thread, NULL, draw, there), 0));
    pthread_join(thread, NULL);
    cr_assert(ne(int, memcmp(here, there, sizeof(here)), 0));
}

Test(id, a_child_process_does_not_repeat_its_parent)
{
    unsigned char here[16];
    unsigned char there[16];
    int pipe_fds[2];

    lg_random(here, sizeof(here)); /* so that there is a batch to inherit */
    cr_assert(eq(int, pipe(pipe_fds), 0));
    pid_t child = fork();
    if (child == 0) {
        lg_random(there, sizeof(there));
        _exit(write(pipe_fds[1], there, sizeof(there)) == sizeof(there) ? 0 : 1);
    }
    lg_random(here, sizeof(here));
    cr_assert(eq(int, (int)read(pipe_fds[0], there, sizeof(there)), 16));
    waitpid(child, NULL, 0);
    cr_assert(ne(int, memcmp(here, there, sizeof(here)), 0));
}
