/*
 * redirect.h -- a Location made from a template and what the route captured.
 *
 * The template is an absolute http(s) URL, or a path that starts with one "/". `{name}` stands in
 * the path, query or fragment, never in scheme or authority, so a captured value can never
 * change the host. Values are decoded and encoded again for the place where they stand; a greedy
 * value keeps its slashes and loses "." and ".." segments' meaning by encoding. "{stage}" has no
 * special meaning.
 */
#ifndef LG_INTEGRATE_REDIRECT_H
#define LG_INTEGRATE_REDIRECT_H

#include "config/config.h"
#include "route/table.h"

struct lg_redirect;

/*
 * Compiles the template and checks it against the route's variables: an unknown variable, one in
 * the authority, a bad URL, control characters, or a status other than 301, 302, 303, 307, 308
 * is added to `faults`: NULL then.
 */
struct lg_redirect *lg_redirect_compile(const struct lg_config_redirect *config,
                                        const struct lg_pattern *pattern, struct lg_faults *faults);
void lg_redirect_free(struct lg_redirect *redirect); /* NULL is fine */
int lg_redirect_status(const struct lg_redirect *redirect);

/*
 * The Location for one request. `query` is the raw query without "?" (data == NULL: none); it is
 * appended to the template's own when the redirect keeps it, then come the added pairs. Any byte
 * that may not stand in a URL leaves it percent-encoded. The result lies in the arena.
 */
struct lg_str lg_redirect_location(const struct lg_redirect *redirect, struct lg_arena *arena,
                                   const struct lg_route_match *match, struct lg_str query);

#endif
