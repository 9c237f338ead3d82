/* Documents in which credentials come. */
#include "cloud/credential_text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct lg_credentials found;
static struct lg_buf reason;

static void set_up(void)
{
    lg_buf_init(&reason, SIZE_MAX);
}

static void tear_down(void)
{
    lg_credentials_done(&found);
    lg_buf_done(&reason);
}

TestSuite(credential_text, .init = set_up, .fini = tear_down, .timeout = 20);

static bool read_json(const char *text, const struct lg_credentials_dialect *dialect)
{
    lg_buf_clear(&reason);
    lg_credentials_done(&found);
    return lg_credentials_read_json(lg_str_of(text), dialect, &found, &reason);
}

static void reason_is(const char *words)
{
    cr_expect(lg_str_is(lg_buf_str(&reason), words), "%.*s", LG_STR_ARG(lg_buf_str(&reason)));
}

Test(credential_text, a_containers_document)
{
    cr_assert(read_json("{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\",\"Token\":\"T\","
                        "\"Expiration\":\"2026-01-31T11:00:00Z\"}",
                        &lg_credentials_of_container));
    cr_assert_str_eq(found.access_key_id, "A");
    cr_assert_str_eq(found.secret_access_key, "S");
    cr_assert_str_eq(found.session_token, "T");
    cr_assert(eq(i64, found.expires_ms, 1769857200000));
}

Test(credential_text, a_program_may_say_in_so_many_words_that_they_have_no_end_and_no_session)
{
    cr_assert(read_json("{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\","
                        "\"SessionToken\":null,\"Expiration\":null}",
                        &lg_credentials_of_process));
    cr_assert(found.session_token == NULL);
    cr_assert(eq(i64, found.expires_ms, 0));
}

Test(credential_text, what_is_no_key_or_no_document_is_refused_without_telling_it)
{
    cr_assert(not(read_json("[]", &lg_credentials_of_container)));
    reason_is("a document without credentials");
    cr_assert(not(read_json("secret", &lg_credentials_of_container)));
    reason_is("a document that is not JSON");
    cr_assert(not(read_json("{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"a\\nb\"}",
                            &lg_credentials_of_container)));
    reason_is("a key with characters that no key has");
    cr_assert(not(read_json("{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\",\"Expiration\":1}",
                            &lg_credentials_of_container) &&
                  found.expires_ms != 1));
    cr_assert(
        not(read_json("{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\",\"Expiration\":\"x\"}",
                      &lg_credentials_of_container)));
    reason_is("a document whose Expiration is not a time");
}

Test(credential_text, an_instance_must_say_success_and_a_program_version_1)
{
    cr_assert(not(read_json("{\"Code\":\"Failed\",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\"}",
                            &lg_credentials_of_instance)));
    reason_is("a document whose Code is not Success");
    cr_assert(not(read_json("{\"Version\":2,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\"}",
                            &lg_credentials_of_process)));
    cr_assert(read_json("{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\"}",
                        &lg_credentials_of_process));
    cr_assert(eq(i64, found.expires_ms, 0));
}

Test(credential_text, sts_answers_in_xml)
{
    cr_assert(lg_credentials_read_xml(
        LG_STR(
            "<R><Credentials> <AccessKeyId>A</AccessKeyId><SecretAccessKey>S/+=</SecretAccessKey>"
            "<SessionToken>T</SessionToken><Expiration>2026-01-31T11:00:00.5Z</Expiration>"
            "</Credentials></R>"),
        &found, &reason));
    cr_assert_str_eq(found.secret_access_key, "S/+=");
    cr_assert(eq(i64, found.expires_ms, 1769857200000));
}

Test(credential_text, xml_that_is_cut_or_hides_something_is_refused)
{
    cr_assert(not(
        lg_credentials_read_xml(LG_STR("<Credentials><AccessKeyId>A</Access"), &found, &reason)));
    cr_assert(not(lg_credentials_read_xml(
        LG_STR("<Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>a b</SecretAccessKey>"
               "</Credentials>"),
        &found, &reason)));
}

Test(credential_text, times_with_fractions_and_offsets)
{
    cr_assert(eq(i64, lg_credentials_time(LG_STR("2026-01-31T11:00:00Z")), 1769857200000));
    cr_assert(eq(i64, lg_credentials_time(LG_STR("2026-01-31T11:00:00.123Z")), 1769857200000));
    cr_assert(eq(i64, lg_credentials_time(LG_STR("2026-01-31T12:30:00+01:30")), 1769857200000));
    cr_assert(eq(i64, lg_credentials_time(LG_STR("soon")), 0));
    cr_assert(eq(i64, lg_credentials_time(LG_STR("")), 0));
}
