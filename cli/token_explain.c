/* token_explain.c -- lambdagate token --explain: what the daemon would find, in words or JSON. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "config/words.h"
#include "faults.h"
#include "input.h"
#include "token.h"
#include "token_keys.h"

#define TOKEN_MAX ((size_t)1024 * 1024) /* the daemon's own limit is told as a check */
#define NAMES_SHOWN 10

struct task {
    const struct lg_token_asked *asked;
    struct lg_arena arena;
    struct lg_buf input;
    struct lg_str token;
    struct lg_config *config;
    const struct lg_config_route *route; /* or NULL */
    const struct lg_config_authorizer *config_authorizer;
    struct lg_authorizer *authorizer;
    struct lg_verifier *verifier;
};

/* --- what is asked ---------------------------------------------------------------------------- */

/* As the daemon takes it: alone, or behind `Bearer`. */
static bool read_token(struct task *task)
{
    lg_buf_init(&task->input, TOKEN_MAX);
    task->token = lg_str_of(task->asked->explain);
    if (lg_str_is(task->token, "-")) {
        if (!lg_input_read("-", &task->input))
            return false;
        task->token = lg_buf_str(&task->input);
    }
    while (task->token.size > 0 && strchr(" \t\r\n", task->token.data[task->token.size - 1]))
        task->token.size--;
    task->token = lg_str_trim(task->token);
    if (lg_str_istarts(task->token, LG_STR("Bearer ")))
        task->token = lg_str_part(task->token, sizeof("Bearer ") - 1, task->token.size);
    return true;
}

static bool complain_of_route(struct task *task, size_t found)
{
    const struct lg_config *config = task->config;
    const char **keys = lg_arena_alloc(&task->arena, config->route_count * sizeof(*keys));

    if (found > 1) {
        lg_complain("several APIs have the route %s: say --api NAME", task->asked->route);
        return false;
    }
    for (size_t i = 0; i < config->route_count; i++)
        keys[i] = config->routes[i].key;
    lg_complain("there is no route %s%s", task->asked->route,
                lg_words_meant(&task->arena, task->asked->route, keys, config->route_count));
    return false;
}

static bool find_route(struct task *task)
{
    const struct lg_config *config = task->config;
    size_t found = 0;

    if (task->asked->route == NULL)
        return true;
    for (size_t i = 0; i < config->route_count; i++) {
        const struct lg_config_route *route = &config->routes[i];
        if (strcmp(route->key, task->asked->route) == 0 &&
            (task->asked->api == NULL || strcmp(route->api->name, task->asked->api) == 0)) {
            task->route = route;
            found++;
        }
    }
    return found == 1 || complain_of_route(task, found);
}

/* What a function thinks of a token, only the function can tell. */
static bool judges_tokens(const struct task *task)
{
    const struct lg_config_authorizer *found = task->config_authorizer;

    if (found != NULL && found->lambda != NULL)
        lg_complain("the authorizer %s is the function %s, which alone knows what it believes",
                    found->name, found->lambda->function->name);
    return found != NULL && found->lambda == NULL;
}

static bool find_authorizer(struct task *task)
{
    if (task->route == NULL || task->asked->authorizer != NULL) {
        task->config_authorizer = lg_token_authorizer(task->config, task->asked->authorizer);
        return judges_tokens(task);
    }
    task->config_authorizer = task->route->authorizer;
    if (task->config_authorizer == NULL)
        lg_complain("the route %s is public: nobody looks at a token", task->asked->route);
    return judges_tokens(task);
}

static bool build(struct task *task)
{
    struct lg_faults *faults = lg_faults_new();
    task->authorizer = lg_authorizer_build(task->config_authorizer, faults);
    if (task->authorizer == NULL)
        lg_complain_faults(faults);
    lg_faults_free(faults);
    task->verifier = lg_verifier_new();
    if (task->verifier == NULL)
        lg_complain("OpenSSL lacks an algorithm");
    return task->authorizer != NULL && task->verifier != NULL;
}

/* --- explaining ------------------------------------------------------------------------------- */

static struct lg_str issuer_of(struct task *task)
{
    struct lg_jwt jwt;
    size_t limit = (size_t)task->config_authorizer->token_bytes;

    if (lg_jwt_read(&task->arena, task->token, limit, &jwt) != LG_JWT_GOOD)
        return LG_STR_NONE;
    return jwt.issuer;
}

static struct lg_str_list scopes_of(struct task *task)
{
    struct lg_config_strings scopes = { 0 };

    if (task->route != NULL)
        scopes = task->route->scopes;
    struct lg_str *items = lg_arena_alloc(&task->arena, scopes.count * sizeof(*items));
    for (size_t i = 0; i < scopes.count; i++)
        items[i] = lg_str_of(scopes.items[i]);
    return (struct lg_str_list){ items, scopes.count };
}

static void explain(struct task *task, struct lg_explanation *ret_explanation)
{
    struct lg_token_keys keys = { .config = task->config_authorizer,
                                  .wanted = issuer_of(task),
                                  .arena = &task->arena };

    lg_token_keys_attach(&keys, task->authorizer);
    const struct lg_explain_asked asked = { .scopes = scopes_of(task),
                                            .no_scopes = task->route == NULL
                                                             ? "no --route was given"
                                                             : "the route asks for none",
                                            .places = keys.places,
                                            .troubles = keys.troubles,
                                            .now_ms = lg_clock_wall_ms() };

    lg_authorizer_explain(task->authorizer, task->verifier, &task->arena, task->token, &asked,
                          ret_explanation);
}

