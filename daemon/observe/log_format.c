/* log_format.c -- a line as an operator reads it, or as one JSON object; nothing forges another. */
#include <assert.h>
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

#define LEVEL_WIDTH strlen("DEBUG")

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
static inline void add(struct out *out, const char *data, size_t size)
{
    if (out->cut || size > out->room - out->size) {
        out->cut = true;
        return;
    }
    memcpy(out->data + out->size, data, size);
    out->size += size;
}

static inline void add_text(struct out *out, const char *text)
{
    add(out, text, strlen(text));
}

/* A number that the escape `mark` stands before, in hex: all of it or nothing. */
static void add_hex(struct out *out, const char *mark, uint32_t number, size_t width)
{
    char text[16];
    size_t size = strlen(mark);

    assert(size + width <= sizeof(text));
    memcpy(text, mark, size);
    for (size_t i = 0; i < width; i++)
        text[size + i] = "0123456789abcdef"[number >> 4 * (width - 1 - i) & 0xf];
    add(out, text, size + width);
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
    else if (point == '\t') /* as it is in text: it forges nothing, and parts a REPORT line */
        add_text(out, out->json ? "\\t" : "\t");
    else if (out->json || point >= 0x80)
        add_hex(out, "\\u", point, 4);
    else
        add_hex(out, "\\x", point, 2);
}

/* The digits of a byte that is no UTF-8: in JSON as text, for a string cannot hold the byte. */
static void add_invalid(struct out *out, char byte)
{
    add_hex(out, out->json ? "\\\\x" : "\\x", (unsigned char)byte, 2);
}

#define EACH_BYTE(byte) ((byte)*UINT64_C(0x0101010101010101))

/* The high bit of every byte that is `byte`, and of no byte before the first such one. */
static uint64_t bytes_equal(uint64_t word, unsigned char byte)
{
    word ^= EACH_BYTE(byte);
    return (word - EACH_BYTE(0x01)) & ~word;
}

/* Eight bytes of printable ASCII. */
static bool eight_are_plain(const char *data, bool quoted)
{
    uint64_t word, odd;

    memcpy(&word, data, sizeof(word));
    odd = word | (word - EACH_BYTE(0x20)) | bytes_equal(word, 0x7F);
    if (quoted)
        odd |= bytes_equal(word, '"') | bytes_equal(word, '\\');
    return (odd & EACH_BYTE(0x80)) == 0;
}

/* Bytes at the start of `text` that need no look: nearly all of nearly every line. */
static size_t plain_run(struct lg_str text, bool quoted)
{
    size_t size = 0;

    while (text.size - size >= sizeof(uint64_t) && eight_are_plain(text.data + size, quoted))
        size += sizeof(uint64_t);
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

/* The last `count` decimal digits of `*number`, which loses them, in front of `at`. */
static char *put_digits(char *at, uint64_t *number, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        *--at = (char)('0' + *number % 10);
        *number /= 10;
    }
    return at;
}

/* From the last digit to the first: printf would cost more than all the rest of a line. */
static void add_number(struct out *out, const struct lg_log_field *field)
{
    uint64_t rest = field->number < 0 ? 0 - (uint64_t)field->number : (uint64_t)field->number;
    char text[32];
    char *end = text + sizeof(text), *at = end;

    if (field->type == LG_FIELD_MS) {
        if (!out->json)
            at = memcpy(at - 2, "ms", 2);
        at = put_digits(at, &rest, 3);
        *--at = '.';
    }
    do {
        at = put_digits(at, &rest, 1);
    } while (rest > 0);
    if (field->number < 0)
        *--at = '-';
    add(out, at, (size_t)(end - at));
}

/* Whether a byte of the text form, or any of eight, needs quotes around its value. */
static bool splits(char byte)
{
    return byte == ' ' || byte == '"' || byte == '=';
}

static bool any_splits(const char *eight)
{
    uint64_t word;

    memcpy(&word, eight, sizeof(word));
    return ((bytes_equal(word, ' ') | bytes_equal(word, '"') | bytes_equal(word, '=')) &
            EACH_BYTE(0x80)) != 0;
}

/* Whether a value of the text form needs quotes to be told apart from what follows it. */
static bool needs_quotes(struct lg_str value)
{
    size_t i = 0;

    for (; value.size - i >= sizeof(uint64_t); i += sizeof(uint64_t))
        if (any_splits(value.data + i))
            return true;
    for (; i < value.size; i++)
        if (splits(value.data[i]))
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
    const char *level = level_names[line->level];

    add_text(out, time);
    add_text(out, " ");
    add_text(out, level);
    add(out, "      ", LEVEL_WIDTH + 1 - strlen(level));
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

    add_text(out, "{\"time\":\"");
    add_text(out, time);
    add_text(out, "\",\"level\":\"");
    add_text(out, level_names[line->level]);
    add_text(out, "\"");
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

/* The text of a second is kept: lines come by the thousand within one. */
static void put_time(int64_t wall_ms, char ret_text[LG_CLOCK_ISO_SIZE])
{
    static _Thread_local struct {
        int64_t second;
        char text[LG_CLOCK_ISO_SIZE];
    } last;
    uint64_t milli = (uint64_t)(wall_ms % 1000);

    if (wall_ms < 0) {
        lg_clock_iso(wall_ms, ret_text);
        return;
    }
    if (last.text[0] == '\0' || last.second != wall_ms / 1000) {
        last.second = wall_ms / 1000;
        lg_clock_iso(wall_ms, last.text);
    }
    memcpy(ret_text, last.text, LG_CLOCK_ISO_SIZE);
    put_digits(ret_text + strlen("2026-01-31T10:00:03.004"), &milli, 3);
}

size_t lg_log_line_format(const struct lg_log_line *line, bool json, char out_text[LG_LOG_LINE_MAX])
{
    char time[LG_CLOCK_ISO_SIZE];
    struct out out = { .data = out_text, .room = LG_LOG_LINE_MAX - RESERVE, .json = json };

    put_time(line->wall_us / 1000, time);
    if (json)
        format_json(&out, line, time);
    else
        format_text(&out, line, time);
    if (out.cut || line->cut)
        append(&out, json ? json_mark : text_mark);
    append(&out, json ? "}\n" : "\n");
    return out.size;
}
