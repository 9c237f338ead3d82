/* secret_file.c -- open, read, wipe. */
#include "cloud/secret_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

enum lg_err lg_secret_read(const char *path, char **ret_text, size_t *ret_size)
{
    struct lg_buf text;

    lg_buf_init(&text, LG_SECRET_FILE_MAX + 1);
    (void)lg_buf_reserve(&text, LG_SECRET_FILE_MAX + 1); /* never moved: no copy stays behind */
    text.ceiling = LG_SECRET_FILE_MAX;                   /* and a NUL fits behind it */
    enum lg_err err = lg_file_read(path, LG_FILE_REGULAR, &text);
    if (err == LG_OK) {
        *ret_text = lg_buf_take(&text, ret_size);
        return LG_OK;
    }
    int error = errno;
    explicit_bzero(text.data, text.size);
    lg_buf_done(&text);
    errno = error;
    return err;
}

void lg_secret_free(char *text, size_t size)
{
    if (text == NULL)
        return;
    explicit_bzero(text, size);
    free(text);
}
