/* confine.c -- a user, a limit, and whether /tmp can be covered without covering the code. */
#include "target/confine.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "observe/log.h"
#include "target/environment.h"

static bool is_below_tmp(const char *path)
{
    return strncmp(path, "/tmp/", 5) == 0 || strcmp(path, "/tmp") == 0;
}

bool lg_confine_in_tmp(const char *path)
{
    char *real = realpath(path, NULL);
    bool below = is_below_tmp(path) || (real != NULL && is_below_tmp(real));

    free(real);
    return below;
}

/* What a process has to find by its name after /tmp was covered. */
static const char *find_code_in_tmp(struct lg_pool *pool)
{
    const struct lg_config_workers *workers = pool->function->workers;
    const char *const *words =
        lg_environment_command(&pool->arena, pool->env.runtime_directory, workers);

    if (lg_confine_in_tmp(workers->directory))
        return workers->directory;
    for (; *words != NULL; words++)
        if (**words == '/' && lg_confine_in_tmp(*words))
            return *words;
    return NULL;
}

static enum lg_keeper_tmp decide_tmp(struct lg_pool *pool)
{
    const char *code;

    if (!pool->function->workers->private_tmp)
        return LG_KEEPER_TMP_SHARED;
    code = find_code_in_tmp(pool);
    if (code == NULL)
        return LG_KEEPER_TMP_MOUNT;
    lg_log(LG_LOG_INFO, pool->who, "",
           "%s lies in /tmp, which stays shared: TMPDIR names the private folder", code);
    return LG_KEEPER_TMP_DIRECTORY;
}

void lg_confine_decide(struct lg_pool *pool)
{
    const struct lg_config_user *user = pool->function->user;

    pool->confine = (struct lg_keeper_confine){
        .tmp = decide_tmp(pool),
        .memory_bytes = pool->function->memory_mb * 1024 * 1024,
    };
    if (user == NULL)
        return;
    pool->confine.change_user = true;
    pool->confine.uid = user->uid;
    pool->confine.gid = user->gid;
    pool->confine.groups = user->groups;
    pool->confine.group_count = user->group_count;
}
