/* request.c -- what of a request line can be believed, and what it means. */
#include "bridge/request.h"

#include <ctype.h>
#include <string.h>

#include "base/id.h"

/* These become headers: nothing in them may look like the end of one. */
static bool is_plain(struct lg_str text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f)
            return false;
    return true;
}

bool lg_bridge_request_good(const struct lg_redis_request *request, struct lg_str reply_prefix)
{
    return is_plain(request->id) && is_plain(request->trace) && is_plain(request->arn) &&
           is_plain(request->client_context) && is_plain(request->identity) &&
           lg_str_starts(request->reply, reply_prefix);
}

int64_t lg_bridge_deadline_ms(const struct lg_redis_request *request, int64_t now_ms)
{
    int64_t latest = now_ms + LG_BRIDGE_LONGEST_MS;

    if (request->deadline_ms < 0)
        return 0;
    return request->deadline_ms > latest ? latest : request->deadline_ms;
}

/* A runtime is told the same id, if it is one that a header and a path can hold. */
static void set_id(struct lg_invocation *invocation, struct lg_str id)
{
    bool same = id.size < sizeof(invocation->id);

    for (size_t i = 0; i < id.size && same; i++)
        same = isalnum((unsigned char)id.data[i]) || id.data[i] == '-';
    if (!same) {
        lg_id_uuid(invocation->id);
        return;
    }
    memcpy(invocation->id, id.data, id.size);
    invocation->id[id.size] = '\0';
}

void lg_bridge_invocation(struct lg_arena *arena, const struct lg_redis_request *request,
                          int64_t left_ms, struct lg_invocation *ret_invocation)
{
    int64_t timeout = request->timeout_ms;
    bool usual = request->attempt >= 1 && request->attempt <= INT16_MAX;

    *ret_invocation = (struct lg_invocation){
        .request_id = lg_arena_cstr(arena, request->id),
        .payload = request->body,
        .trace = request->trace,
        .client_context = request->client_context,
        .cognito_identity = request->identity,
        .arn = lg_arena_cstr(arena, request->arn),
        .timeout_ms = timeout > 0 && timeout < left_ms ? timeout : left_ms,
        .attempt = usual ? (unsigned)request->attempt : 1,
    };
    set_id(ret_invocation, request->id);
}
