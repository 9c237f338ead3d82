/* resp.c -- hiredis as a reader, with ceilings that it does not have itself. */
#include "redis/resp.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "redis/cut.h"

#define ELEMENTS_MAX 100000 /* of one array: nothing that we ask for has as many */
#define NUMBER_ROOM 32
#define BESIDE ((size_t)128 * 1024) /* of a ceiling, for what stands beside a string */

/* hiredis 1.0 has made the number larger. */
#if HIREDIS_MAJOR >= 1
typedef size_t elements_count;
#else
typedef int elements_count;
#endif

struct lg_resp_reader {
    redisReader *reader;
    redisReplyObjectFunctions functions; /* the library's, but for two */
    void *(*create_string)(const redisReadTask *task, char *text, size_t size);
    void *(*create_array)(const redisReadTask *task, elements_count count);
    size_t ceiling, held; /* bytes of the reply that is being read */
    bool cuts;
    struct lg_resp_cut cut;
    void (*on_element)(void *context, struct lg_str element);
    void *context;
};

/* --- writing ---------------------------------------------------------------------------------- */

static void add_head(struct lg_buf *out, char mark, size_t number)
{
    char text[NUMBER_ROOM];
    size_t at = sizeof(text);

    text[--at] = '\n';
    text[--at] = '\r';
    do
        text[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    text[--at] = mark;
    lg_buf_add(out, text + at, sizeof(text) - at);
}

void lg_resp_begin(struct lg_buf *out, size_t count)
{
    add_head(out, '*', count);
}

void lg_resp_add_joined(struct lg_buf *out, struct lg_str first, struct lg_str second)
{
    add_head(out, '$', first.size + second.size);
    lg_buf_add_str(out, first);
    lg_buf_add_str(out, second);
    lg_buf_add(out, "\r\n", 2);
}

void lg_resp_add(struct lg_buf *out, struct lg_str argument)
{
    lg_resp_add_joined(out, argument, LG_STR_NONE);
}

void lg_resp_add_command(struct lg_buf *out, const struct lg_str *arguments, size_t count,
                         bool joined)
{
    size_t single = joined ? count - 2 : count;

    assert(count >= (joined ? 2 : 1));
    lg_resp_begin(out, joined ? count - 1 : count);
    for (size_t i = 0; i < single; i++)
        lg_resp_add(out, arguments[i]);
    if (joined)
        lg_resp_add_joined(out, arguments[count - 2], arguments[count - 1]);
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool is_second_of_pair(const redisReadTask *task)
{
    const redisReadTask *pair = task->parent;

    return pair != NULL && pair->parent == NULL && pair->elements == 2 && task->idx == 1;
}

/* [key, [element, ...]] of BLMPOP, [key, element] of BLPOP. */
static bool is_element(const redisReadTask *task)
{
    return task->type == REDIS_REPLY_STRING && task->parent != NULL &&
           (is_second_of_pair(task) || is_second_of_pair(task->parent));
}

static void *create_string(const redisReadTask *task, char *text, size_t size)
{
    struct lg_resp_reader *reader = task->privdata;

    if (reader->on_element == NULL || !is_element(task))
        return reader->create_string(task, text, size);
    reader->held -= size < reader->held ? size : reader->held;
    reader->on_element(reader->context, lg_str_make(text, size));
    return reader->create_string(task, text, 0);
}

static void *create_array(const redisReadTask *task, elements_count count)
{
    struct lg_resp_reader *reader = task->privdata;

    return count > ELEMENTS_MAX ? NULL : reader->create_array(task, count);
}

struct lg_resp_reader *lg_resp_reader_new(size_t ceiling,
                                          void (*on_element)(void *context, struct lg_str element),
                                          void *context)
{
    struct lg_resp_reader *reader = LG_NEW(struct lg_resp_reader);

    reader->reader = redisReaderCreate();
    if (reader->reader == NULL)
        abort(); /* as any other memory that is not there */
    reader->functions = *reader->reader->fn;
    reader->create_string = reader->functions.createString;
    reader->create_array = reader->functions.createArray;
    reader->functions.createString = create_string;
    reader->functions.createArray = create_array;
    reader->reader->fn = &reader->functions;
    reader->reader->privdata = reader;
    reader->ceiling = ceiling;
    reader->on_element = on_element;
    reader->context = context;
    return reader;
}

void lg_resp_reader_free(struct lg_resp_reader *reader)
{
    if (reader == NULL)
        return;
    redisReaderFree(reader->reader);
    free(reader);
}

void lg_resp_set_ceiling(struct lg_resp_reader *reader, size_t ceiling)
{
    reader->ceiling = ceiling;
}

void lg_resp_cut_long(struct lg_resp_reader *reader)
{
    reader->cuts = true;
}

static enum lg_err pass(void *context, const char *data, size_t size)
{
    struct lg_resp_reader *reader = context;

    if (reader->held > reader->ceiling || size > reader->ceiling - reader->held)
        return LG_ERR_TOO_BIG;
    reader->held += size;
    return redisReaderFeed(reader->reader, data, size) == REDIS_OK ? LG_OK : LG_ERR_SYNTAX;
}

enum lg_err lg_resp_feed(struct lg_resp_reader *reader, const void *data, size_t size)
{
    size_t most = reader->ceiling > BESIDE ? reader->ceiling - BESIDE : 0;

    return reader->cuts ? lg_resp_cut(&reader->cut, data, size, most, pass, reader)
                        : pass(reader, data, size);
}

enum lg_err lg_resp_next(struct lg_resp_reader *reader, redisReply **ret_reply)
{
    void *reply = NULL;

    if (redisReaderGetReply(reader->reader, &reply) != REDIS_OK)
        return LG_ERR_SYNTAX;
    if (reply != NULL)
        reader->held = reader->reader->len - reader->reader->pos;
    *ret_reply = reply;
    return LG_OK;
}

/* --- replies ---------------------------------------------------------------------------------- */

struct lg_str lg_resp_text(const redisReply *reply)
{
    if (reply == NULL || reply->str == NULL ||
        (reply->type != REDIS_REPLY_STRING && reply->type != REDIS_REPLY_STATUS &&
         reply->type != REDIS_REPLY_ERROR))
        return LG_STR_NONE;
    return lg_str_make(reply->str, reply->len);
}

int64_t lg_resp_integer(const redisReply *reply, int64_t otherwise)
{
    return reply != NULL && reply->type == REDIS_REPLY_INTEGER ? reply->integer : otherwise;
}

bool lg_resp_is_error(const redisReply *reply)
{
    return reply != NULL && reply->type == REDIS_REPLY_ERROR;
}
