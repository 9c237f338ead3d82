/*
 * file.h -- the whole of a file of configuration: schemas, keys, secrets, the configuration itself.
 *
 * Threads: any. Blocks for as long as the disk does: not on the way of a request.
 */
#ifndef LG_BASE_FILE_H
#define LG_BASE_FILE_H

#include "base/buf.h"
#include "base/err.h"

enum lg_file_kind {
    LG_FILE_REGULAR, /* nothing else: a pipe without a writer would hold up a start */
    LG_FILE_ANY      /* what an operator names on the command line may be a pipe */
};

/*
 * Appends all bytes of `path` to `out`, and never more than its ceiling allows. LG_ERR_IO with
 * errno; LG_ERR_TOO_BIG; LG_ERR_REFUSED: not a regular file. After an error `out` holds what was
 * read so far. A buffer that has room for its ceiling is never moved: a secret leaves no copy.
 */
LG_MUST_CHECK enum lg_err lg_file_read(const char *path, enum lg_file_kind kind,
                                       struct lg_buf *out);

/* Why the last lg_file_read() of this thread failed, in words: uses errno. Static storage. */
const char *lg_file_fault(enum lg_err err);

#endif
