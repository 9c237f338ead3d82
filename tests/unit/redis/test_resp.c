/* test_resp.c -- commands as bytes, replies in pieces, ceilings. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "redis/resp.h"

static char seen[1000];

static void on_element(void *context, struct lg_str element)
{
    size_t used = strlen(seen);

    (void)context;
    (void)snprintf(seen + used, sizeof(seen) - used, "%.*s|", LG_STR_ARG(element));
}

static void feed(struct lg_resp_reader *reader, const char *text)
{
    cr_assert_eq(lg_resp_feed(reader, text, strlen(text)), LG_OK);
}

static redisReply *next(struct lg_resp_reader *reader)
{
    redisReply *reply = NULL;

    cr_assert_eq(lg_resp_next(reader, &reply), LG_OK);
    return reply;
}

Test(resp, commands)
{
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    lg_resp_begin(&out, 3);
    lg_resp_add(&out, LG_STR("RPUSH"));
    lg_resp_add(&out, LG_STR(""));
    lg_resp_add_joined(&out, LG_STR("0123456789"), LG_STR("\r\n"));
    cr_assert(
        lg_str_is(lg_buf_str(&out), "*3\r\n$5\r\nRPUSH\r\n$0\r\n\r\n$12\r\n0123456789\r\n\r\n"));
    lg_buf_done(&out);
}

Test(resp, replies_in_any_pieces)
{
    static const char text[] =
        "+OK\r\n:12\r\n$-1\r\n-ERR no\r\n*2\r\n$1\r\na\r\n:1\r\n$3\r\nx\r\n\r\n";
    struct lg_resp_reader *reader = lg_resp_reader_new(1000, NULL, NULL);
    int types[8], count = 0;

    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        cr_assert_eq(lg_resp_feed(reader, text + i, 1), LG_OK);
        redisReply *reply = next(reader);
        if (reply == NULL)
            continue;
        types[count++] = reply->type;
        if (count == 2)
            cr_assert_eq(lg_resp_integer(reply, -1), 12);
        if (count == 4)
            cr_assert(lg_resp_is_error(reply) && lg_str_is(lg_resp_text(reply), "ERR no"));
        if (count == 6)
            cr_assert(lg_str_is(lg_resp_text(reply), "x\r\n"));
        freeReplyObject(reply);
    }
    cr_assert_eq(count, 6);
    cr_assert_eq(types[2], REDIS_REPLY_NIL);
    cr_assert_eq(types[4], REDIS_REPLY_ARRAY);
    lg_resp_reader_free(reader);
}

Test(resp, elements_are_handed_over_as_they_come)
{
    struct lg_resp_reader *reader = lg_resp_reader_new(100, on_element, NULL);

    feed(reader, "*2\r\n$3\r\nkey\r\n*2\r\n$3\r\none\r\n$");
    cr_assert_null(next(reader));
    cr_assert_str_eq(seen, "one|");
    feed(reader, "3\r\ntwo\r\n");
    redisReply *reply = next(reader);
    cr_assert_str_eq(seen, "one|two|");
    cr_assert(lg_str_is(lg_resp_text(reply->element[0]), "key"));
    cr_assert_eq(reply->element[1]->element[0]->len, 0);
    freeReplyObject(reply);
    seen[0] = '\0';
    feed(reader, "*2\r\n$3\r\nkey\r\n$5\r\nthree\r\n+PONG\r\n");
    freeReplyObject(next(reader));
    freeReplyObject(next(reader));
    cr_assert_str_eq(seen, "three|");
    lg_resp_reader_free(reader);
}

Test(resp, what_no_list_gave_is_no_element)
{
    struct lg_resp_reader *reader = lg_resp_reader_new(1000, on_element, NULL);

    /* ROLE of a master with two replicas; CLUSTER SLOTS */
    feed(reader, "*3\r\n$6\r\nmaster\r\n:1\r\n*2\r\n"
                 "*3\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\n9\r\n"
                 "*2\r\n$1\r\nb\r\n$1\r\n2\r\n");
    freeReplyObject(next(reader));
    feed(reader, "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$1\r\na\r\n:1\r\n");
    freeReplyObject(next(reader));
    cr_assert_str_eq(seen, "");
    lg_resp_reader_free(reader);
}

