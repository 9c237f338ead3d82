/* generate_text.h -- what the generators share: filled paragraphs and sample values. */
#ifndef LG_CONFIG_GENERATE_TEXT_H
#define LG_CONFIG_GENERATE_TEXT_H

#include "base/buf.h"
#include "config/options.h"

#define LG_GENERATE_WIDTH 100

/* Adds `text` in lines no wider than LG_GENERATE_WIDTH, each after `prefix`. */
void lg_generate_fill(struct lg_buf *out, const char *prefix, const char *text);

/* The value that stands for the option in a sample: its example, or its default. */
const char *lg_generate_sample(const struct lg_option *option);

/* Adds `count` blanks. */
void lg_generate_indent(struct lg_buf *out, unsigned count);

/* Whether `word` is one of the words of `list`, which are parted by blanks. NULL has none. */
bool lg_generate_lists(const char *list, const char *word);

#endif
