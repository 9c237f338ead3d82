/*
 * cors.h -- what browsers of other origins are told (Fetch standard, CORS protocol).
 *
 * Contract: API Gateway HTTP API, "CORS". With a configuration the gateway alone speaks: it answers
 * preflights, and its header fields replace those of the integration. An origin that is not allowed
 * hears nothing, and its browser then keeps the answer from the page.
 * Pure. Threads: a compiled configuration from any number at once.
 */
#ifndef LG_RESPOND_CORS_H
#define LG_RESPOND_CORS_H

#include <stdbool.h>

#include "base/arena.h"
#include "config/config.h"
#include "listen/exchange.h"

struct lg_cors;

#define LG_CORS_HEADERS_MAX 6 /* that one answer gets */

/* The configuration was checked already (config/rules_cors.c). NULL without any origin. */
struct lg_cors *lg_cors_compile(const struct lg_config_cors *config);
void lg_cors_free(struct lg_cors *cors); /* NULL is fine */

/* Whether a browser asks for leave: OPTIONS with Origin and Access-Control-Request-Method. */
bool lg_cors_is_preflight(const struct lg_head *head);

/* Whether the header field is one that only the gateway may set. */
bool lg_cors_owns(struct lg_str name);

/*
 * Whether answers differ by Origin: `vary: origin` is said then, also to those that sent none, or
 * a cache would hand one origin what was meant for another.
 */
bool lg_cors_varies(const struct lg_cors *cors);

/*
 * The fields for the answer to `head`: of a preflight what may be asked, of any other request what
 * may be read. `ret_headers` has room for LG_CORS_HEADERS_MAX; returns their number. Values are the
 * configuration's or lie in the arena.
 */
size_t lg_cors_headers(const struct lg_cors *cors, struct lg_arena *arena,
                       const struct lg_head *head, struct lg_header *ret_headers);

/*
 * The fields of a REST API's OPTIONS method, which answers whoever asks: with a single origin they
 * are always the same, with several the one that asks is named.
 */
size_t lg_cors_options_headers(const struct lg_cors *cors, struct lg_arena *arena,
                               const struct lg_head *head, struct lg_header *ret_headers);

#endif
