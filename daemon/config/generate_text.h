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

#define LG_GENERATE_GROUPS_MAX 64
#define LG_GENERATE_PATH_SIZE 128

/* The groups that were written already: some stand in several places. */
struct lg_generate_seen {
    size_t count;
    struct {
        const struct lg_group *group;
        char path[LG_GENERATE_PATH_SIZE];
    } items[LG_GENERATE_GROUPS_MAX];
};

/* NULL for a group that is new, which it then no longer is; else the path it was met at first. */
const char *lg_generate_see(struct lg_generate_seen *seen, const struct lg_group *group,
                            const char *path);

/* Adds `count` blanks. */
void lg_generate_indent(struct lg_buf *out, unsigned count);

/* Whether `word` is one of the words of `list`, which are parted by blanks. NULL has none. */
bool lg_generate_lists(const char *list, const char *word);

#endif
