/* schema_load.c -- a schema file as text. */
#include "validate/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCHEMA_BYTES ((size_t)4 * 1024 * 1024)

/* Returns what is wrong, or NULL. */
static const char *read_open(int fd, struct lg_buf *out)
{
    struct stat status;
    ssize_t got = 1;

    if (fstat(fd, &status) != 0)
        return strerror(errno);
    if (!S_ISREG(status.st_mode))
        return "not a regular file";
    while (got != 0) {
        char *end = lg_buf_reserve(out, 4096);

        if (end == NULL)
            return "larger than 4 MiB";
        got = read(fd, end, 4096);
        if (got < 0 && errno != EINTR)
            return strerror(errno);
        out->size += got > 0 ? (size_t)got : 0;
    }
    return NULL;
}

static const char *read_file(const char *file, struct lg_buf *out)
{
    /* A pipe without a writer must not hold up the start. */
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return strerror(errno);
    const char *message = read_open(fd, out);
    close(fd);
    return message;
}

struct lg_schema *lg_schema_load(const char *file, const struct lg_where *where,
                                 struct lg_faults *faults)
{
    struct lg_schema *schema = NULL;
    struct lg_buf text;

    lg_buf_init(&text, SCHEMA_BYTES);
    const char *message = read_file(file, &text);
    if (message == NULL)
        schema = lg_schema_compile(file, lg_buf_str(&text), where, faults);
    else
        lg_faults_add(faults, where, "cannot read %s: %s", file, message);
    lg_buf_done(&text);
    return schema;
}
