/*
 * gateway_private.h -- shared by gateway*.c: what the running daemon is made of.
 */
#ifndef LG_GATEWAY_PRIVATE_H
#define LG_GATEWAY_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "gateway.h"
#include "invoke_api/admin.h"
#include "keeper/keeper.h"
#include "request.h"
#include "target/workers.h"
#include "wire/mailbox.h"

enum lg_life { LG_LIFE_STARTING, LG_LIFE_READY, LG_LIFE_DRAINING };

/* One loop with what it owns. */
struct lg_lane {
    struct lg_gateway *gateway;
    unsigned index;
    struct lg_loop *loop;
    struct lg_mailbox *mailbox;
    struct lg_server *server;  /* of the public listener */
    struct lg_server *runtime; /* of the Runtime API */
    struct lg_keeper_line *keeper;
    struct lg_front front;
    struct lg_listen_limits limits; /* of public connections on this loop */
    struct lg_workers_env workers;
    pthread_t thread; /* loops other than 0 */
    bool has_thread;

    struct lg_letter drain_letter; /* loop 0 asks this lane to drain */
    struct lg_timer drain_timer;
    struct lg_letter drained_letter; /* the lane answers */
};

/* A function and where it lives. */
struct lg_place {
    struct lg_gateway *gateway;
    struct lg_function *function; /* one reference */
    struct lg_lane *home;
    struct lg_letter drain_letter;
    struct lg_letter drained_letter;
};

struct lg_gateway {
    struct lg_snapshot *snapshot; /* one reference */
    struct lg_keeper *keeper;
    struct lg_lane *lanes;
    unsigned lane_count;
    /* what other parts index by loop */
    struct lg_mailbox **mailboxes;
    struct lg_server **servers;
    struct lg_service *services; /* of the public listener */
    struct lg_map *functions;    /* name -> struct lg_place */
    char *runtime_directory;

    struct lg_listen_limits admin_limits;
    struct lg_service admin_service;
    struct lg_server *admin_server; /* on loop 0 */
    struct lg_listener *public_listener, *admin_listener;
    const char *admin_path; /* unix socket to remove at the end, or NULL */
    struct lg_admin admin;
    struct lg_function_env function_env;

    atomic_int life; /* enum lg_life */
    int signals;     /* signalfd */
    struct lg_watch signal_watch;
    atomic_bool keeper_lost;
    struct lg_letter lost_letter;
    struct lg_timer deadline;
    unsigned lanes_to_drain, places_to_drain;
    int exit_status;
};

/* gateway_drain.c */
void lg_gateway_begin_drain(struct lg_gateway *gateway, const char *why);
void lg_gateway_cut(struct lg_gateway *gateway, const char *why);

/* gateway_admin.c: what the admin listener may ask. */
void lg_gateway_fill_admin(struct lg_gateway *gateway);

#endif
