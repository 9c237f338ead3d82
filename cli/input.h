/*
 * input.h -- a file, or standard input, read whole.
 */
#ifndef LG_CLI_INPUT_H
#define LG_CLI_INPUT_H

#include <stdbool.h>

#include "base/buf.h"

/* Appends the file; "-" is standard input. On false it was complained about. */
bool lg_input_read(const char *name, struct lg_buf *ret_text);

#endif