/* --- in words --------------------------------------------------------------------------------- */

static const char *const state_words[] = {
    [LG_EXPLAIN_OK] = "ok",
    [LG_EXPLAIN_FAILED] = "FAILED",
    [LG_EXPLAIN_SKIPPED] = "not checked",
};

static int widest(const struct lg_explanation *explanation)
{
    size_t width = 0;

    for (size_t i = 0; i < explanation->count; i++) {
        size_t size = strlen(explanation->lines[i].check);
        width = size > width ? size : width;
    }
    return (int)width;
}

static void print_words(const struct task *task, const struct lg_explanation *explanation)
{
    int width = widest(explanation);

    printf("by the authorizer %s of %s", task->config_authorizer->name, task->asked->config);
    if (task->route != NULL)
        printf(", for the route %s", task->route->key);
    printf("\n\n");
    if (explanation->header != NULL)
        printf("header  %s\n", explanation->header);
    if (explanation->claims != NULL)
        printf("claims  %s\n", explanation->claims);
    if (explanation->header != NULL || explanation->claims != NULL)
        printf("\n");
    for (size_t i = 0; i < explanation->count; i++) {
        const struct lg_explain_line *line = &explanation->lines[i];
        printf("%-11s  %-*s  %s%s%s\n", state_words[line->state], width, line->check, line->found,
               line->expected != NULL ? "; expected " : "",
               line->expected != NULL ? line->expected : "");
    }
    if (explanation->fault == LG_JWT_GOOD)
        printf("\nIt passes.\n");
    else
        printf("\nIt is refused (%s): %s.\n", lg_jwt_fault_name(explanation->fault),
               lg_jwt_fault_text(explanation->fault));
}

/* --- in JSON ---------------------------------------------------------------------------------- */

static void add_text(struct lg_buf *out, bool *first, const char *name, const char *text)
{
    if (text == NULL)
        return;
    lg_json_add_name(out, first, name);
    lg_json_add_string(out, lg_str_of(text));
}

/* `text` is JSON itself. */
static void add_raw(struct lg_buf *out, bool *first, const char *name, const char *text)
{
    lg_json_add_name(out, first, name);
    lg_buf_add_cstr(out, text != NULL ? text : "null");
}

static void add_line(struct lg_buf *out, const struct lg_explain_line *line)
{
    bool first = true;

    lg_buf_add_char(out, '{');
    add_text(out, &first, "check", line->check);
    add_text(out, &first, "result",
             line->state == LG_EXPLAIN_FAILED ? "failed" : state_words[line->state]);
    if (line->state == LG_EXPLAIN_FAILED)
        add_text(out, &first, "reason", lg_jwt_fault_name(line->fault));
    add_text(out, &first, "found", line->found);
    add_text(out, &first, "expected", line->expected);
    lg_buf_add_char(out, '}');
}

static void print_json(const struct task *task, const struct lg_explanation *explanation)
{
    bool good = explanation->fault == LG_JWT_GOOD, first = true;
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    lg_buf_add_char(&out, '{');
    add_raw(&out, &first, "passes", good ? "true" : "false");
    add_text(&out, &first, "reason", good ? NULL : lg_jwt_fault_name(explanation->fault));
    add_text(&out, &first, "message", lg_jwt_fault_text(explanation->fault));
    add_text(&out, &first, "config", task->asked->config);
    add_text(&out, &first, "authorizer", task->config_authorizer->name);
    add_text(&out, &first, "route", task->route == NULL ? NULL : task->route->key);
    add_raw(&out, &first, "header", explanation->header);
    add_raw(&out, &first, "claims", explanation->claims);
    lg_json_add_name(&out, &first, "checks");
    for (size_t i = 0; i < explanation->count; i++) {
        lg_buf_add_char(&out, i == 0 ? '[' : ',');
        add_line(&out, &explanation->lines[i]);
    }
    lg_buf_add_cstr(&out, "]}\n");
    fwrite(out.data, 1, out.size, stdout);
    lg_buf_done(&out);
}

/* --- all of it -------------------------------------------------------------------------------- */

static int run_task(struct task *task)
{
    struct lg_explanation explanation;

    if (!read_token(task) || !lg_token_can_read(task->asked->config))
        return LG_EXIT_USAGE;
    task->config = lg_token_load(task->asked->config);
    if (task->config == NULL || !find_route(task) || !find_authorizer(task) || !build(task))
        return LG_EXIT_USAGE;
    explain(task, &explanation);
    if (task->asked->json)
        print_json(task, &explanation);
    else
        print_words(task, &explanation);
    return explanation.fault == LG_JWT_GOOD ? LG_EXIT_OK : LG_EXIT_FAILED;
}

int lg_token_explain(const struct lg_command *command, const struct lg_token_asked *asked)
{
    struct task task = { .asked = asked };

    if (asked->api != NULL && asked->route == NULL)
        return lg_command_misused(command, "--api goes with --route");
    lg_arena_init(&task.arena);
    int status = run_task(&task);
    lg_verifier_free(task.verifier);
    lg_authorizer_free(task.authorizer);
    lg_config_free(task.config);
    lg_buf_done(&task.input);
    lg_arena_done(&task.arena);
    return status;
}
