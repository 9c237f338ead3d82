/* format.c -- the table of formats, and what reads their characters. */
#include "validate/format.h"

#include "base/mem.h"
#include "validate/fuel.h"

/* A label takes libidn2 about 1 us, and there may be one in three bytes. */
enum { PLAIN = 4, IDN = 160, HARD = 16 };

static const struct lg_format formats[] = {
    { "date-time", lg_format_date_time, PLAIN, NULL, 0 },
    { "date", lg_format_date, PLAIN, NULL, 0 },
    { "time", lg_format_time, PLAIN, NULL, 0 },
    { "duration", lg_format_duration, PLAIN, NULL, 0 },
    { "email", lg_format_email, PLAIN, NULL, 0 },
    { "idn-email", lg_format_idn_email, PLAIN, NULL, 0 },
    { "hostname", lg_format_hostname, PLAIN, lg_format_needs_idn, IDN },
    { "idn-hostname", lg_format_idn_hostname, PLAIN, lg_format_needs_idn, IDN },
    { "ipv4", lg_format_ipv4, PLAIN, NULL, 0 },
    { "ipv6", lg_format_ipv6, PLAIN, NULL, 0 },
    { "uri", lg_format_uri, PLAIN, NULL, 0 },
    { "uri-reference", lg_format_uri_reference, PLAIN, NULL, 0 },
    { "iri", lg_format_iri, PLAIN, NULL, 0 },
    { "iri-reference", lg_format_iri_reference, PLAIN, NULL, 0 },
    { "uri-template", lg_format_uri_template, PLAIN, NULL, 0 },
    { "uuid", lg_format_uuid, PLAIN, NULL, 0 },
    { "json-pointer", lg_format_json_pointer, PLAIN, NULL, 0 },
    { "relative-json-pointer", lg_format_relative_json_pointer, PLAIN, NULL, 0 },
    { "regex", lg_format_regex, HARD, NULL, 0 },
    { "ecmascript-regex", lg_format_regex, HARD, NULL, 0 },
    /* Of OpenAPI, which describe without a grammar of their own. */
    { "int32", NULL, 0, NULL, 0 },
    { "int64", NULL, 0, NULL, 0 },
    { "float", NULL, 0, NULL, 0 },
    { "double", NULL, 0, NULL, 0 },
    { "decimal", NULL, 0, NULL, 0 },
    { "byte", NULL, 0, NULL, 0 },
    { "binary", NULL, 0, NULL, 0 },
    { "password", NULL, 0, NULL, 0 },
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

uint64_t lg_format_units(const struct lg_format *format, struct lg_str text)
{
    unsigned units = format->units;

    if (format->dear != NULL && format->dear(text))
        units += format->dear_units;
    return units * (1 + text.size / LG_FUEL_BYTES);
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
