/* token_keys.c -- one fetch on a loop of its own. */
#include "token_keys.h"

#include <errno.h>
#include <string.h>

#include "wire/fetch.h"
#include "wire/loop.h"

struct fetching {
    struct lg_token_keys *keys;
    struct lg_loop *loop;
    size_t issuer;
    struct lg_jwks *jwks;
};

static void on_fetched(void *context, const struct lg_key_fetched *fetched)
{
    struct fetching *fetching = context;
    struct lg_token_keys *keys = fetching->keys;

    keys->places[fetching->issuer] = lg_arena_cstr(keys->arena, lg_str_of(fetched->url));
    if (fetched->jwks == NULL)
        keys->troubles[fetching->issuer] =
            lg_arena_printf(keys->arena, "%s: %s", fetched->what, fetched->why);
    fetching->jwks = fetched->jwks;
    lg_loop_stop(fetching->loop);
}

static struct lg_jwks *fetch(struct lg_token_keys *keys, size_t issuer,
                             const struct lg_key_source *source)
{
    struct fetching fetching = { keys, lg_loop_new(0), issuer, NULL };
    struct lg_fetcher *fetcher = fetching.loop == NULL ? NULL : lg_fetcher_new(fetching.loop);

    if (fetcher == NULL) {
        keys->troubles[issuer] =
            lg_arena_printf(keys->arena, "cannot fetch its keys: %s", strerror(errno));
    } else {
        (void)lg_key_fetch_begin(fetching.loop, fetcher, source, on_fetched, &fetching);
        lg_loop_run(fetching.loop);
    }
    lg_fetcher_free(fetcher);
    lg_loop_free(fetching.loop);
    return fetching.jwks;
}

static bool has_name(const struct lg_config_issuer *issuer, struct lg_str name)
{
    for (size_t i = 0; name.data != NULL && i < issuer->names.count; i++) {
        if (lg_str_is(name, issuer->names.items[i]))
            return true;
    }
    return false;
}

/* For lg_authorizer_attach(): NULL where there are none. */
static struct lg_key_set *find(void *context, const struct lg_key_source *source)
{
    struct lg_token_keys *keys = context;
    const struct lg_config_authorizer *config = keys->config;
    struct lg_jwks *jwks = NULL;

    for (size_t i = 0; i < config->issuer_count && jwks == NULL; i++) {
        const struct lg_config_issuer *issuer = config->issuers[i];
        if (strcmp(issuer->names.items[0], source->issuer) == 0 && has_name(issuer, keys->wanted))
            jwks = fetch(keys, i, source);
    }
    return jwks == NULL ? NULL : lg_key_set_fixed(jwks);
}

static const char *place_of(struct lg_arena *arena, const struct lg_config_issuer *issuer)
{
    if (issuer->jwks_file != NULL)
        return lg_arena_printf(arena, "the file %s", issuer->jwks_file);
    if (issuer->secret_file != NULL)
        return lg_arena_printf(arena, "the secret in %s", issuer->secret_file);
    return issuer->jwks_url;
}

void lg_token_keys_attach(struct lg_token_keys *keys, struct lg_authorizer *authorizer)
{
    size_t count = keys->config->issuer_count;

    keys->places = lg_arena_zalloc(keys->arena, count * sizeof(*keys->places));
    keys->troubles = lg_arena_zalloc(keys->arena, count * sizeof(*keys->troubles));
    for (size_t i = 0; i < count; i++)
        keys->places[i] = place_of(keys->arena, keys->config->issuers[i]);
    lg_authorizer_attach(authorizer, find, keys);
}
