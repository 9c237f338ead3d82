/*
 * credential_set.h -- AWS credentials that are found and renewed off the path of requests.
 *
 *     threads of the home:  search (chain.h) -> publish -> wait -> search ...
 *     loops:                a view each, with what was published last
 *
 * A search waits for files, programs and servers one after the other, so it has threads and no
 * loop; each set is searched by one at a time. It begins ahead of the end of what is there: 15
 * minutes, or a third of a short life. When it fails, what is there is used until it ends, and the
 * next try comes after 1 s, 2 s, ... 60 s. What has no end is looked up again once a minute.
 *
 * A view reads one atomic number a request; it takes the home's lock only when that has changed.
 */
#ifndef LG_CLOUD_CREDENTIAL_SET_H
#define LG_CLOUD_CREDENTIAL_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "cloud/chain.h"
#include "cloud/credentials.h"

struct lg_credential_home;
struct lg_credential_set;
struct lg_credential_view;

/* Its threads are started with the first set. */
struct lg_credential_home *lg_credential_home_new(void);
/* After the loops ended, and all references and views are gone. NULL is fine. */
void lg_credential_home_free(struct lg_credential_home *home);

/*
 * What a function is given, or what one is called with where `credentials` is NULL. `aws` may be
 * NULL as well. They are borrowed.
 */
struct lg_chain_settings lg_credential_settings(const struct lg_config_aws *aws,
                                                const struct lg_config_credentials *credentials);
/* All of them as one text: equal texts find the same. */
void lg_credential_identity(struct lg_buf *out, const struct lg_chain_settings *settings);

/* The set that has these settings; they are copied. One reference. Any thread. */
struct lg_credential_set *lg_credential_set_get(struct lg_credential_home *home,
                                                const struct lg_chain_settings *settings);
void lg_credential_set_unref(struct lg_credential_set *set); /* NULL is fine */

/* How far AWS's clock is from ours. Any thread. */
int64_t lg_credential_set_skew(const struct lg_credential_set *set);
/* From the Date of an answer; small differences are left alone. Any thread. */
void lg_credential_set_learn_skew(struct lg_credential_set *set, int64_t skew_ms);

/* One loop's. It keeps a reference of its own. On that loop. */
struct lg_credential_view *lg_credential_view_new(struct lg_credential_set *set,
                                                  struct lg_loop *loop);
void lg_credential_view_free(struct lg_credential_view *view); /* nobody is waiting */

/* Those that are good now, until the turn ends; NULL: there are none. */
const struct lg_credentials *lg_credential_view_now(struct lg_credential_view *view);
/* Which those are, so that they can be refused later, when there may be others. */
uint64_t lg_credential_view_edition(const struct lg_credential_view *view);
/*
 * AWS has refused those of that edition as ended: they are not used any more, and others are
 * searched at once, unless there are any already.
 */
void lg_credential_view_refuse(struct lg_credential_view *view, uint64_t edition);

/*
 * `fn` is called once, on the view's loop and not from within: with credentials, or with the reason
 * why there are none: the search that was under way has failed, or takes more than `wait_ms`.
 */
void lg_credential_view_wait(struct lg_credential_view *view, struct lg_credential_waiter *waiter,
                             int64_t wait_ms,
                             void (*fn)(struct lg_credential_waiter *waiter,
                                        const struct lg_credentials *credentials,
                                        const char *error));
void lg_credential_waiter_cancel(struct lg_credential_waiter *waiter); /* fine when not waiting */

/* As lg_credentials_provider_new(), from a set; takes over the reference. */
struct lg_credentials_provider *lg_credential_set_provider(struct lg_credential_set *set,
                                                           struct lg_loop *loop);

#endif
