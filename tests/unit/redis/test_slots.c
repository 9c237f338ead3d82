/* test_slots.c -- the slots of keys as CLUSTER KEYSLOT of Redis 7.0 tells them, redirections, maps.
 */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/buf.h"
#include "redis/slots.h"

static unsigned slot(const char *key)
{
    return lg_redis_slot(lg_str_of(key));
}

Test(slots, of_whole_keys)
{
    cr_assert_eq(slot("foo"), 12182);
    cr_assert_eq(slot("123456789"), 12739);
    cr_assert_eq(slot("lg:gateways"), 10826);
    cr_assert_eq(slot(""), 0);
    cr_assert_eq(lg_redis_slot(LG_STR("\xff\x80\0x")), 3942);
}

Test(slots, of_hash_tags)
{
    cr_assert_eq(slot("{user1000}.following"), 3443);
    cr_assert_eq(slot("{user1000}.followers"), 3443);
    cr_assert_eq(slot("lg:q:{echo}"), 14438);
    cr_assert_eq(slot("lg:q:{echo}:hi"), 14438);
    cr_assert_eq(slot("lg:r:{g}:0"), 7233);
    cr_assert_eq(slot("foo{{bar}}zap"), 4015); /* "{bar" */
    cr_assert_eq(slot("foo{bar}{zap}"), 5061); /* "bar" */
    cr_assert_eq(slot("a}b{c}"), 7365);        /* "c" */
}

Test(slots, of_keys_with_braces_that_are_no_tags)
{
    cr_assert_eq(slot("foo{}{bar}"), 8363);
    cr_assert_eq(slot("{"), 4092);
    cr_assert_eq(slot("{}"), 15257);
    cr_assert_eq(slot("}{"), 12793);
}

/* --- redirections ----------------------------------------------------------------------------- */

static void leads(const char *error, bool ask, unsigned to, const char *host, int port)
{
    struct lg_redis_redirect redirect;

    cr_assert(lg_redis_redirect_read(lg_str_of(error), &redirect), "%s", error);
    cr_assert_eq(redirect.ask, ask);
    cr_assert_eq(redirect.slot, to);
    cr_assert(lg_str_is(redirect.host, host));
    cr_assert_eq(redirect.port, port);
}

Test(slots, redirections)
{
    leads("MOVED 3999 127.0.0.1:6381", false, 3999, "127.0.0.1", 6381);
    leads("ASK 0 node-2.example.com:1", true, 0, "node-2.example.com", 1);
    leads("MOVED 16383 ::1:65535", false, 16383, "::1", 65535);
    leads("MOVED 5 :6379", false, 5, "", 6379); /* the same host */
}

Test(slots, errors_that_lead_nowhere)
{
    static const char *const errors[] = {
        "",
        "ERR x",
        "MOVED",
        "MOVED ",
        "MOVED 1",
        "MOVED 1 ",
        "MOVED 1 h",
        "MOVED 1 h:",
        "MOVED 1 h:0",
        "MOVED 1 h:65536",
        "MOVED 1 h:x",
        "MOVED 16384 h:1",
        "MOVED -1 h:1",
        "MOVED x h:1",
        "MOVED 1 a b:1",
        "MOVED 1 ?:1",
        "MOVED 1 h\n:1",
        "ASK1 h:1",
        "MOVEDASK 1 h:1",
    };
    char long_host[400] = "MOVED 1 ";
    struct lg_redis_redirect redirect;

    for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
        cr_assert(!lg_redis_redirect_read(lg_str_of(errors[i]), &redirect), "%s", errors[i]);
    memset(long_host + 8, 'a', 256);
    memcpy(long_host + 8 + 256, ":1", 3);
    cr_assert(!lg_redis_redirect_read(lg_str_of(long_host), &redirect));
}

Test(slots, errors_that_pass)
{
    cr_assert(lg_redis_is_passing(LG_STR("CLUSTERDOWN The cluster is down")));
    cr_assert(lg_redis_is_passing(LG_STR("TRYAGAIN Multiple keys request")));
    cr_assert(lg_redis_is_passing(LG_STR("MOVED 1 h:1")));
    cr_assert(!lg_redis_is_passing(LG_STR("READONLY x")));
    cr_assert(!lg_redis_is_passing(LG_STR("UNBLOCKED x")));
}

/* --- maps ------------------------------------------------------------------------------------- */

static redisReply *parse(const char *text)
{
    struct lg_resp_reader *reader = lg_resp_reader_new(65536, NULL, NULL);
    redisReply *reply = NULL;

    cr_assert_eq(lg_resp_feed(reader, text, strlen(text)), LG_OK);
    cr_assert_eq(lg_resp_next(reader, &reply), LG_OK);
    cr_assert_not_null(reply);
    lg_resp_reader_free(reader);
    return reply;
}

Test(slots, ranges_name_masters)
{
    redisReply *reply = parse("*2\r\n"
                              "*4\r\n:0\r\n:5460\r\n*3\r\n$9\r\n127.0.0.1\r\n:7000\r\n$2\r\nid\r\n"
                              "*3\r\n$9\r\n127.0.0.1\r\n:7004\r\n$2\r\nid\r\n"
                              "*3\r\n:5461\r\n:16383\r\n*3\r\n$-1\r\n:7001\r\n$2\r\nid\r\n");
    struct lg_redis_range range;

    cr_assert(lg_redis_range_read(reply, 0, &range));
    cr_assert_eq(range.from, 0);
    cr_assert_eq(range.to, 5460);
    cr_assert(lg_str_is(range.host, "127.0.0.1"));
    cr_assert_eq(range.port, 7000);
    cr_assert(lg_redis_range_read(reply, 1, &range));
    cr_assert_eq(range.from, 5461);
    cr_assert_eq(range.to, 16383);
    cr_assert_eq(range.host.size, 0); /* the one that was asked */
    cr_assert_eq(range.port, 7001);
    cr_assert(!lg_redis_range_read(reply, 2, &range));
    freeReplyObject(reply);
}

Test(slots, ranges_that_are_none)
{
    static const char *const answers[] = {
        "+OK\r\n",
        ":1\r\n",
        "*0\r\n",
        "*1\r\n:1\r\n",
        "*1\r\n*2\r\n:0\r\n:1\r\n",
        "*1\r\n*3\r\n:0\r\n:1\r\n:2\r\n",
        "*1\r\n*3\r\n:0\r\n:1\r\n*1\r\n$1\r\nh\r\n",
        "*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n$1\r\nh\r\n:1\r\n",
        "*1\r\n*3\r\n:-1\r\n:1\r\n*2\r\n$1\r\nh\r\n:1\r\n",
        "*1\r\n*3\r\n:2\r\n:1\r\n*2\r\n$1\r\nh\r\n:1\r\n",
        "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$1\r\nh\r\n:0\r\n",
        "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$1\r\nh\r\n:65536\r\n",
        "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$1\r\n?\r\n:1\r\n",
        "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$3\r\na b\r\n:1\r\n",
        "*1\r\n*3\r\n$1\r\n0\r\n:1\r\n*2\r\n$1\r\nh\r\n:1\r\n",
    };
    struct lg_redis_range range;

    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
        redisReply *reply = parse(answers[i]);

        cr_assert(!lg_redis_range_read(reply, 0, &range), "%s", answers[i]);
        freeReplyObject(reply);
    }
}
