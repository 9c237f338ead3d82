/*
 * address.h -- where the daemon listens for its operator, as a person writes it.
 *
 *     /run/lambdagate/admin.sock   unix:admin.sock   127.0.0.1:8081   localhost:8081   [::1]:8081
 *
 * Pure.
 */
#ifndef LG_CLI_ADDRESS_H
#define LG_CLI_ADDRESS_H

#include <stdbool.h>

struct lg_admin_address {
    const char *path; /* of a unix socket; NULL: TCP */
    const char *host; /* HOST:PORT, for a URL; NULL for a unix socket */
};

/* False when `text` is neither. The strings are borrowed from `text`. */
bool lg_admin_address_read(const char *text, struct lg_admin_address *ret_address);

#endif
