/* user.c -- getpwnam and getgrouplist. */
#include "config/user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>

#include "base/mem.h"

#define TEXT_MAX 65536
#define GROUPS_MAX 65536

static enum lg_err find_entry(const char *name, struct passwd *ret_entry, char *text)
{
    struct passwd *found = NULL;
    int error = getpwnam_r(name, ret_entry, text, TEXT_MAX, &found);

    if (found != NULL)
        return LG_OK;
    /* What "not there" looks like depends on where users come from. */
    return error == 0 || error == ENOENT || error == ESRCH ? LG_ERR_NOT_FOUND : LG_ERR_IO;
}

enum lg_err lg_user_find(struct lg_arena *arena, const char *name,
                         const struct lg_config_user **ret_user)
{
    char *text = lg_alloc(TEXT_MAX);
    gid_t *groups = lg_calloc(GROUPS_MAX, sizeof(*groups));
    struct lg_config_user *user = LG_ARENA_NEW(arena, struct lg_config_user);
    struct passwd entry;
    int count = GROUPS_MAX;
    enum lg_err err = find_entry(name, &entry, text);

    if (err == LG_OK && getgrouplist(name, entry.pw_gid, groups, &count) < 0)
        err = LG_ERR_IO;
    if (err == LG_OK) {
        user->name = name;
        user->uid = entry.pw_uid;
        user->gid = entry.pw_gid;
        user->group_count = (size_t)count;
        user->groups = lg_arena_copy(arena, groups, user->group_count * sizeof(*groups));
        *ret_user = user;
    }
    free(groups);
    free(text);
    return err;
}
