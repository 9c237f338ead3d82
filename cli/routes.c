/* routes.c -- lambdagate routes: what a request can match, in the daemon that runs. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "listing.h"

static const char *text(json_t *item, const char *name)
{
    const char *value = json_string_value(json_object_get(item, name));

    return value == NULL ? "" : value;
}

/* "function put-item", "http http://...", "redirect 308 https://...", "respond 200" */
static char *integration(json_t *item)
{
    const char *kind = text(item, "integration");
    long long status = json_integer_value(json_object_get(item, "status"));

    if (strcmp(kind, "function") == 0)
        return lg_sprintf("function %s", text(item, "function"));
    if (strcmp(kind, "http") == 0)
        return lg_sprintf("http %s", text(item, "to"));
    if (strcmp(kind, "redirect") == 0)
        return lg_sprintf("redirect %lld %s", status, text(item, "to"));
    return lg_sprintf("%s %lld", kind, status);
}

/* "shop.example.com/v1, *.shop.example.com/v1" */
static char *places(json_t *item)
{
    struct lg_buf text;
    json_t *place;
    size_t i;

    lg_buf_init(&text, SIZE_MAX);
    json_array_foreach(json_object_get(item, "at"), i, place)
    {
        lg_buf_add_cstr(&text, i > 0 ? ", " : "");
        lg_buf_add_str(&text, lg_str_of(json_string_value(place)));
    }
    return lg_buf_take(&text, NULL);
}

/* "/etc/item.json", or "application/json: /etc/item.json, text/csv: /etc/csv.json" */
static char *bodies(json_t *item)
{
    json_t *body = json_object_get(item, "body"), *file;
    struct lg_buf out;
    const char *type;

    if (!json_is_object(body))
        return lg_strdup(text(item, "body"));
    lg_buf_init(&out, SIZE_MAX);
    json_object_foreach(body, type, file)
    {
        lg_buf_printf(&out, "%s%s: %s", out.size > 0 ? ", " : "", type, json_string_value(file));
    }
    return lg_buf_take(&out, NULL);
}

static void add_row(struct lg_table *table, json_t *item)
{
    char *does = integration(item), *at = places(item), *body = bodies(item);
    char timeout[LG_DURATION_SIZE];

    lg_duration_write(json_integer_value(json_object_get(item, "timeoutMs")), timeout);
    lg_table_add(
        table, (const char *[]){ text(item, "api"), at, text(item, "route"), does, timeout, body });
    free(does);
    free(at);
    free(body);
}

static int run(const struct lg_command *command, int argc, char **argv)
{
    static const char *const names[] = { "API", "AT", "ROUTE", "INTEGRATION", "TIMEOUT", "BODY" };
    static const struct lg_listing listing = {
        .path = "/routes", .member = "routes", .names = names, .columns = 6, .add_row = add_row
    };

    return lg_listing_run(command, argc, argv, &listing);
}

const struct lg_command lg_command_routes = {
    .name = "routes",
    .arguments = LG_LISTING_ARGUMENTS,
    .summary = "List the routes of the running daemon.",
    .help = LG_LISTING_HELP,
    .run = run,
};
