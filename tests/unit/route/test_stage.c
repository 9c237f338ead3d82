/* test_stage.c -- which paths belong to a stage, and what they leave for the routes. */
#include "route/stage.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static void takes(const char *stage, const char *path, const char *rest)
{
    struct lg_str left = LG_STR("unset");

    cr_assert(lg_stage_take(lg_str_of(stage), lg_str_of(path), &left), "%s %s", stage, path);
    cr_assert(lg_str_is(left, rest), "%.*s", LG_STR_ARG(left));
}

static void leaves(const char *stage, const char *path)
{
    struct lg_str left = LG_STR("unset");

    cr_assert(not(lg_stage_take(lg_str_of(stage), lg_str_of(path), &left)), "%s %s", stage, path);
    cr_assert(lg_str_is(left, "unset"));
}

Test(stage, default_takes_every_path_whole)
{
    takes("$default", "/dev/items", "/dev/items");
    takes("$default", "/", "/");
    takes("$default", "*", "*");
    takes("$default", "/$default/x", "/$default/x");
}

Test(stage, a_named_stage_is_cut_off_the_path)
{
    takes("dev", "/dev/items/7", "/items/7");
    takes("dev", "/dev/", "/");
    takes("dev", "/dev//x", "//x");
    takes("dev", "/dev/dev", "/dev");
}

Test(stage, a_named_stage_alone_is_the_root)
{
    takes("dev", "/dev", "/");
}

Test(stage, a_named_stage_must_equal_the_first_segment_exactly)
{
    leaves("dev", "/items");
    leaves("dev", "/");
    leaves("dev", "*");
    leaves("dev", "/Dev/items");
    leaves("dev", "/developer");
    leaves("dev", "/de/v");
    leaves("dev", "/d%65v/items");
    leaves("dev", "dev/items");
}

Test(stage, only_default_is_default)
{
    cr_assert(lg_stage_is_default(LG_STR("$default")));
    cr_assert(not(lg_stage_is_default(LG_STR("default"))));
}
