/* json_path.c -- one value out of a JSON text. */
#include "integrate/json_path.h"

#include <stdarg.h>
#include <string.h>

#include "base/buf.h"

struct reader {
    struct lg_arena *arena;
    struct lg_str text; /* what is left */
    const char **reterr_message;
};

LG_PRINTF(2, 3)
static enum lg_err refuse(struct reader *reader, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    *reader->reterr_message = lg_arena_vprintf(reader->arena, format, args);
    va_end(args);
    return LG_ERR_SYNTAX;
}

/* --- reading -------------------------------------------------------------------------------- */

static bool in_name(char byte)
{
    unsigned char c = (unsigned char)byte;

    return c > 0x20 && c != 0x7f && strchr(".[]()'\"*?@$,{}", byte) == NULL;
}

static struct lg_str take(struct reader *reader, size_t size)
{
    struct lg_str taken = lg_str_part(reader->text, 0, size);

    reader->text = lg_str_part(reader->text, size, reader->text.size);
    return taken;
}

static enum lg_err read_name(struct reader *reader, struct lg_json_step *step)
{
    size_t size = 0;

    if (lg_str_starts(reader->text, LG_STR("."))) {
        return refuse(reader, "found \"..\" in a JSON path, expected names one by one: recursive "
                              "descent is not supported");
    }
    if (lg_str_starts(reader->text, LG_STR("*"))) {
        (void)take(reader, 1);
        step->kind = LG_JSON_STEP_ALL;
        return LG_OK;
    }
    while (size < reader->text.size && in_name(reader->text.data[size]))
        size++;
    if (size == 0)
        return refuse(reader, "found \"%.*s\" in a JSON path, expected a name such as items",
                      LG_STR_ARG(reader->text));
    *step = (struct lg_json_step){ .kind = LG_JSON_STEP_NAME, .name = take(reader, size) };
    return LG_OK;
}

/* 'a name' or "a name", with no way to write its own quote inside. */
static bool is_quoted(struct lg_str inner)
{
    char quote = inner.size >= 2 ? inner.data[0] : '\0';

    return (quote == '\'' || quote == '"') && inner.data[inner.size - 1] == quote &&
           lg_str_find(inner, quote, 1) == inner.size - 1;
}

/* Where the bracket at the front closes, one inside of quotes left aside; the size: nowhere. */
static size_t find_close(struct lg_str text)
{
    char quote = '\0';

    for (size_t i = 1; i < text.size; i++) {
        char c = text.data[i];

        if (quote != '\0')
            quote = c == quote ? '\0' : quote;
        else if (c == '\'' || c == '"')
            quote = c;
        else if (c == ']')
            return i;
    }
    return text.size;
}

static enum lg_err read_bracket(struct reader *reader, struct lg_json_step *step)
{
    size_t close = find_close(reader->text);
    struct lg_str inner = lg_str_part(reader->text, 1, close);
    uint64_t index;

    if (close == reader->text.size)
        return refuse(reader, "found \"%.*s\" in a JSON path, expected a \"]\"",
                      LG_STR_ARG(reader->text));
    if (lg_str_starts(inner, LG_STR("?")))
        return refuse(reader,
                      "found \"[%.*s]\" in a JSON path, expected a name or an index: filters are "
                      "not supported",
                      LG_STR_ARG(inner));
    if (lg_str_is(inner, "*"))
        *step = (struct lg_json_step){ .kind = LG_JSON_STEP_ALL };
    else if (is_quoted(inner))
        *step = (struct lg_json_step){ .kind = LG_JSON_STEP_NAME,
                                       .name = lg_str_part(inner, 1, inner.size - 1) };
    else if (lg_str_to_u64(inner, &index) == LG_OK)
        *step = (struct lg_json_step){ .kind = LG_JSON_STEP_INDEX, .index = (size_t)index };
    else
        return refuse(reader,
                      "found \"[%.*s]\" in a JSON path, expected an index such as [0], a name in "
                      "quotes such as ['a name'], or [*]",
                      LG_STR_ARG(inner));
    (void)take(reader, close + 1);
    return LG_OK;
}

static enum lg_err read_step(struct reader *reader, bool first, struct lg_json_step *step)
{
    *step = (struct lg_json_step){ .index = 0 };
    if (lg_str_starts(reader->text, LG_STR("[")))
        return read_bracket(reader, step);
    if (lg_str_starts(reader->text, LG_STR(".")))
        (void)take(reader, 1);
    else if (!first)
        return refuse(reader, "found \"%.*s\" in a JSON path, expected \".\" or \"[\"",
                      LG_STR_ARG(reader->text));
    return read_name(reader, step);
}

