/* resolve.c -- what a loop knows of names: a small table of answers and of those under way. */
#include "wire/resolve.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "wire/lookup.h"

/* A name: under way while `lookup` is not NULL, then known until `until_ms`. */
struct name {
    struct lg_link link; /* in resolver->names, oldest first */
    struct lg_resolver *resolver;
    struct lg_link queries; /* that wait */
    struct lg_lookup *lookup;
    int64_t until_ms;
    const char *error; /* static, NULL: there are addresses */
    struct lg_addresses addresses;
    char host[LG_HOST_SIZE];
};

struct lg_resolver {
    struct lg_loop *loop;
    struct lg_mailbox *mailbox; /* its own, so that what is still in it can be freed with it */
    struct lg_lookups *lookups;
    struct lg_map *by_host;
    struct lg_link names;
};

struct lg_resolver *lg_resolver_new(struct lg_loop *loop, struct lg_lookups *lookups)
{
    struct lg_resolver *resolver = LG_NEW(struct lg_resolver);

    resolver->loop = loop;
    resolver->lookups = lookups;
    resolver->mailbox = lg_mailbox_new(loop, LG_RESOLVE_NAMES);
    if (resolver->mailbox == NULL) {
        int error = errno;

        free(resolver);
        errno = error;
        return NULL;
    }
    resolver->by_host = lg_map_new();
    lg_list_init(&resolver->names);
    return resolver;
}

static void forget(struct name *name)
{
    assert(lg_list_empty(&name->queries));
    if (name->lookup != NULL)
        lg_lookup_abandon(name->resolver->lookups, name->lookup);
    (void)lg_map_remove(name->resolver->by_host, lg_str_of(name->host));
    lg_list_remove(&name->link);
    free(name);
}

void lg_resolver_free(struct lg_resolver *resolver)
{
    struct lg_link *link;

    if (resolver == NULL)
        return;
    for (link = lg_list_first(&resolver->names); link != NULL;) {
        struct name *name = LG_LIST_OF(link, struct name, link);

        link = lg_list_after(&resolver->names, link);
        forget(name);
    }
    lg_mailbox_free(resolver->mailbox);
    lg_map_free(resolver->by_host, NULL);
    free(resolver);
}

struct lg_loop *lg_resolver_loop(const struct lg_resolver *resolver)
{
    return resolver->loop;
}

/* --- answers --- */

static void end_query(struct lg_query *query, const struct lg_addresses *addresses,
                      const char *error)
{
    lg_list_remove(&query->link);
    query->resolver = NULL;
    query->done(query, error == NULL ? addresses : NULL, error);
}

static void answer_known(struct lg_task *task)
{
    struct lg_query *query = LG_CONTAINER(task, struct lg_query, task);

    end_query(query, &query->addresses, query->error);
}

/* The answer comes at the end of the turn. */
static void answer_soon(struct lg_query *query, const struct lg_addresses *addresses,
                        const char *error)
{
    query->error = error;
    if (addresses != NULL)
        query->addresses = *addresses;
    lg_task_queue(query->resolver->loop, &query->task, answer_known);
}

static const char *words(int code)
{
    switch (code) {
    case 0:
        return NULL;
    case EAI_NONAME:
    case EAI_NODATA:
        return "there is no such host name";
    case EAI_AGAIN:
        return "the name servers do not answer";
    default:
        return gai_strerror(code);
    }
}

static void on_looked_up(struct lg_letter *letter)
{
    struct lg_lookup *lookup = LG_CONTAINER(letter, struct lg_lookup, letter);
    struct name *name = lookup->context;
    int64_t keep_ms = lookup->code == 0 ? LG_RESOLVE_KEEP_MS : LG_RESOLVE_KEEP_FAILED_MS;
    struct lg_link waiting, *link;

    name->lookup = NULL;
    name->error = words(lookup->code);
    name->addresses = lookup->addresses;
    name->until_ms = lg_loop_now_ms(name->resolver->loop) + keep_ms;
    free(lookup);
    /* A callback may ask again, cancel others, and even push this name out. */
    lg_list_init(&waiting);
    while ((link = lg_list_first(&name->queries)) != NULL) {
        struct lg_query *query = LG_LIST_OF(link, struct lg_query, link);

        lg_list_remove(link);
        query->error = name->error;
        query->addresses = name->addresses;
        lg_list_add_last(&waiting, link);
    }
    while ((link = lg_list_first(&waiting)) != NULL) {
        struct lg_query *query = LG_LIST_OF(link, struct lg_query, link);

        end_query(query, &query->addresses, query->error);
    }
}

