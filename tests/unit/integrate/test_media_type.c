/* test_media_type.c -- which bodies are text and which are binary, by kind of API. */
#include "integrate/media_type.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/mem.h"

/* --- HTTP APIs -------------------------------------------------------------------------------- */

static void is_text(const char *type)
{
    cr_assert(lg_media_type_is_text(lg_str_of(type)), "%s", type);
}

static void is_binary(const char *type)
{
    cr_assert(not(lg_media_type_is_text(lg_str_of(type))), "%s", type);
}

Test(text_types, any_text_type_is_text)
{
    is_text("text/plain");
    is_text("text/html; charset=utf-8");
    is_text("text/x-anything");
    is_binary("textual/plain");
    is_binary("text");
}

Test(text_types, json_is_text)
{
    is_text("application/json");
    is_text("application/json; charset=utf-8");
}

Test(text_types, xml_is_text)
{
    is_text("application/xml");
}

Test(text_types, javascript_is_text)
{
    is_text("application/javascript");
}

Test(text_types, a_form_is_binary)
{
    is_binary("application/x-www-form-urlencoded");
    is_binary("multipart/form-data; boundary=text/plain");
}

Test(text_types, octets_and_images_are_binary)
{
    is_binary("application/octet-stream");
    is_binary("image/png");
}

Test(text_types, no_type_is_binary)
{
    is_binary("");
    is_binary(" ");
    is_binary("; charset=utf-8");
    cr_assert(not(lg_media_type_is_text(LG_STR_NONE)));
}

Test(text_types, types_with_a_suffix_are_binary)
{
    is_binary("application/vnd.x+json");
    is_binary("application/jsonp");
    is_binary("application/xml-dtd");
    is_binary("application/soap+xml");
}

Test(text_types, case_and_blanks_make_no_difference)
{
    is_text("Application/JSON");
    is_text(" application/json ;charset=x");
    is_text("TEXT/plain");
}

/* --- REST APIs: binaryMediaTypes -------------------------------------------------------------- */

static bool is_listed(const char *type, const char *entry)
{
    return lg_media_type_is_listed(lg_media_type(lg_str_of(type)), &entry, 1);
}

Test(listed_types, nothing_is_listed_in_an_empty_list)
{
    cr_assert(not(lg_media_type_is_listed(LG_STR("image/png"), NULL, 0)));
    cr_assert(not(lg_media_type_is_listed(LG_STR_NONE, NULL, 0)));
}

Test(listed_types, a_type_is_matched_word_for_word)
{
    cr_assert(is_listed("image/png", "image/png"));
    cr_assert(not(is_listed("image/pn", "image/png")));
    cr_assert(not(is_listed("image/pngx", "image/png")));
    cr_assert(not(is_listed("", "image/png")));
}

Test(listed_types, an_asterisk_behind_the_slash_takes_all_subtypes)
{
    cr_assert(is_listed("image/png", "image/*"));
    cr_assert(is_listed("image/*", "image/*"));
    cr_assert(not(is_listed("images/png", "image/*")));
    cr_assert(not(is_listed("image", "image/*")));
}

Test(listed_types, two_asterisks_take_everything_even_no_type)
{
    cr_assert(is_listed("application/json", "*/*"));
    cr_assert(is_listed("", "*/*"));
}

Test(listed_types, asterisks_of_a_request_match_no_particular_type)
{
    cr_assert(not(is_listed("*/*", "image/png")));
    cr_assert(not(is_listed("image/*", "image/png")));
    cr_assert(not(is_listed("*/*", "image/*")));
}

Test(listed_types, parameters_and_case_make_no_difference)
{
    cr_assert(is_listed("Image/PNG; q=0.5", "image/png"));
    cr_assert(is_listed(" image/png ;x=y", "IMAGE/*"));
}

Test(listed_types, any_entry_of_the_list_will_do)
{
    static const char *const list[] = { "image/*", "application/pdf" };

    cr_assert(lg_media_type_is_listed(LG_STR("application/pdf"), list, LG_COUNT(list)));
    cr_assert(lg_media_type_is_listed(LG_STR("image/gif"), list, LG_COUNT(list)));
    cr_assert(not(lg_media_type_is_listed(LG_STR("text/plain"), list, LG_COUNT(list))));
}

Test(accepted_type, is_the_first_one_without_its_parameters)
{
    cr_assert(
        lg_str_is(lg_media_type_accepted(LG_STR("image/webp;q=0.8, text/html")), "image/webp"));
    cr_assert(lg_str_is(lg_media_type_accepted(LG_STR(" image/png,*/*")), "image/png"));
    cr_assert(lg_str_is(lg_media_type_accepted(LG_STR("*/*")), "*/*"));
    cr_assert(eq(sz, lg_media_type_accepted(LG_STR_NONE).size, 0));
}
