/* log_format.c -- a line as an operator reads it, or as one JSON object; nothing forges another. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "observe/log_record.h"

static const char *const level_names[] = {
    [LG_LOG_DEBUG] = "DEBUG",
    [LG_LOG_INFO] = "INFO",
    [LG_LOG_WARN] = "WARN",
    [LG_LOG_ERROR] = "ERROR",
};

static const char text_mark[] = " [cut]";
static const char json_mark[] = ",\"cut\":true";

/* What always stays free: the longer mark and the end of the line. */
#define RESERVE (sizeof(json_mark) - 1 + strlen("}\n"))

struct out {
    char *data;
    size_t size, room;
    bool json, cut;
};

/* All or nothing; after the first piece that does not fit nothing is taken any more. */
static void add(struct out *out, const char *data, size_t size)
{
    if (out->cut || size > out->room - out->size) {
        out->cut = true;
        return;
    }
    memcpy(out->data + out->size, data, size);
    out->size += size;
}

static void add_text(struct out *out, const char *text)
{
    add(out, text, strlen(text));
}

LG_PRINTF(2, 3) static void add_format(struct out *out, const char *format, ...)
{
    char text[64];
    va_list args;

    va_start(args, format);
    int size = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    assert(size >= 0 && (size_t)size < sizeof(text));
    add(out, text, (size_t)size);
}

/* The character whose well-formed UTF-8 sequence has `size` bytes. */
static uint32_t code_point(const char *data, size_t size)
{
    unsigned char first = (unsigned char)data[0];
    uint32_t point = size == 1 ? first : first & (0x7Fu >> size);

    for (size_t i = 1; i < size; i++)
        point = point << 6 | ((unsigned char)data[i] & 0x3Fu);
    return point;
}

