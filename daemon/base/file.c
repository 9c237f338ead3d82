/* file.c -- open, read to the end or to the ceiling. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define PIECE ((size_t)64 * 1024)

/* At the ceiling one more byte is asked for: only the end tells that all of it fitted. */
static ssize_t read_piece(int fd, struct lg_buf *out)
{
    char beyond;
    size_t left = out->ceiling - out->size;
    size_t size = left < PIECE ? left : PIECE;
    ssize_t got;

    do
        got = size > 0 ? read(fd, lg_buf_reserve(out, size), size) : read(fd, &beyond, 1);
    while (got < 0 && errno == EINTR);
    if (got > 0 && size > 0)
        out->size += (size_t)got;
    else if (got > 0)
        out->failed = true;
    return got;
}

static enum lg_err read_open(int fd, enum lg_file_kind kind, struct lg_buf *out)
{
    struct stat status;
    ssize_t got;

    if (fstat(fd, &status) != 0)
        return LG_ERR_IO;
    if (kind == LG_FILE_REGULAR && !S_ISREG(status.st_mode))
        return LG_ERR_REFUSED;
    do
        got = read_piece(fd, out);
    while (got > 0 && !out->failed);
    if (got < 0)
        return LG_ERR_IO;
    return out->failed ? LG_ERR_TOO_BIG : LG_OK;
}

enum lg_err lg_file_read(const char *path, enum lg_file_kind kind, struct lg_buf *out)
{
    int wait = kind == LG_FILE_REGULAR ? O_NONBLOCK : 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | wait);

    if (fd < 0)
        return LG_ERR_IO;
    enum lg_err err = read_open(fd, kind, out);
    int error = errno;
    close(fd);
    errno = error;
    return err;
}

const char *lg_file_fault(enum lg_err err)
{
    if (err == LG_ERR_IO)
        return strerrordesc_np(errno);
    if (err == LG_ERR_REFUSED)
        return "not a regular file";
    return err == LG_ERR_TOO_BIG ? "too large" : lg_err_text(err);
}
