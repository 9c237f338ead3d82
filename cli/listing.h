/*
 * listing.h -- a list that the daemon tells, as a table or as its JSON.
 */
#ifndef LG_CLI_LISTING_H
#define LG_CLI_LISTING_H

#include <jansson.h>

#include "command.h"
#include "table.h"

struct lg_listing {
    const char *path;         /* of the admin address */
    const char *member;       /* the array in the answer */
    const char *const *names; /* of the columns */
    size_t columns;
    void (*add_row)(struct lg_table *table, json_t *item);
};

#define LG_LISTING_ARGUMENTS "[--admin ADDRESS] [--json]"
#define LG_LISTING_HELP                                                                            \
    "  --admin ADDRESS  HOST:PORT or the path of a unix socket\n"                                  \
    "  --json           the daemon's own JSON in place of a table\n"

/* Runs a command that is nothing but a listing. Returns an exit status. */
int lg_listing_run(const struct lg_command *command, int argc, char **argv,
                   const struct lg_listing *listing);

/* Milliseconds as a person writes them: 300ms, 10s, 1.5s, 2m. */
#define LG_DURATION_SIZE 32
void lg_duration_write(long long ms, char ret_text[LG_DURATION_SIZE]);

#endif
