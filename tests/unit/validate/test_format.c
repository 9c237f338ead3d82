/* What each format takes and what it does not. */
#include "validate/format.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void check(const char *name, const char *const *texts, bool wanted)
{
    const struct lg_format *format = lg_format_find(lg_str_of(name));

    cr_assert(format != NULL && format->fits != NULL, "%s", name);
    for (; *texts != NULL; texts++) {
        /* A copy of its own size, so that a byte read beyond it is seen. */
        struct lg_str text = lg_str_of(*texts);
        char *copy = lg_alloc(text.size);
        memcpy(copy, text.data, text.size);
        cr_assert(eq(int, format->fits(lg_str_make(copy, text.size)), wanted), "%s: %s", name,
                  *texts);
        free(copy);
    }
}

#define FITS(name, ...) check(name, (const char *const[]){ __VA_ARGS__, NULL }, true)
#define DOES_NOT_FIT(name, ...) check(name, (const char *const[]){ __VA_ARGS__, NULL }, false)

Test(format, dates)
{
    FITS("date", "2024-02-29", "2000-02-29", "0000-01-01", "9999-12-31");
    DOES_NOT_FIT("date", "2023-02-29", "1900-02-29", "2024-00-01", "2024-13-01", "2024-04-31",
                 "2024-01-00", "24-01-01", "2024-1-1", "2024/01/01", "", "2024-01-01 ",
                 "2024-01-01T",
                 "\xd9\xa2"
                 "024-01-01");
}

Test(format, times)
{
    FITS("time", "00:00:00Z", "23:59:59.999999999z", "12:00:00+23:59", "23:59:60Z",
         "15:59:60-08:00", "01:29:60+01:30", "08:30:06.1+00:20");
    DOES_NOT_FIT("time", "24:00:00Z", "12:60:00Z", "12:00:61Z", "12:00:00", "12:00:00+24:00",
                 "12:00:00+01", "12:00:00.Z", "22:59:60Z", "23:58:60Z", "12:00:60+01:00",
                 "1:00:00Z", "12:00Z", "12:00:00 Z", "12:00:00ZZ", "");
    FITS("date-time", "2024-02-29T12:00:00Z", "1998-12-31T23:59:60Z",
         "1998-12-31t15:59:60.5-08:00");
    DOES_NOT_FIT("date-time", "2024-02-29", "2024-02-29 12:00:00Z", "2024-02-30T12:00:00Z",
                 "2024-02-29T12:00:00", "2024-02-29T24:00:00Z");
}

Test(format, durations)
{
    FITS("duration", "P1Y", "P4DT12H30M5S", "PT0S", "P1Y2M3D", "P2W", "PT36H", "P1DT1S", "PT1M5S");
    DOES_NOT_FIT("duration", "P", "PT", "P1", "P1DT", "1Y", "P2D1Y", "P1D2H", "PT1D", "P1Y2W",
                 "P1Y2D", "PT1H2S", "P1,5D", "P-1D", "p1d", "P1W1D", "");
}

Test(format, addresses_of_hosts)
{
    FITS("ipv4", "0.0.0.0", "255.255.255.255", "192.168.0.1");
    DOES_NOT_FIT("ipv4", "256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.4 ", "1.2.3.4/8",
                 "0x7f.0.0.1", "", "1.2.3.\xd9\xa1");
    FITS("ipv6", "::", "::1", "2001:db8::1", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "FE80::A");
    DOES_NOT_FIT("ipv6", ":::", "1::2::3", "12345::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
                 "::ffff:01.2.3.4", "fe80::1%eth0", "::1/64", "g::", "", " ::1", "1.2.3.4");
}

Test(format, names_of_hosts)
{
    FITS("hostname", "a", "www.example.com", "1host", "xn--9n2bp8q", "a-b.c-d", "ab--cd");
    DOES_NOT_FIT("hostname", "", ".", "a.", ".a", "a..b", "-a", "a-", "a_b", "xn--x", "\xc3\xa9",
                 "a b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    FITS("idn-hostname", "example.com",
         "b\xc3\xbc"
         "cher.example",
         "l\xc2\xb7l", "\xe3\x82\xa2\xe3\x83\xbb\xe3\x82\xa2",
         "a\xe3\x80\x82"
         "b",
         "\xd7\x90.\xd7\x91");
    DOES_NOT_FIT("idn-hostname", "", "a\xe3\x80\x82",
                 "\xe3\x80\x82"
                 "a",
                 "B\xc3\x9c"
                 "cher",
                 "a\xc2\xb7l", "-\xc3\xbc",
                 "\xcc\x80"
                 "a",
                 "0a.\xd7\x90",
                 "\xd7\x90"
                 "0\xd9\xa0",
                 "xn--7a", "\xef\xbf\xbe", "a\xd7\x90");
}

