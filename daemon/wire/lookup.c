/* lookup.c -- the threads that call getaddrinfo(3), and their bounded queue. */
#include "wire/lookup.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct lg_lookups {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct lg_link waiting;
    size_t count, room;
    unsigned refs; /* one of the owner, one a thread: a lookup may outlast the owner's patience */
    bool ending;
    lg_lookup_fn *lookup;
};

static int ask_system(const char *host, struct lg_addresses *ret_addresses)
{
    const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    int code = getaddrinfo(host, NULL, &hints, &found);

    if (code != 0)
        return code;
    ret_addresses->count = 0;
    for (const struct addrinfo *one = found;
         one != NULL && ret_addresses->count < LG_RESOLVE_ADDRESSES; one = one->ai_next) {
        struct lg_socket_address *to = &ret_addresses->list[ret_addresses->count];

        if (one->ai_addrlen > sizeof(to->v6))
            continue;
        memcpy(&to->any, one->ai_addr, one->ai_addrlen);
        to->size = one->ai_addrlen;
        ret_addresses->count++;
    }
    freeaddrinfo(found);
    return ret_addresses->count > 0 ? 0 : EAI_NONAME;
}

/* Gives one reference back; the lock is held, and is not any more. */
static void unref_locked(struct lg_lookups *lookups)
{
    bool last = --lookups->refs == 0;

    pthread_mutex_unlock(&lookups->lock);
    if (!last)
        return;
    pthread_cond_destroy(&lookups->filled);
    pthread_mutex_destroy(&lookups->lock);
    free(lookups);
}

/* The next one, or NULL when all ends. Under the lock. */
static struct lg_lookup *wait_for_one(struct lg_lookups *lookups)
{
    struct lg_link *link = NULL;

    while (!lookups->ending && (link = lg_list_first(&lookups->waiting)) == NULL)
        pthread_cond_wait(&lookups->filled, &lookups->lock);
    if (link == NULL)
        return NULL;
    lg_list_remove(link);
    lookups->count--;
    return LG_LIST_OF(link, struct lg_lookup, link);
}

static void *work(void *context)
{
    struct lg_lookups *lookups = context;
    struct lg_lookup *lookup;

    (void)pthread_setname_np(pthread_self(), "lg-resolve");
    pthread_mutex_lock(&lookups->lock);
    while ((lookup = wait_for_one(lookups)) != NULL) {
        pthread_mutex_unlock(&lookups->lock);
        lookup->code = lookups->lookup(lookup->host, &lookup->addresses);
        pthread_mutex_lock(&lookups->lock);
        if (lookup->mailbox == NULL) {
            free(lookup);
        } else {
            lookup->posted = true;
            lg_mailbox_post_always(lookup->mailbox, &lookup->letter, lookup->done);
        }
    }
    unref_locked(lookups);
    return NULL;
}

static int start_thread(struct lg_lookups *lookups)
{
    pthread_t thread;
    int error = pthread_create(&thread, NULL, work, lookups);

    if (error == 0)
        (void)pthread_detach(thread);
    return error;
}

struct lg_lookups *lg_lookups_new(unsigned threads, size_t room, lg_lookup_fn *lookup)
{
    struct lg_lookups *lookups = LG_NEW(struct lg_lookups);
    int error = 0;

    pthread_mutex_init(&lookups->lock, NULL);
    pthread_cond_init(&lookups->filled, NULL);
    lg_list_init(&lookups->waiting);
    lookups->room = room;
    lookups->lookup = lookup != NULL ? lookup : ask_system;
    lookups->refs = 1;
    pthread_mutex_lock(&lookups->lock);
    for (unsigned i = 0; i < threads && error == 0; i++) {
        error = start_thread(lookups);
        if (error == 0)
            lookups->refs++;
    }
    if (lookups->refs > 1) {
        pthread_mutex_unlock(&lookups->lock);
        return lookups;
    }
    unref_locked(lookups);
    errno = error;
    return NULL;
}

void lg_lookups_free(struct lg_lookups *lookups)
{
    struct lg_link *link;

    if (lookups == NULL)
        return;
    pthread_mutex_lock(&lookups->lock);
    lookups->ending = true;
    pthread_cond_broadcast(&lookups->filled);
    for (link = lg_list_first(&lookups->waiting); link != NULL;) {
        struct lg_lookup *lookup = LG_LIST_OF(link, struct lg_lookup, link);

        link = lg_list_after(&lookups->waiting, link);
        free(lookup);
    }
    unref_locked(lookups);
}

enum lg_err lg_lookup_submit(struct lg_lookups *lookups, struct lg_lookup *lookup)
{
    bool fits;

    pthread_mutex_lock(&lookups->lock);
    fits = lookups->count < lookups->room;
    if (fits) {
        lg_list_add_last(&lookups->waiting, &lookup->link);
        lookups->count++;
        pthread_cond_signal(&lookups->filled);
    }
    pthread_mutex_unlock(&lookups->lock);
    return fits ? LG_OK : LG_ERR_FULL;
}

void lg_lookup_abandon(struct lg_lookups *lookups, struct lg_lookup *lookup)
{
    bool mine;

    pthread_mutex_lock(&lookups->lock);
    mine = lookup->posted || lg_link_in_list(&lookup->link);
    if (lg_link_in_list(&lookup->link)) {
        lg_list_remove(&lookup->link);
        lookups->count--;
    }
    lookup->mailbox = NULL;
    pthread_mutex_unlock(&lookups->lock);
    if (mine)
        free(lookup);
}