enum lg_err lg_json_path_parse(struct lg_arena *arena, struct lg_str text,
                               struct lg_json_path *ret_path, const char **reterr_message)
{
    struct reader reader = { arena, text, reterr_message };
    struct lg_json_step steps[LG_JSON_STEPS_MAX];
    bool many = false;
    size_t count = 0;

    while (count == 0 || reader.text.size > 0) {
        if (count == LG_JSON_STEPS_MAX)
            return refuse(&reader, "found a JSON path of more than %d steps, expected at most %d",
                          LG_JSON_STEPS_MAX, LG_JSON_STEPS_MAX);
        enum lg_err err = read_step(&reader, count == 0, &steps[count]);
        if (err != LG_OK)
            return err;
        steps[count].name = lg_arena_str(arena, steps[count].name);
        many = many || steps[count].kind == LG_JSON_STEP_ALL;
        count++;
    }
    *ret_path =
        (struct lg_json_path){ lg_arena_copy(arena, steps, count * sizeof(*steps)), count, many };
    return LG_OK;
}

/* --- finding -------------------------------------------------------------------------------- */

/* JSON text without the blanks between its tokens. */
static void add_compact(struct lg_buf *out, struct lg_str text)
{
    bool in_string = false;

    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];

        if (!in_string && (c == ' ' || c == '\t' || c == '\n' || c == '\r'))
            continue;
        if (c == '"')
            in_string = !in_string;
        lg_buf_add_char(out, c);
        if (in_string && c == '\\' && i + 1 < text.size)
            lg_buf_add_char(out, text.data[++i]);
    }
}

static void add_json(struct lg_buf *out, const struct lg_json *value)
{
    if (value->type == LG_JSON_STRING)
        lg_json_add_string(out, value->text);
    else
        add_compact(out, value->text);
}

static const struct lg_json *at_index(const struct lg_json *list, size_t index)
{
    if (!lg_json_is(list, LG_JSON_ARRAY) || index >= list->count)
        return NULL;
    const struct lg_json *item = list->first;
    for (size_t i = 0; i < index; i++)
        item = item->next;
    return item;
}

static const struct lg_json *child_of(const struct lg_json *value, const struct lg_json_step *step)
{
    if (step->kind == LG_JSON_STEP_INDEX)
        return at_index(value, step->index);
    if (!lg_json_is(value, LG_JSON_OBJECT))
        return NULL;
    for (const struct lg_json *at = value->first; at != NULL; at = at->next)
        if (lg_str_eq(at->name, step->name))
            return at;
    return NULL;
}

/* Appends what the steps from `at` on select below `value`, with commas before all but the first.
 */
static void add_selected(const struct lg_json_path *path, size_t at, const struct lg_json *value,
                         struct lg_buf *out)
{
    while (value != NULL && at < path->count && path->steps[at].kind != LG_JSON_STEP_ALL)
        value = child_of(value, &path->steps[at++]);
    if (value == NULL)
        return;
    if (at == path->count) {
        if (out->size > 1)
            lg_buf_add_char(out, ',');
        add_json(out, value);
        return;
    }
    if (value->type != LG_JSON_ARRAY && value->type != LG_JSON_OBJECT)
        return;
    for (const struct lg_json *child = value->first; child != NULL; child = child->next)
        add_selected(path, at + 1, child, out);
}

static struct lg_str find_many(const struct lg_json_path *path, struct lg_arena *arena,
                               const struct lg_json *root)
{
    struct lg_str list = LG_STR_NONE;
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    lg_buf_add_char(&out, '[');
    add_selected(path, 0, root, &out);
    if (out.size > 1) {
        lg_buf_add_char(&out, ']');
        list = lg_arena_str(arena, lg_buf_str(&out));
    }
    lg_buf_done(&out);
    return list;
}

struct lg_str lg_json_path_find(const struct lg_json_path *path, struct lg_arena *arena,
                                const struct lg_json *root)
{
    const struct lg_json *value = root;
    struct lg_str text;
    struct lg_buf out;

    if (path->many)
        return find_many(path, arena, root);
    for (size_t i = 0; value != NULL && i < path->count; i++)
        value = child_of(value, &path->steps[i]);
    if (value == NULL || value->type == LG_JSON_NULL)
        return LG_STR_NONE;
    if (value->type == LG_JSON_STRING)
        return lg_arena_str(arena, value->text);
    lg_buf_init(&out, SIZE_MAX);
    add_compact(&out, value->text);
    text = lg_arena_str(arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return text;
}
