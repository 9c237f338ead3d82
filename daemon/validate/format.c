/* format.c -- the table of formats, and what reads their characters. */
#include "validate/format.h"

#include "base/mem.h"

enum { PLAIN = 4, IDN = 400, HARD = 16 };

static const struct lg_format formats[] = {
    { "date-time", lg_format_date_time, PLAIN },
    { "date", lg_format_date, PLAIN },
    { "time", lg_format_time, PLAIN },
    { "duration", lg_format_duration, PLAIN },
    { "email", lg_format_email, PLAIN },
    { "idn-email", lg_format_idn_email, PLAIN },
    { "hostname", lg_format_hostname, PLAIN },
    { "idn-hostname", lg_format_idn_hostname, IDN },
    { "ipv4", lg_format_ipv4, PLAIN },
    { "ipv6", lg_format_ipv6, PLAIN },
    { "uri", lg_format_uri, PLAIN },
    { "uri-reference", lg_format_uri_reference, PLAIN },
    { "iri", lg_format_iri, PLAIN },
    { "iri-reference", lg_format_iri_reference, PLAIN },
    { "uri-template", lg_format_uri_template, PLAIN },
    { "uuid", lg_format_uuid, PLAIN },
    { "json-pointer", lg_format_json_pointer, PLAIN },
    { "relative-json-pointer", lg_format_relative_json_pointer, PLAIN },
    { "regex", lg_format_regex, HARD },
    { "ecmascript-regex", lg_format_regex, HARD },
    /* Of OpenAPI, which describe without a grammar of their own. */
    { "int32", NULL, 0 },
    { "int64", NULL, 0 },
    { "float", NULL, 0 },
    { "double", NULL, 0 },
    { "decimal", NULL, 0 },
    { "byte", NULL, 0 },
    { "binary", NULL, 0 },
    { "password", NULL, 0 },
};

const struct lg_format *lg_format_at(size_t index)
{
    return index < LG_COUNT(formats) ? &formats[index] : NULL;
}

const struct lg_format *lg_format_find(struct lg_str name)
{
    for (size_t i = 0; i < LG_COUNT(formats); i++) {
        if (lg_str_is(name, formats[i].name))
            return &formats[i];
    }
    return NULL;
}

bool lg_format_take_digits(struct lg_str *rest, size_t least, size_t most, unsigned *ret_number)
{
    size_t count = 0;

    *ret_number = 0;
    while (count < most && count < rest->size && lg_format_is_digit(rest->data[count])) {
        if (count < 9)
            *ret_number = *ret_number * 10 + (unsigned)(rest->data[count] - '0');
        count++;
    }
    *rest = lg_str_part(*rest, count, rest->size);
    return count >= least;
}

bool lg_format_take_percent(struct lg_str *rest)
{
    if (rest->size < 3 || rest->data[0] != '%' || !lg_format_is_hex(rest->data[1]) ||
        !lg_format_is_hex(rest->data[2]))
        return false;
    *rest = lg_str_part(*rest, 3, rest->size);
    return true;
}

int32_t lg_format_take_character(struct lg_str *rest)
{
    static const unsigned char first_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
    unsigned char first = (unsigned char)rest->data[0];
    size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    int32_t character = first & first_bits[size];

    for (size_t i = 1; i < size && i < rest->size; i++)
        character = character << 6 | ((unsigned char)rest->data[i] & 0x3f);
    *rest = lg_str_part(*rest, size, rest->size);
    return character;
}
