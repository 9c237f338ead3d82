/* input.c -- a file, or standard input, read whole. */
#include "input.h"

#include <errno.h>
#include <string.h>

#include "command.h"

static bool read_all(FILE *file, const char *name, struct lg_buf *ret_text)
{
    char block[65536];
    size_t size;

    while ((size = fread(block, 1, sizeof(block), file)) > 0) {
        if (!lg_buf_add(ret_text, block, size)) {
            lg_complain("%s is too large for a payload", name);
            return false;
        }
    }
    if (ferror(file))
        lg_complain("cannot read %s: %s", name, strerror(errno));
    return !ferror(file);
}

bool lg_input_read(const char *name, struct lg_buf *ret_text)
{
    if (strcmp(name, "-") == 0)
        return read_all(stdin, "standard input", ret_text);

    FILE *file = fopen(name, "re");

    if (file == NULL) {
        lg_complain("cannot open %s: %s", name, strerror(errno));
        return false;
    }
    bool done = read_all(file, name, ret_text);
    fclose(file);
    return done;
}
