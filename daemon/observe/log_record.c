/* log_record.c -- a head, the fields, then the texts one after the other. */
#include "observe/log_record.h"

#include <assert.h>
#include <string.h>

struct record {
    int64_t wall_us;
    uint32_t message;
    uint16_t who, request_id;
    uint8_t level, cut, field_count;
};

struct record_field {
    int64_t number;
    uint32_t name, text;
    uint32_t type;
};

static bool continues(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* Takes `text` off `*left`, or as many whole characters of it as there is left. */
static bool fit_text(struct lg_str *text, size_t *left)
{
    if (text->size <= *left) {
        *left -= text->size;
        return false;
    }
    size_t size = *left;
    while (size > 0 && continues(text->data[size]))
        size--;
    text->size = size;
    *left = 0;
    return true;
}

void lg_log_line_fit(struct lg_log_line *line, struct lg_log_field *fields)
{
    size_t left = LG_LOG_LINE_MAX;

    assert(line->field_count <= LG_LOG_FIELDS_MAX);
    line->cut |= fit_text(&line->who, &left);
    line->cut |= fit_text(&line->request_id, &left);
    line->cut |= fit_text(&line->message, &left);
    for (size_t i = 0; i < line->field_count; i++) {
        size_t name = strlen(fields[i].name);
        if (line->cut || name > left) {
            line->field_count = i;
            line->cut = true;
            return;
        }
        left -= name;
        line->cut |= fit_text(&fields[i].text, &left);
    }
}

size_t lg_log_record_size(const struct lg_log_line *line)
{
    size_t size = sizeof(struct record) + line->field_count * sizeof(struct record_field) +
                  line->who.size + line->request_id.size + line->message.size;

    for (size_t i = 0; i < line->field_count; i++)
        size += strlen(line->fields[i].name) + 1 + line->fields[i].text.size;
    return (size + 7) & ~(size_t)7;
}

static char *put(char *to, const char *data, size_t size)
{
    if (size > 0)
        memcpy(to, data, size);
    return to + size;
}

void lg_log_record_write(void *memory, const struct lg_log_line *line)
{
    struct record *record = memory;
    struct record_field *packed = (struct record_field *)(record + 1);
    char *to = (char *)(packed + line->field_count);

    *record = (struct record){
        .wall_us = line->wall_us,
        .message = (uint32_t)line->message.size,
        .who = (uint16_t)line->who.size,
        .request_id = (uint16_t)line->request_id.size,
        .level = (uint8_t)line->level,
        .cut = line->cut,
        .field_count = (uint8_t)line->field_count,
    };
    to = put(to, line->who.data, line->who.size);
    to = put(to, line->request_id.data, line->request_id.size);
    to = put(to, line->message.data, line->message.size);
    for (size_t i = 0; i < line->field_count; i++) {
        const struct lg_log_field *field = &line->fields[i];
        size_t name = strlen(field->name);
        packed[i] = (struct record_field){ .number = field->number,
                                           .name = (uint32_t)name,
                                           .text = (uint32_t)field->text.size,
                                           .type = (uint32_t)field->type };
        to = put(to, field->name, name + 1);
        to = put(to, field->text.data, field->text.size);
    }
}

int64_t lg_log_record_time(const void *memory)
{
    const struct record *record = memory;

    return record->wall_us;
}

static struct lg_str take(const char **from, size_t size)
{
    struct lg_str text = { *from, size };

    *from += size;
    return text;
}

void lg_log_record_read(const void *memory, struct lg_log_line *ret_line,
                        struct lg_log_field fields[LG_LOG_FIELDS_MAX])
{
    const struct record *record = memory;
    const struct record_field *packed = (const struct record_field *)(record + 1);
    const char *from = (const char *)(packed + record->field_count);

    *ret_line = (struct lg_log_line){ .wall_us = record->wall_us,
                                      .level = (enum lg_log_level)record->level,
                                      .cut = record->cut != 0,
                                      .fields = fields,
                                      .field_count = record->field_count };
    ret_line->who = take(&from, record->who);
    ret_line->request_id = take(&from, record->request_id);
    ret_line->message = take(&from, record->message);
    for (size_t i = 0; i < record->field_count; i++) {
        fields[i].name = take(&from, packed[i].name + 1u).data;
        fields[i].text = take(&from, packed[i].text);
        fields[i].number = packed[i].number;
        fields[i].type = packed[i].type;
    }
}
