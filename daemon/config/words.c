/* words.c -- quoting, listing, and the nearest name by edit distance. */
#include "config/words.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#define QUOTE_MAX 64 /* bytes of a value in a message */
#define NEAR_MAX 64  /* longer names are never guessed */
#define NEAR_NAMES 1000
#define START_MIN 5 /* letters that two names must begin with to be alike */

const char *lg_words_quote(struct lg_arena *arena, const char *text)
{
    size_t size = strlen(text);

    if (size <= QUOTE_MAX)
        return lg_arena_printf(arena, "\"%s\"", text);
    size = QUOTE_MAX;
    while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
        size--; /* never inside a character */
    return lg_arena_printf(arena, "\"%.*s...\"", (int)size, text);
}

const char *lg_words_found(struct lg_arena *arena, const struct lg_node *node)
{
    if (node->type == LG_NODE_LIST)
        return "a list";
    if (node->type == LG_NODE_MAPPING)
        return "a mapping";
    if (lg_node_is_null(node))
        return "nothing";
    if (lg_node_kind(node) == LG_KIND_STRING || strlen(node->text) > QUOTE_MAX)
        return lg_words_quote(arena, node->text);
    return node->text;
}

const char *lg_words_list(struct lg_arena *arena, const char *const *names, size_t count,
                          size_t most)
{
    size_t shown = count < most ? count : most;
    const char *list = shown > 0 ? names[0] : "";

    for (size_t i = 1; i < shown; i++)
        list = lg_arena_printf(arena, "%s%s%s", list, i + 1 == count ? " or " : ", ", names[i]);
    return shown < count ? lg_arena_printf(arena, "%s, ...", list) : list;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits from `a` to `b`: a character more, less, other, or two neighbours swapped. */
static size_t distance(struct lg_str a, struct lg_str b)
{
    size_t rows[3][NEAR_MAX + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];

    for (size_t j = 0; j <= b.size; j++)
        above[j] = j;
    for (size_t i = 1; i <= a.size; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b.size; j++) {
            size_t other = above[j - 1] + (a.data[i - 1] == b.data[j - 1] ? 0 : 1);
            row[j] = least(other, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] && a.data[i - 2] == b.data[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        size_t *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return above[b.size];
}

static const char *skip_marks(const char *text)
{
    return text + strspn(text, "_-");
}

/* The letters that both begin with, if that is the whole of one of them: else 0. */
static size_t common_start(const char *a, const char *b)
{
    size_t letters = 0;

    for (a = skip_marks(a), b = skip_marks(b); *a != '\0' && *b != '\0';
         a = skip_marks(a + 1), b = skip_marks(b + 1)) {
        if ((*a | 0x20) != (*b | 0x20))
            return 0;
        letters++;
    }
    return letters;
}

/* memory for MemorySize, drain_timeout for drain: what other programs call it. */
static const char *begins_alike(const char *text, const char *const *names, size_t count)
{
    const char *best = NULL;
    size_t most = START_MIN - 1;

    for (size_t i = 0; i < count && i < NEAR_NAMES; i++) {
        size_t letters = common_start(text, names[i]);
        if (letters > most) {
            best = names[i];
            most = letters;
        }
    }
    return best;
}

const char *lg_words_near(const char *text, const char *const *names, size_t count)
{
    struct lg_str wanted = lg_str_of(text);
    const char *best = NULL;
    /* A third of the letters may be wrong, and one letter always. */
    size_t best_distance = (wanted.size < 6 ? 1 : wanted.size / 3) + 1;

    if (wanted.size == 0 || wanted.size > NEAR_MAX)
        return NULL;
    for (size_t i = 0; i < count && i < NEAR_NAMES; i++) {
        struct lg_str name = lg_str_of(names[i]);
        if (name.size > NEAR_MAX || name.size <= 1)
            continue;
        size_t edits = distance(wanted, name);
        if (edits < best_distance) {
            best = names[i];
            best_distance = edits;
        }
    }
    return best != NULL ? best : begins_alike(text, names, count);
}

const char *lg_words_meant(struct lg_arena *arena, const char *text, const char *const *names,
                           size_t count)
{
    const char *near = lg_words_near(text, names, count);

    return near == NULL ? "" : lg_arena_printf(arena, ", did you mean \"%s\"?", near);
}
