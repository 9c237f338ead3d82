/*
 * bodies.h -- the compiled schemas of a configuration, and what each route says about bodies.
 *
 * A file is compiled once for an API, however many of its routes and models name it. Made with a
 * snapshot, and gone with it.
 */
#ifndef LG_BODIES_H
#define LG_BODIES_H

#include "config/config.h"
#include "validate/body.h"

struct lg_bodies;

struct lg_bodies *lg_bodies_new(void);
void lg_bodies_free(struct lg_bodies *bodies); /* NULL is fine */

/* Compiles the models of an API, whether or not a route names them. */
void lg_bodies_add_models(struct lg_bodies *bodies, const struct lg_config_api *api,
                          struct lg_faults *faults);

/* The rules of a route, which `bodies` owns; NULL: it says nothing about bodies. */
const struct lg_body_rules *lg_bodies_of(struct lg_bodies *bodies,
                                         const struct lg_config_route *route,
                                         struct lg_faults *faults);

#endif
