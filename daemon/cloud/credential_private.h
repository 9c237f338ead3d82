/* credential_private.h -- what credential_set.c and credential_view.c share. */
#ifndef LG_CLOUD_CREDENTIAL_PRIVATE_H
#define LG_CLOUD_CREDENTIAL_PRIVATE_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/list.h"
#include "cloud/credential_set.h"

#define LG_CREDENTIAL_THREADS 2 /* so that a place that hangs does not hold all others */

/* Immutable. */
struct lg_published {
    _Atomic size_t references;
    struct lg_credentials credentials;
};

struct lg_credential_set {
    struct lg_credential_home *home;
    struct lg_link link;   /* in home */
    struct lg_arena arena; /* of the settings */
    struct lg_chain_settings settings;
    char *identity;
    _Atomic int64_t skew_ms;
    _Atomic uint64_t edition; /* counts what was published */

    /* under home's lock */
    size_t references;
    bool searching, failing;
    uint64_t searches;
    int64_t due_ms, retry_ms, searched_ms; /* monotonic */
    struct lg_published *published;
    char *fault; /* why the last search that failed did; NULL: none has */
};

void lg_published_unref(struct lg_published *published); /* NULL is fine */

/* What is known of a set at one moment. */
struct lg_credential_news {
    struct lg_published *published; /* one reference, or NULL */
    uint64_t edition, searches;
    bool failing;
    char *fault; /* to be freed; NULL unless it was asked for */
};
void lg_credential_set_take(struct lg_credential_set *set, bool with_fault,
                            struct lg_credential_news *ret_news);
struct lg_credential_set *lg_credential_set_ref(struct lg_credential_set *set);
/* Searches now, unless what is known is newer than `edition`, or a failed search is being retried.
 */
void lg_credential_set_hurry(struct lg_credential_set *set, uint64_t edition);

void lg_chain_settings_copy(struct lg_arena *arena, const struct lg_chain_settings *settings,
                            struct lg_chain_settings *ret_copy);

#endif