/* C0 and C1 controls, line separators, and what turns the direction of writing. */
static bool is_control(uint32_t point)
{
    return point < 0x20 || (point >= 0x7F && point < 0xA0) ||
           (point >= 0x2028 && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

static void add_control(struct out *out, uint32_t point)
{
    if (point == '\n')
        add_text(out, "\\n");
    else if (point == '\r')
        add_text(out, "\\r");
    else if (point == '\t')
        add_text(out, "\\t");
    else if (out->json || point >= 0x80)
        add_format(out, "\\u%04x", (unsigned)point);
    else
        add_format(out, "\\x%02x", (unsigned)point);
}

/* The digits of a byte that is no UTF-8: in JSON as text, for a string cannot hold the byte. */
static void add_invalid(struct out *out, char byte)
{
    add_format(out, "%sx%02x", out->json ? "\\\\" : "\\", (unsigned)(unsigned char)byte);
}

/* Bytes at the start of `text` that need no look: nearly all of nearly every line. */
static size_t plain_run(struct lg_str text, bool quoted)
{
    size_t size = 0;

    while (size < text.size) {
        unsigned char byte = (unsigned char)text.data[size];
        if (byte < 0x20 || byte >= 0x7F || (quoted && (byte == '"' || byte == '\\')))
            break;
        size++;
    }
    return size;
}

/* Takes as much of a run of ASCII as fits. */
static void add_run(struct out *out, const char *data, size_t size)
{
    size_t room = out->room - out->size;

    add(out, data, size < room ? size : room);
    out->cut |= size > room;
}

/* `quoted`: the text stands between double quotes, so these and backslashes are escaped. */
static void add_escaped(struct out *out, struct lg_str text, bool quoted)
{
    while (text.size > 0 && !out->cut) {
        size_t run = plain_run(text, quoted);
        size_t size = run > 0 ? run : lg_utf8_sequence(text);
        uint32_t point = run == 0 && size > 0 ? code_point(text.data, size) : 0;
        if (run > 0)
            add_run(out, text.data, run);
        else if (size == 0)
            add_invalid(out, text.data[0]);
        else if (is_control(point))
            add_control(out, point);
        else if (quoted && (point == '"' || point == '\\'))
            add(out, (char[]){ '\\', (char)point }, 2);
        else
            add(out, text.data, size);
        text = lg_str_part(text, size == 0 ? 1 : size, text.size);
    }
}

/* A quoted string that is closed even where it is cut: room for its last quote is kept. */
static void add_quoted(struct out *out, struct lg_str text)
{
    if (out->cut || out->room - out->size < 2) {
        out->cut = true;
        return;
    }
    out->data[out->size++] = '"';
    out->room--;
    add_escaped(out, text, true);
    out->room++;
    out->data[out->size++] = '"';
}

static void add_number(struct out *out, const struct lg_log_field *field)
{
    int64_t number = field->number;

    if (field->type == LG_FIELD_INT) {
        add_format(out, "%lld", (long long)number);
        return;
    }
    const char *unit = out->json ? "" : "ms";
    uint64_t size = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    add_format(out, "%s%llu.%03u%s", number < 0 ? "-" : "", (unsigned long long)(size / 1000),
               (unsigned)(size % 1000), unit);
}

/* Whether a value of the text form needs quotes to be told apart from what follows it. */
static bool needs_quotes(struct lg_str value)
{
    for (size_t i = 0; i < value.size; i++)
        if (value.data[i] == ' ' || value.data[i] == '"' || value.data[i] == '=')
            return true;
    return value.size == 0;
}

static void add_value(struct out *out, const struct lg_log_field *field)
{
    if (field->type != LG_FIELD_STR)
        add_number(out, field);
    else if (out->json || needs_quotes(field->text))
        add_quoted(out, field->text);
    else
        add_escaped(out, field->text, false);
}

static void format_text(struct out *out, const struct lg_log_line *line, const char *time)
{
    add_format(out, "%s %-5s ", time, level_names[line->level]);
    add_escaped(out, line->who, false);
    if (line->request_id.size > 0) {
        add_text(out, " [");
        add_escaped(out, line->request_id, false);
        add_text(out, "]");
    }
    add_text(out, " ");
    add_escaped(out, line->message, false);
    for (size_t i = 0; i < line->field_count; i++) {
        add_text(out, " ");
        add_text(out, line->fields[i].name);
        add_text(out, "=");
        add_value(out, &line->fields[i]);
    }
}

/* The punctuation of a member and the longest number, or a string cut to nothing. */
#define MEMBER_ROOM 32

/* `,"name":` and the value; whole names only, so that the object stays one. */
static void add_member(struct out *out, const struct lg_log_field *field)
{
    if (out->room - out->size < strlen(field->name) + MEMBER_ROOM)
        out->cut = true;
    add_text(out, ",\"");
    add_text(out, field->name);
    add_text(out, "\":");
    add_value(out, field);
}

static void format_json(struct out *out, const struct lg_log_line *line, const char *time)
{
    struct lg_log_field who = { .name = "who", .text = line->who };
    struct lg_log_field request_id = { .name = "requestId", .text = line->request_id };
    struct lg_log_field message = { .name = "message", .text = line->message };

    add_format(out, "{\"time\":\"%s\",\"level\":\"%s\"", time, level_names[line->level]);
    add_member(out, &who);
    if (line->request_id.size > 0)
        add_member(out, &request_id);
    add_member(out, &message);
    for (size_t i = 0; i < line->field_count; i++)
        add_member(out, &line->fields[i]);
}

static void append(struct out *out, const char *text)
{
    size_t size = strlen(text);

    memcpy(out->data + out->size, text, size);
    out->size += size;
}

size_t lg_log_line_format(const struct lg_log_line *line, bool json, char out_text[LG_LOG_LINE_MAX])
{
    char time[LG_CLOCK_ISO_SIZE];
    struct out out = { .data = out_text, .room = LG_LOG_LINE_MAX - RESERVE, .json = json };

    lg_clock_iso(line->wall_us / 1000, time);
    if (json)
        format_json(&out, line, time);
    else
        format_text(&out, line, time);
    if (out.cut || line->cut)
        append(&out, json ? json_mark : text_mark);
    append(&out, json ? "}\n" : "\n");
    return out.size;
}
