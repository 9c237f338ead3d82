/* slots.c -- CRC16 (XMODEM), hash tags, and the texts and arrays of a Cluster. */
#include "redis/slots.h"

#define POLYNOMIAL 0x1021

/* --- keys ------------------------------------------------------------------------------------- */

/* A key has a few dozen bytes: no table is worth it. */
static unsigned crc16(struct lg_str text)
{
    unsigned crc = 0;

    for (size_t i = 0; i < text.size; i++) {
        crc ^= (unsigned)(unsigned char)text.data[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc << 1 ^ ((crc & 0x8000) != 0 ? POLYNOMIAL : 0)) & 0xffff;
    }
    return crc;
}

unsigned lg_redis_slot(struct lg_str key)
{
    size_t open = lg_str_find(key, '{', 0);
    size_t close = open < key.size ? lg_str_find(key, '}', open + 1) : key.size;

    if (close < key.size && close > open + 1)
        key = lg_str_part(key, open + 1, close);
    return crc16(key) % LG_REDIS_SLOTS;
}

/* --- errors ----------------------------------------------------------------------------------- */

/* It becomes part of logs and of questions to resolvers. */
bool lg_redis_is_host(struct lg_str text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] <= ' ' || (unsigned char)text.data[i] >= 0x7f)
            return false;
    return text.size > 0 && text.size <= LG_REDIS_HOST_MAX && !lg_str_is(text, "?");
}

static bool read_port(struct lg_str text, uint16_t *ret_port)
{
    uint64_t port;

    if (lg_str_to_u64(text, &port) != LG_OK || port == 0 || port > UINT16_MAX)
        return false;
    *ret_port = (uint16_t)port;
    return true;
}

/* An address of IPv6 has colons of its own. */
static size_t last_colon(struct lg_str text)
{
    size_t at = text.size;

    while (at > 0 && text.data[at - 1] != ':')
        at--;
    return at == 0 ? text.size : at - 1;
}

bool lg_redis_redirect_read(struct lg_str error, struct lg_redis_redirect *ret_redirect)
{
    struct lg_redis_redirect redirect = { .ask = lg_str_starts(error, LG_STR("ASK ")) };
    size_t begin = redirect.ask ? 4 : 6, space = lg_str_find(error, ' ', begin), colon;
    struct lg_str place;
    uint64_t slot;

    if (!redirect.ask && !lg_str_starts(error, LG_STR("MOVED ")))
        return false;
    place = lg_str_part(error, space + 1, error.size);
    colon = last_colon(place);
    redirect.host = lg_str_part(place, 0, colon);
    if (lg_str_to_u64(lg_str_part(error, begin, space), &slot) != LG_OK || slot >= LG_REDIS_SLOTS ||
        !read_port(lg_str_part(place, colon + 1, place.size), &redirect.port) ||
        (redirect.host.size > 0 && !lg_redis_is_host(redirect.host)))
        return false;
    redirect.slot = (unsigned)slot;
    *ret_redirect = redirect;
    return true;
}

bool lg_redis_is_passing(struct lg_str error)
{
    struct lg_redis_redirect redirect;

    return lg_str_starts(error, LG_STR("CLUSTERDOWN")) ||
           lg_str_starts(error, LG_STR("TRYAGAIN")) || lg_redis_redirect_read(error, &redirect);
}

/* --- CLUSTER SLOTS ---------------------------------------------------------------------------- */

static bool read_slot(const redisReply *reply, unsigned *ret_slot)
{
    int64_t slot = lg_resp_integer(reply, -1);

    if (slot < 0 || slot >= LG_REDIS_SLOTS)
        return false;
    *ret_slot = (unsigned)slot;
    return true;
}

/* [[from, to, [host, port, ...] of the master, replicas ...], ...] */
bool lg_redis_range_read(const redisReply *reply, size_t index, struct lg_redis_range *ret_range)
{
    struct lg_redis_range range;
    const redisReply *entry, *master;
    int64_t port;

    if (reply->type != REDIS_REPLY_ARRAY || index >= reply->elements)
        return false;
    entry = reply->element[index];
    if (entry->type != REDIS_REPLY_ARRAY || entry->elements < 3)
        return false;
    master = entry->element[2];
    if (master->type != REDIS_REPLY_ARRAY || master->elements < 2)
        return false;
    range.host = lg_resp_text(master->element[0]);
    port = lg_resp_integer(master->element[1], 0);
    if (!read_slot(entry->element[0], &range.from) || !read_slot(entry->element[1], &range.to) ||
        range.from > range.to || port <= 0 || port > UINT16_MAX ||
        (range.host.size > 0 && !lg_redis_is_host(range.host)))
        return false;
    range.port = (uint16_t)port;
    *ret_range = range;
    return true;
}