Test(resp, elements_that_were_handed_over_do_not_count_for_the_ceiling)
{
    struct lg_resp_reader *reader = lg_resp_reader_new(200, on_element, NULL);
    char ninety[91];

    memset(ninety, 'x', 90);
    ninety[90] = '\0';
    feed(reader, "*2\r\n$1\r\nk\r\n*5\r\n");
    for (int i = 0; i < 5; i++) {
        feed(reader, "$90\r\n");
        feed(reader, ninety);
        feed(reader, "\r\n");
        redisReply *reply = next(reader);
        cr_assert_eq(reply != NULL, i == 4);
        if (reply != NULL)
            freeReplyObject(reply);
    }
    lg_resp_reader_free(reader);
}

Test(resp, no_more_is_held_than_the_ceiling)
{
    struct lg_resp_reader *reader = lg_resp_reader_new(20, NULL, NULL);

    feed(reader, "$1000\r\n0123456789");
    cr_assert_null(next(reader));
    cr_assert_eq(lg_resp_feed(reader, "0123", 4), LG_ERR_TOO_BIG);
    lg_resp_reader_free(reader);
    reader = lg_resp_reader_new(20, NULL, NULL);
    for (int i = 0; i < 100; i++) {
        feed(reader, "+0123456789\r\n"); /* many replies are not one */
        freeReplyObject(next(reader));
    }
    lg_resp_reader_free(reader);
}

#define MOST 10000 /* of a string, and 128 KiB beside it */

static size_t cut_size;

static void on_cut(void *context, struct lg_str element)
{
    on_element(context, lg_str_part(element, 0, 3));
    if (element.size > cut_size)
        cut_size = element.size;
}

/* [k, [20000 x, "two"]], then an answer of each kind. */
static size_t write_long(char *text)
{
    size_t used = (size_t)sprintf(text, "*2\r\n$1\r\nk\r\n*3\r\n$%d\r\n", 2 * MOST);

    memset(text + used, 'x', 2 * MOST);
    used += 2 * MOST;
    return used + (size_t)sprintf(text + used, "\r\n$3\r\ntwo\r\n$0\r\n\r\n"
                                               "$-1\r\n+OK\r\n-ERR $9\r\n:7\r\n*-1\r\n");
}

Test(resp, what_is_too_long_is_cut_and_the_next_is_whole)
{
    static char text[3 * MOST];
    static const size_t pieces[] = { 1, 2, 3, 7, 4096, sizeof(text) };
    static const int types[] = { REDIS_REPLY_ARRAY, REDIS_REPLY_NIL,     REDIS_REPLY_STATUS,
                                 REDIS_REPLY_ERROR, REDIS_REPLY_INTEGER, REDIS_REPLY_NIL };
    size_t size = write_long(text);

    for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
        struct lg_resp_reader *reader =
            lg_resp_reader_new(MOST + ((size_t)128 << 10), on_cut, NULL);
        size_t count = 0;

        seen[0] = '\0';
        cut_size = 0;
        lg_resp_cut_long(reader);
        for (size_t at = 0; at < size; at += pieces[i]) {
            size_t step = size - at < pieces[i] ? size - at : pieces[i];
            redisReply *reply;

            cr_assert_eq(lg_resp_feed(reader, text + at, step), LG_OK);
            while ((reply = next(reader)) != NULL) {
                cr_assert_eq(reply->type, types[count++]);
                freeReplyObject(reply);
            }
        }
        cr_assert_eq(count, 6);
        cr_assert_str_eq(seen, "xxx|two||");
        cr_assert_eq(cut_size, MOST);
        lg_resp_reader_free(reader);
    }
}

Test(resp, lengths_that_are_none_are_refused_where_strings_are_cut)
{
    static const char *const bad[] = { "$1x\r\n",
                                       "$x\r\n",
                                       "$\r\n",
                                       "$-2\r\n",
                                       "$00000000000000000000000000000\r\n",
                                       "$99999999999999999999999\r\n" };

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct lg_resp_reader *reader = lg_resp_reader_new(1 << 20, NULL, NULL);
        redisReply *reply = NULL;

        lg_resp_cut_long(reader);
        feed(reader, bad[i]);
        feed(reader, "+OK\r\n");
        cr_expect_eq(lg_resp_next(reader, &reply), LG_ERR_SYNTAX, "%s", bad[i]);
        lg_resp_reader_free(reader);
    }
}

static void is_refused(const char *text)
{
    struct lg_resp_reader *reader = lg_resp_reader_new(1000, NULL, NULL);
    redisReply *reply = NULL;

    feed(reader, text);
    cr_assert_eq(lg_resp_next(reader, &reply), LG_ERR_SYNTAX);
    lg_resp_reader_free(reader);
}

Test(resp, what_is_no_redis)
{
    is_refused("HTTP/1.1 400 Bad Request\r\n");
    is_refused("*1000000000\r\n");
    is_refused("*200000\r\n");
}
