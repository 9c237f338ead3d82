/* stage.c -- the stage at the front of a path. */
#include "route/stage.h"

bool lg_stage_is_default(struct lg_str stage)
{
    return lg_str_is(stage, "$default");
}

bool lg_stage_take(struct lg_str stage, struct lg_str path, struct lg_str *ret_path)
{
    size_t end = lg_str_find(path, '/', 1);

    if (lg_stage_is_default(stage)) {
        *ret_path = path;
        return true;
    }
    if (!lg_str_starts(path, LG_STR("/")) || !lg_str_eq(lg_str_part(path, 1, end), stage))
        return false;
    *ret_path = end == path.size ? LG_STR("/") : lg_str_part(path, end, path.size);
    return true;
}
