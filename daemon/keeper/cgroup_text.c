/* cgroup_text.c -- what the kernel writes about cgroups. */
#include <stdlib.h>
#include <string.h>

#include "keeper/cgroup.h"

/* Cuts the next line off `rest`. */
static bool take_line(struct lg_str *rest, struct lg_str *ret_line)
{
    size_t end;

    if (rest->size == 0)
        return false;
    end = lg_str_find(*rest, '\n', 0);
    *ret_line = lg_str_part(*rest, 0, end);
    *rest = lg_str_part(*rest, end < rest->size ? end + 1 : end, rest->size);
    return true;
}

/* Cuts the next word off `rest`; empty at the end. */
static struct lg_str take_word(struct lg_str *rest)
{
    size_t start = 0, end;

    while (start < rest->size && rest->data[start] == ' ')
        start++;
    end = lg_str_find(*rest, ' ', start);
    struct lg_str word = lg_str_part(*rest, start, end);
    *rest = lg_str_part(*rest, end, rest->size);
    return word;
}

enum lg_err lg_cgroup_parse_path(struct lg_str text, struct lg_str *ret_path)
{
    struct lg_str line;

    while (take_line(&text, &line))
        if (line.size > 3 && memcmp(line.data, "0::/", 4) == 0) {
            *ret_path = lg_str_part(line, 3, line.size);
            return LG_OK;
        }
    return LG_ERR_NOT_FOUND;
}

/* "36 35 0:30 ROOT POINT options optional... - TYPE source options" */
static bool parse_mount_line(struct lg_str line, struct lg_str *ret_point, struct lg_str *ret_root)
{
    struct lg_str word, root, point;

    for (int i = 0; i < 3; i++)
        (void)take_word(&line);
    root = take_word(&line);
    point = take_word(&line);
    do
        word = take_word(&line);
    while (word.size > 0 && !lg_str_is(word, "-"));
    if (!lg_str_is(take_word(&line), "cgroup2"))
        return false;
    *ret_root = root;
    *ret_point = point;
    return point.size > 0;
}

enum lg_err lg_cgroup_parse_mount(struct lg_str text, struct lg_str *ret_point,
                                  struct lg_str *ret_root)
{
    struct lg_str line;

    while (take_line(&text, &line))
        if (parse_mount_line(line, ret_point, ret_root))
            return LG_OK;
    return LG_ERR_NOT_FOUND;
}

int64_t lg_cgroup_parse_event(struct lg_str text, const char *name)
{
    struct lg_str line;
    int64_t value = 0;

    while (take_line(&text, &line)) {
        struct lg_str word = take_word(&line), number;

        if (!lg_str_is(word, name))
            continue;
        number = take_word(&line);
        for (size_t i = 0; i < number.size && number.size < 19; i++) {
            if (number.data[i] < '0' || number.data[i] > '9')
                return -1;
            value = value * 10 + (number.data[i] - '0');
        }
        return number.size > 0 && number.size < 19 ? value : -1;
    }
    return -1;
}

bool lg_cgroup_has_word(struct lg_str text, const char *word)
{
    struct lg_str line, found;

    while (take_line(&text, &line))
        while ((found = take_word(&line)).size > 0)
            if (lg_str_is(found, word))
                return true;
    return false;
}
