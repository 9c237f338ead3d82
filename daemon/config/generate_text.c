/* generate_text.c -- fills paragraphs and picks sample values. */
#include "config/generate_text.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "config/generate.h"

void lg_generate_fill(struct lg_buf *out, const char *prefix, const char *text)
{
    struct lg_str rest = lg_str_of(text), word;
    size_t column = 0;

    while (lg_str_next(&rest, ' ', &word)) {
        if (column > 0 && column + 1 + word.size > LG_GENERATE_WIDTH) {
            lg_buf_add_char(out, '\n');
            column = 0;
        }
        if (column == 0) {
            lg_buf_add_cstr(out, prefix);
            column = strlen(prefix);
        } else {
            lg_buf_add_char(out, ' ');
            column++;
        }
        lg_buf_add_str(out, word);
        column += word.size;
    }
    lg_buf_add_char(out, '\n');
}

const char *lg_generate_sample(const struct lg_option *option)
{
    return option->example != NULL ? option->example : option->fallback;
}

const char *lg_generate_see(struct lg_generate_seen *seen, const struct lg_group *group,
                            const char *path)
{
    for (size_t i = 0; i < seen->count; i++)
        if (seen->items[i].group == group)
            return seen->items[i].path;
    assert(seen->count < LG_GENERATE_GROUPS_MAX);
    seen->items[seen->count].group = group;
    snprintf(seen->items[seen->count++].path, LG_GENERATE_PATH_SIZE, "%s", path);
    return NULL;
}

void lg_generate_indent(struct lg_buf *out, unsigned count)
{
    while (count-- > 0)
        lg_buf_add_char(out, ' ');
}

bool lg_generate_lists(const char *list, const char *word)
{
    struct lg_str rest = lg_str_of(list), piece;

    if (list == NULL)
        return false;
    while (lg_str_next(&rest, ' ', &piece))
        if (lg_str_is(piece, word))
            return true;
    return false;
}

bool lg_generate(const char *name, struct lg_buf *out)
{
    static const struct {
        const char *name;
        void (*write)(struct lg_buf *out);
    } texts[] = {
        { "schema", lg_generate_schema },
        { "manual", lg_generate_manual },
        { "example", lg_generate_example },
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (strcmp(texts[i].name, name) == 0) {
            texts[i].write(out);
            return true;
        }
    }
    return false;
}
