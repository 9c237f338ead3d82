/* profile.c -- lines: [section], name = value, comments, and what is indented below a value. */
#include "cloud/profile.h"

#include <string.h>

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static struct lg_str trim(struct lg_str text)
{
    while (text.size > 0 && is_blank(text.data[0]))
        text = lg_str_part(text, 1, text.size);
    while (text.size > 0 && is_blank(text.data[text.size - 1]))
        text = lg_str_part(text, 0, text.size - 1);
    return text;
}

static struct lg_str take_line(struct lg_str *rest)
{
    size_t end = lg_str_find(*rest, '\n', 0);
    struct lg_str line = lg_str_part(*rest, 0, end);

    *rest = lg_str_part(*rest, end < rest->size ? end + 1 : end, rest->size);
    return line;
}

/* A comment may follow a value after a blank; a key may hold the character itself. */
static struct lg_str without_comment(struct lg_str value)
{
    for (size_t i = 1; i < value.size; i++)
        if ((value.data[i] == '#' || value.data[i] == ';') && is_blank(value.data[i - 1]))
            return trim(lg_str_part(value, 0, i));
    return value;
}

/* "profile shop", whatever blanks are between the two, and quotes around the second. */
static bool is_section(struct lg_str line, const char *name)
{
    size_t end = lg_str_find(line, ']', 1);
    struct lg_str found = trim(lg_str_part(line, 1, end)), wanted = lg_str_of(name);
    size_t kind = lg_str_find(wanted, ' ', 0);

    if (end == line.size)
        return false;
    if (kind == wanted.size || lg_str_eq(found, wanted))
        return lg_str_eq(found, wanted);
    if (!lg_str_starts(found, lg_str_part(wanted, 0, kind)) || found.size == kind ||
        !is_blank(found.data[kind]))
        return false;
    found = trim(lg_str_part(found, kind, found.size));
    if (found.size > 1 && found.data[0] == '"' && found.data[found.size - 1] == '"')
        found = lg_str_part(found, 1, found.size - 1);
    return lg_str_eq(found, lg_str_part(wanted, kind + 1, wanted.size));
}

typedef void line_fn(void *context, struct lg_str name, struct lg_str value);

static void read_line(struct lg_str line, line_fn *fn, void *context)
{
    size_t equals = lg_str_find(line, '=', 0);

    if (equals < line.size)
        fn(context, trim(lg_str_part(line, 0, equals)),
           without_comment(trim(lg_str_part(line, equals + 1, line.size))));
}

/* Calls `fn` for each value of the section; false: there is none of that name. */
static bool each_value(struct lg_str text, const char *section, line_fn *fn, void *context)
{
    bool inside = false, found = false;

    while (text.size > 0) {
        struct lg_str line = take_line(&text);
        bool indented = line.size > 0 && is_blank(line.data[0]);

        line = trim(line);
        if (line.size == 0 || line.data[0] == '#' || line.data[0] == ';')
            continue;
        if (line.data[0] == '[' && !indented) {
            inside = is_section(line, section);
            found = found || inside;
        } else if (inside && !indented) {
            read_line(line, fn, context);
        }
    }
    return found;
}

struct wanted {
    struct lg_str key, value;
};

static void keep_wanted(void *context, struct lg_str name, struct lg_str value)
{
    struct wanted *wanted = context;

    if (lg_str_ieq(name, wanted->key))
        wanted->value = value;
}

struct lg_str lg_profile_get(struct lg_str text, const char *section, const char *key)
{
    struct wanted wanted = { .key = lg_str_of(key) };

    (void)each_value(text, section, keep_wanted, &wanted);
    return wanted.value;
}

bool lg_profile_has(struct lg_str text, const char *section)
{
    struct wanted nothing = { 0 };

    return each_value(text, section, keep_wanted, &nothing);
}

enum lg_err lg_profile_read(struct lg_str text, const char *name, struct lg_profile *ret_profile)
{
    if (!lg_profile_has(text, name))
        return LG_ERR_NOT_FOUND;
    *ret_profile = (struct lg_profile){
        .access_key_id = lg_profile_get(text, name, "aws_access_key_id"),
        .secret_access_key = lg_profile_get(text, name, "aws_secret_access_key"),
        .session_token = lg_profile_get(text, name, "aws_session_token"),
    };
    return LG_OK;
}
