/* profile.c -- lines: [section], name = value, comments, and what is indented below a value. */
#include "cloud/profile.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

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

static bool is_section(struct lg_str line, const char *name)
{
    size_t end = lg_str_find(line, ']', 1);

    return end < line.size && lg_str_is(trim(lg_str_part(line, 1, end)), name);
}

static void read_value(struct lg_str line, struct lg_profile *profile)
{
    const struct {
        const char *name;
        struct lg_str *value;
    } keys[] = {
        { "aws_access_key_id", &profile->access_key_id },
        { "aws_secret_access_key", &profile->secret_access_key },
        { "aws_session_token", &profile->session_token },
    };
    size_t equals = lg_str_find(line, '=', 0);
    struct lg_str name = trim(lg_str_part(line, 0, equals));

    if (equals == line.size)
        return;
    for (size_t i = 0; i < LG_COUNT(keys); i++)
        if (name.size == strlen(keys[i].name) &&
            strncasecmp(name.data, keys[i].name, name.size) == 0)
            *keys[i].value = without_comment(trim(lg_str_part(line, equals + 1, line.size)));
}

enum lg_err lg_profile_read(struct lg_str text, const char *name, struct lg_profile *ret_profile)
{
    struct lg_profile profile = { 0 };
    bool inside = false, found = false;

    while (text.size > 0) {
        struct lg_str line = take_line(&text);
        bool indented = line.size > 0 && is_blank(line.data[0]);

        line = trim(line);
        if (line.size == 0 || line.data[0] == '#' || line.data[0] == ';')
            continue;
        if (line.data[0] == '[' && !indented) {
            inside = is_section(line, name);
            found = found || inside;
        } else if (inside && !indented) {
            read_value(line, &profile);
        }
    }
    if (!found)
        return LG_ERR_NOT_FOUND;
    *ret_profile = profile;
    return LG_OK;
}
