/* log_level.c -- only what can be an object is read. */
#include "target/log_level.h"

#include "base/arena.h"
#include "base/json.h"
#include "base/mem.h"

static const struct {
    const char *word;
    enum lg_level level;
} words[] = {
    { "trace", LG_LEVEL_TRACE },    { "debug", LG_LEVEL_DEBUG }, { "info", LG_LEVEL_INFO },
    { "warn", LG_LEVEL_WARN },      { "error", LG_LEVEL_ERROR }, { "fatal", LG_LEVEL_FATAL },
    { "warning", LG_LEVEL_WARN }, /* Python's, and Java's of some libraries */
    { "critical", LG_LEVEL_FATAL },
};

static enum lg_level level_of_word(struct lg_str word)
{
    for (size_t i = 0; i < LG_COUNT(words); i++) {
        if (lg_str_iis(word, words[i].word))
            return words[i].level;
    }
    return LG_LEVEL_INFO;
}

enum lg_level lg_log_level(struct lg_str line)
{
    const struct lg_json_limits limits = { .depth = 64, .values = 4096, .allow_duplicates = true };
    struct lg_str text = lg_str_trim(line);
    enum lg_level level = LG_LEVEL_NONE;
    const struct lg_json *name;
    struct lg_json *object;
    struct lg_json_fault fault;
    struct lg_arena arena;

    if (text.size < 2 || text.data[0] != '{' || text.data[text.size - 1] != '}')
        return LG_LEVEL_NONE;
    lg_arena_init(&arena);
    if (lg_json_read(&arena, text, &limits, &object, &fault) == LG_OK) {
        name = lg_json_get(object, "level");
        level = lg_json_is(name, LG_JSON_STRING) ? level_of_word(name->text) : LG_LEVEL_INFO;
    }
    lg_arena_done(&arena);
    return level;
}
