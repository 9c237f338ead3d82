/* listing.c -- ask, read, print. */
#include "listing.h"

#include "admin_client.h"
#include "base/mem.h"
#include "options.h"

void lg_duration_write(long long ms, char ret_text[LG_DURATION_SIZE])
{
    if (ms >= 60000 && ms % 60000 == 0)
        (void)snprintf(ret_text, LG_DURATION_SIZE, "%lldm", ms / 60000);
    else if (ms >= 1000 && ms % 1000 == 0)
        (void)snprintf(ret_text, LG_DURATION_SIZE, "%llds", ms / 1000);
    else
        (void)snprintf(ret_text, LG_DURATION_SIZE, "%lldms", ms);
}

static int print_table(const struct lg_listing *listing, json_t *items)
{
    struct lg_table *table = lg_table_new(listing->names, listing->columns);
    struct lg_buf out;
    json_t *item;
    size_t i;

    lg_buf_init(&out, SIZE_MAX);
    json_array_foreach(items, i, item)
    {
        listing->add_row(table, item);
    }
    lg_table_write(table, &out);
    fwrite(out.data, 1, out.size, stdout);
    lg_buf_done(&out);
    lg_table_free(table);
    return LG_EXIT_OK;
}

static int print(const struct lg_listing *listing, const struct lg_admin_answer *answer, bool raw)
{
    json_t *root, *items;
    int status;

    if (answer->status != 200)
        return lg_admin_complain(answer);
    root = json_loadb(answer->body.data, answer->body.size, 0, NULL);
    items = json_object_get(root, listing->member);
    if (!json_is_array(items)) {
        lg_complain("the answer of the admin address is not understood: is it lambdagated's?");
        status = LG_EXIT_UNREACHABLE;
    } else if (raw) {
        status = json_dumpf(root, stdout, JSON_INDENT(2)) == 0 ? LG_EXIT_OK : LG_EXIT_FAILED;
        putchar('\n');
    } else {
        status = print_table(listing, items);
    }
    json_decref(root);
    return status;
}

int lg_listing_run(const struct lg_command *command, int argc, char **argv,
                   const struct lg_listing *listing)
{
    const struct lg_admin_request request = { .path = listing->path };
    struct lg_admin_answer answer;
    const char *admin = NULL;
    bool raw = false;
    const struct lg_option options[] = {
        { .name = "admin", .value = &admin },
        { .name = "json", .given = &raw },
    };
    const struct lg_grammar grammar = { .options = options, .option_count = LG_COUNT(options) };
    int status;

    if (!lg_options_read(command, argc, argv, &grammar, NULL, &status))
        return status;
    status = lg_admin_send(command, admin, &request, &answer);
    if (status != LG_EXIT_OK)
        return status;
    status = print(listing, &answer, raw);
    lg_admin_answer_done(&answer);
    return status;
}
