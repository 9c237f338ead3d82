/* test_file.c -- the whole of a file, or why not. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static char folder[] = "/tmp/lambdagate-file-XXXXXX";
static char path[64];

static void make_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/it", folder);
}

static void remove_folder(void)
{
    (void)unlink(path);
    cr_assert_eq(rmdir(folder), 0);
}

TestSuite(file, .init = make_folder, .fini = remove_folder);

static void write_file(size_t size)
{
    char *bytes = malloc(size + 1);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)('a' + i % 23);
    cr_assert_eq(write(fd, bytes, size), (ssize_t)size);
    close(fd);
    free(bytes);
}

Test(file, all_of_a_file_is_read_up_to_the_ceiling)
{
    static const size_t sizes[] = { 0, 1, 4095, 4096, 65536, 65537, 200000 };

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct lg_buf text;

        write_file(sizes[i]);
        lg_buf_init(&text, sizes[i]);
        cr_expect_eq(lg_file_read(path, LG_FILE_REGULAR, &text), LG_OK, "%zu bytes", sizes[i]);
        cr_expect_eq(text.size, sizes[i]);
        if (sizes[i] > 0)
            cr_expect_eq(text.data[sizes[i] - 1], (char)('a' + (sizes[i] - 1) % 23));
        lg_buf_done(&text);
    }
}

Test(file, a_byte_over_the_ceiling_is_refused)
{
    static const size_t sizes[] = { 1, 4096, 65536, 100000 };

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct lg_buf text;

        write_file(sizes[i]);
        lg_buf_init(&text, sizes[i] - 1);
        enum lg_err err = lg_file_read(path, LG_FILE_REGULAR, &text);
        cr_expect_eq(err, LG_ERR_TOO_BIG, "%zu bytes: %s", sizes[i], lg_err_text(err));
        cr_expect(lg_buf_failed(&text));
        lg_buf_done(&text);
    }
}

Test(file, what_is_not_there_is_told_with_errno)
{
    struct lg_buf text;

    lg_buf_init(&text, 100);
    cr_assert_eq(lg_file_read(path, LG_FILE_REGULAR, &text), LG_ERR_IO);
    cr_expect_eq(errno, ENOENT);
    cr_expect_str_eq(lg_file_fault(LG_ERR_IO), "No such file or directory");
    lg_buf_done(&text);
}

Test(file, a_pipe_without_a_writer_does_not_hold_up_anybody)
{
    struct lg_buf text;

    cr_assert_eq(mkfifo(path, 0600), 0);
    lg_buf_init(&text, 100);
    cr_expect_eq(lg_file_read(path, LG_FILE_REGULAR, &text), LG_ERR_REFUSED);
    lg_buf_done(&text);
}

Test(file, a_folder_is_not_a_file)
{
    struct lg_buf text;

    lg_buf_init(&text, 100);
    cr_expect_eq(lg_file_read(folder, LG_FILE_REGULAR, &text), LG_ERR_REFUSED);
    cr_expect_str_eq(lg_file_fault(LG_ERR_REFUSED), "not a regular file");
    cr_expect_eq(lg_file_read(folder, LG_FILE_ANY, &text), LG_ERR_IO);
    cr_expect_eq(errno, EISDIR);
    lg_buf_done(&text);
}

Test(file, a_pipe_may_be_read_where_an_operator_names_it)
{
    struct lg_buf text;
    int ends[2];
    char name[32];

    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    cr_assert_eq(write(ends[1], "listen: x\n", 10), 10);
    close(ends[1]);
    (void)snprintf(name, sizeof(name), "/dev/fd/%d", ends[0]);
    lg_buf_init(&text, 100);
    cr_expect_eq(lg_file_read(name, LG_FILE_ANY, &text), LG_OK);
    cr_expect(lg_str_eq(lg_buf_str(&text), lg_str_of("listen: x\n")));
    lg_buf_done(&text);
    close(ends[0]);
}

Test(file, a_buffer_with_room_for_its_ceiling_is_never_moved)
{
    struct lg_buf text;

    write_file(70000);
    lg_buf_init(&text, 100000);
    const char *place = lg_buf_reserve(&text, 100000);
    cr_assert_eq(lg_file_read(path, LG_FILE_REGULAR, &text), LG_OK);
    cr_expect_eq(text.data, place);
    lg_buf_done(&text);
}
