/* secret_file.c -- open, read, wipe. */
#include "cloud/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static enum lg_err read_all(int fd, char *text, size_t *ret_size)
{
    size_t size = 0;

    while (size <= LG_SECRET_FILE_MAX) {
        ssize_t got = read(fd, text + size, LG_SECRET_FILE_MAX + 1 - size);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return LG_ERR_IO;
        if (got == 0)
            break;
        size += (size_t)got;
    }
    *ret_size = size;
    return size > LG_SECRET_FILE_MAX ? LG_ERR_TOO_BIG : LG_OK;
}

enum lg_err lg_secret_read(const char *path, char **ret_text, size_t *ret_size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat stat;
    size_t size = 0;

    if (fd < 0)
        return LG_ERR_IO;
    if (fstat(fd, &stat) < 0 || !S_ISREG(stat.st_mode)) {
        close(fd);
        return LG_ERR_REFUSED;
    }

    char *text = lg_alloc(LG_SECRET_FILE_MAX + 2);
    enum lg_err err = read_all(fd, text, &size);
    int error = errno;

    close(fd);
    if (err != LG_OK) {
        lg_secret_free(text, LG_SECRET_FILE_MAX + 1);
        errno = error;
        return err;
    }
    text[size] = '\0';
    *ret_text = text;
    *ret_size = size;
    return LG_OK;
}

void lg_secret_free(char *text, size_t size)
{
    if (text == NULL)
        return;
    explicit_bzero(text, size);
    free(text);
}