/* --- questions --- */

/* Room for one more: names that nobody waits for give way, oldest first. */
static bool make_room(struct lg_resolver *resolver)
{
    if (lg_map_count(resolver->by_host) < LG_RESOLVE_NAMES)
        return true;
    for (struct lg_link *link = lg_list_first(&resolver->names); link != NULL;
         link = lg_list_after(&resolver->names, link)) {
        struct name *name = LG_LIST_OF(link, struct name, link);

        if (name->lookup == NULL) {
            forget(name);
            return true;
        }
    }
    return false;
}

static struct name *new_name(struct lg_resolver *resolver, const char *host)
{
    struct name *name = LG_NEW(struct name);

    name->resolver = resolver;
    lg_list_init(&name->queries);
    lg_cstr_copy(name->host, sizeof(name->host), host);
    lg_list_add_last(&resolver->names, &name->link);
    (void)!lg_map_put(resolver->by_host, lg_str_of(name->host), name);
    return name;
}

static enum lg_err look_up(struct name *name)
{
    struct lg_lookup *lookup = LG_NEW(struct lg_lookup);

    lookup->mailbox = name->resolver->mailbox;
    lookup->done = on_looked_up;
    lookup->context = name;
    lg_cstr_copy(lookup->host, sizeof(lookup->host), name->host);
    if (lg_lookup_submit(name->resolver->lookups, lookup) != LG_OK) {
        free(lookup);
        return LG_ERR_FULL;
    }
    name->lookup = lookup;
    return LG_OK;
}

static bool is_numeric(const char *host, struct lg_addresses *ret_addresses)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
    struct addrinfo *found = NULL;
    bool fits;

    if (getaddrinfo(host, NULL, &hints, &found) != 0)
        return false;
    fits = found->ai_addrlen <= sizeof(ret_addresses->list[0].v6);
    if (fits) {
        memcpy(&ret_addresses->list[0].any, found->ai_addr, found->ai_addrlen);
        ret_addresses->list[0].size = found->ai_addrlen;
        ret_addresses->count = 1;
    }
    freeaddrinfo(found);
    return fits;
}

static const char *ask(struct lg_resolver *resolver, struct lg_query *query, const char *host)
{
    struct name *name = lg_map_get(resolver->by_host, lg_str_of(host));

    if (name != NULL && name->lookup == NULL && lg_loop_now_ms(resolver->loop) < name->until_ms) {
        answer_soon(query, &name->addresses, name->error);
        return NULL;
    }
    if (name == NULL) {
        if (!make_room(resolver))
            return "too many host names are looked up";
        name = new_name(resolver, host);
    }
    if (name->lookup == NULL && look_up(name) != LG_OK) {
        forget(name);
        return "too many host names wait to be looked up";
    }
    lg_list_add_last(&name->queries, &query->link);
    return NULL;
}

void lg_resolve(struct lg_resolver *resolver, struct lg_query *query, const char *host,
                lg_resolved_fn *done)
{
    const char *error = NULL;

    assert(query->resolver == NULL && "it is pending already");
    query->resolver = resolver;
    query->done = done;
    query->error = NULL;
    if (strlen(host) >= LG_HOST_SIZE)
        error = "the host name is too long";
    else if (is_numeric(host, &query->addresses))
        lg_task_queue(resolver->loop, &query->task, answer_known);
    else
        error = ask(resolver, query, host);
    if (error != NULL)
        answer_soon(query, NULL, error);
}

void lg_resolve_cancel(struct lg_query *query)
{
    lg_task_cancel(&query->task);
    lg_list_remove(&query->link);
    query->resolver = NULL;
}
