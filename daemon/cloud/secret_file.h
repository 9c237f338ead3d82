/* secret_file.h -- a small file whose text nobody should find in memory afterwards. */
#ifndef LG_CLOUD_SECRET_FILE_H
#define LG_CLOUD_SECRET_FILE_H

#include <stddef.h>

#include "base/err.h"

#define LG_SECRET_FILE_MAX ((size_t)256 * 1024)

/*
 * Reads a regular file. *ret_text is terminated, and the caller's to lg_secret_free(). LG_ERR_IO
 * with errno; LG_ERR_TOO_BIG; LG_ERR_REFUSED: it is no regular file, and reading could wait.
 */
LG_MUST_CHECK enum lg_err lg_secret_read(const char *path, char **ret_text, size_t *ret_size);

/* Wipes `size` bytes and frees them. NULL is fine. */
void lg_secret_free(char *text, size_t size);

#endif
