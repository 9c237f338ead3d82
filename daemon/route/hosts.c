/* hosts.c -- two tables of hosts, each host with its APIs by the length of their mounts. */
#include "route/hosts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"

struct mount {
    struct lg_str path; /* "", or "/v1" */
    size_t api;
};

/* The APIs of one host. */
struct place {
    struct mount *mounts; /* owned, the longest first */
    size_t count;
    enum lg_config_api_kind kind; /* REST as soon as one is */
};

struct lg_hosts {
    struct place any;             /* those that name no host */
    struct lg_map *exact;         /* "api.example.com" to its place */
    struct lg_map *wild;          /* ".example.com" to that of *.example.com */
    enum lg_config_api_kind kind; /* REST as soon as one is */
};

/* --- building --- */

static void add_mount(struct place *place, const struct lg_config_api *api, size_t index)
{
    struct lg_str path = lg_str_of(api->mount);
    size_t at = 0;

    place->mounts = lg_realloc(place->mounts, (place->count + 1) * sizeof(struct mount));
    while (at < place->count && place->mounts[at].path.size >= path.size)
        at++;
    memmove(&place->mounts[at + 1], &place->mounts[at], (place->count - at) * sizeof(struct mount));
    place->mounts[at] = (struct mount){ path, index };
    place->count++;
    if (api->kind == LG_API_REST)
        place->kind = LG_API_REST;
}

static struct place *place_of(struct lg_map *map, struct lg_str name)
{
    struct place *place = lg_map_get(map, name);

    if (place == NULL) {
        place = LG_NEW(struct place);
        enum lg_err err = lg_map_put(map, name, place);
        assert(err == LG_OK);
        (void)err;
    }
    return place;
}

static void add_api(struct lg_hosts *hosts, const struct lg_config_api *api, size_t index)
{
    for (size_t i = 0; i < api->hosts.count; i++) {
        struct lg_str name = lg_str_of(api->hosts.items[i]);

        if (lg_str_starts(name, LG_STR("*.")))
            add_mount(place_of(hosts->wild, lg_str_part(name, 1, name.size)), api, index);
        else
            add_mount(place_of(hosts->exact, name), api, index);
    }
    if (api->hosts.count == 0)
        add_mount(&hosts->any, api, index);
    if (api->kind == LG_API_REST)
        hosts->kind = LG_API_REST;
}

struct lg_hosts *lg_hosts_build(const struct lg_config_api *apis, size_t count)
{
    struct lg_hosts *hosts = LG_NEW(struct lg_hosts);

    hosts->exact = lg_map_new();
    hosts->wild = lg_map_new();
    for (size_t i = 0; i < count; i++)
        add_api(hosts, &apis[i], i);
    return hosts;
}

static void free_place(void *value)
{
    struct place *place = value;

    free(place->mounts);
    free(place);
}

void lg_hosts_free(struct lg_hosts *hosts)
{
    if (hosts == NULL)
        return;
    lg_map_free(hosts->exact, free_place);
    lg_map_free(hosts->wild, free_place);
    free(hosts->any.mounts);
    free(hosts);
}

/* --- finding --- */

/* Without a port and a dot at the end, in lower case; empty when it is longer than any host. */
static struct lg_str plain_host(struct lg_str host, char room[LG_HOST_SIZE_MAX])
{
    size_t end = lg_str_starts(host, LG_STR("[")) ? lg_str_find(host, ']', 0) + 1
                                                  : lg_str_find(host, ':', 0);

    host = lg_str_part(host, 0, end);
    if (lg_str_ends(host, LG_STR(".")))
        host.size--;
    if (host.size > LG_HOST_SIZE_MAX)
        return LG_STR_NONE;
    for (size_t i = 0; i < host.size; i++) {
        char byte = host.data[i];
        room[i] = byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
    }
    return lg_str_make(room, host.size);
}

static const struct place *find_place(const struct lg_hosts *hosts, struct lg_str host)
{
    const struct place *place = NULL;
    char room[LG_HOST_SIZE_MAX];

    if (lg_map_count(hosts->exact) + lg_map_count(hosts->wild) == 0)
        return &hosts->any;
    host = plain_host(host, room);
    if (host.size > 0)
        place = lg_map_get(hosts->exact, host);
    for (size_t at = lg_str_find(host, '.', 1); place == NULL && at < host.size;
         at = lg_str_find(host, '.', at + 1))
        place = lg_map_get(hosts->wild, lg_str_part(host, at, host.size));
    return place != NULL ? place : &hosts->any;
}

static bool takes(const struct mount *mount, struct lg_str path)
{
    size_t size = mount->path.size;

    return size == 0 ||
           (lg_str_starts(path, mount->path) && (path.size == size || path.data[size] == '/'));
}

enum lg_err lg_hosts_find(const struct lg_hosts *hosts, struct lg_str host, struct lg_str path,
                          struct lg_host_match *ret_match)
{
    const struct place *place = find_place(hosts, host);

    ret_match->kind = place->count > 0 ? place->kind : hosts->kind;
    for (size_t i = 0; i < place->count; i++) {
        const struct mount *mount = &place->mounts[i];

        if (!takes(mount, path))
            continue;
        ret_match->api = mount->api;
        ret_match->path = path.size == mount->path.size
                              ? LG_STR("/")
                              : lg_str_part(path, mount->path.size, path.size);
        return LG_OK;
    }
    return place->count > 0 ? LG_ERR_NOT_FOUND : LG_ERR_REFUSED;
}