Test(format, mailboxes)
{
    FITS("email", "a@b", "joe.bloggs@example.com", "\"joe bloggs\"@example.com",
         "\"a\\\"b\"@example.com", "a+b!#$@example.com", "joe@[127.0.0.1]", "joe@[IPv6:::1]",
         "a@x-tag.example", "joe@[tag:anything]");
    DOES_NOT_FIT("email", "", "@", "a@", "@b", "a b@c", ".a@b", "a.@b", "a..b@c", "a@b@c", "a@-b",
                 "a@b_c", "a@[300.0.0.1]", "a@[IPv6:1.2.3.4]", "\"a\"b@c", "\"a@c", "\xc3\xa9@b",
                 "a@\xc3\xa9", "a@b.", "a@[", "\"\\",
                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b");
    FITS("idn-email", "\xc3\xa9@b", "a@\xc3\xa9.example", "\"\xc3\xa9 x\"@b");
    DOES_NOT_FIT("idn-email", "2962", "\xc3\xa9", "\xc3\xa9@", "a@\xc3\xa9..b");
}

Test(format, uris)
{
    FITS("uri", "http://example.com", "urn:a:b", "mailto:a@b.c", "http://u:p@h:80/p?q=/?#f/?",
         "http://[::1]:80/", "http://[v1.a:b]/", "a:", "file:///etc", "http://h/%41%6a", "http://",
         "x-y+z.1:/");
    DOES_NOT_FIT("uri", "", "/a", "a", "//h/p", "1a:b", "http://h/%4", "http://h/ ", "http://h/\"",
                 "http://h:8a/", "http://[::1", "http://[::1]x/", "http://a@b@c/", "http://h/[",
                 "http://h/#a#b", "http://h/\xc3\xa9", "http://[v.a]/", "http://[vz.a]/",
                 "http:\\\\h");
    FITS("uri-reference", "", "/a", "a", "#f", "?q", "//h", "../a", "a/b:c", "./a:b");
    DOES_NOT_FIT("uri-reference", "\\\\h\\s", "#a\\b", "1:b", "a b", "%", "\xc3\xa9");
    FITS("iri", "http://\xc3\xa9.example/\xe2\x82\xac?\xee\x80\x80#\xf0\x90\x8c\x80", "http://a/");
    DOES_NOT_FIT("iri", "/\xc3\xa9", "http://h/\xee\x80\x80", "http://h/#\xee\x80\x80",
                 "http://h/\xc2\x80", "http://h/\xef\xbf\xbf");
    FITS("iri-reference", "/\xc3\xa9", "\xc3\xa9", "");
    DOES_NOT_FIT("iri-reference", "\\\\\xc3\xa9", "#\xc3\xa9\\");
}

Test(format, templates_of_uris)
{
    FITS("uri-template", "", "a", "{a}", "http://h/{a}/{b:3}{?c*,d}", "{+a}{#b}{.c}{/d}{;e}{&f}",
         "{a.b_c}", "{%41}", "a%20b", "\xc3\xa9", "{v:9999}", "'");
    DOES_NOT_FIT("uri-template", "{", "}", "{}", "{a", "a}", "{a,}", "{,}", "{a:0}", "{a:10000}",
                 "{a b}", "{a.}", "{.}", "{a..b}", "a b", "<", "{-a}", "%", "{a:}", "{a*:1}",
                 "\x7f");
}

Test(format, pointers_and_ids)
{
    FITS("json-pointer", "", "/", "/a/b", "/a~0~1", "/\xc3\xa9", "//");
    DOES_NOT_FIT("json-pointer", "a", "#", "/~", "/~2", "/a~");
    FITS("relative-json-pointer", "0", "1/a", "0#", "12/a~0", "0+1/a", "3-2#");
    DOES_NOT_FIT("relative-json-pointer", "", "/a", "-1", "01", "00", "0##", "1#/a", "0/~", "a",
                 "0+/a", "0+0", "1\n");
    FITS("uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2EB8AA08-AA98-11EA-B4AA-73B441D16380",
         "00000000-0000-0000-0000-000000000000");
    DOES_NOT_FIT("uuid", "", "2eb8aa08-aa98-11ea-b4aa-73b441d1638",
                 "2eb8aa08aa9811eab4aa73b441d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d1638g",
                 "2eb8aa08-aa98-11eab4aa-73b44-1d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d163801");
}

Test(format, patterns)
{
    FITS("regex", "", "^a+$", "(?:a|b)*?", "\\p{L}", "(?<n>a)\\k<n>", "[^]", "a{2,3}");
    DOES_NOT_FIT("regex", "(", "a)", "*", "^\\S(|(.|\\n)*\\S)\\Z", "\\a", "[b-a]", "(?i)a",
                 "\\k<x>");
    FITS("ecmascript-regex", "^\\d$");
    DOES_NOT_FIT("ecmascript-regex", "[");
}

Test(format, names_that_only_describe_check_nothing)
{
    cr_assert(lg_format_find(LG_STR("int32")) != NULL);
    cr_assert(lg_format_find(LG_STR("int32"))->fits == NULL);
    cr_assert(lg_format_find(LG_STR("datetime")) == NULL);
    cr_assert(lg_format_at(0) != NULL && lg_format_at(10000) == NULL);
}
