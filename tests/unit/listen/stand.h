/*
 * stand.h -- a server with our own engine, a client on a real socket, and an owner of exchanges
 * that writes down what happens:
 *
 *     <POST /a 5>hello<body><sent>
 */
#ifndef LG_TESTS_LISTEN_STAND_H
#define LG_TESTS_LISTEN_STAND_H

#include "listen/h1.h"
#include "listen/server.h"
#include "wire/loop.h"

struct stand {
    struct lg_loop *loop;
    struct lg_mailbox *mailbox;
    struct lg_server *server;
    struct lg_listener *listener;
    struct lg_service service;
    struct lg_listen_limits limits;
    int client; /* -1: closed */

    /* what the owner does; all may be NULL */
    void (*on_request)(struct lg_exchange *exchange);
    void (*on_body)(struct lg_exchange *exchange);
    enum lg_flow flow;            /* answer to data */
    struct lg_exchange *exchange; /* the latest, until it is done */
    struct lg_str show;           /* a header whose value is written down too */

    char events[65536]; /* text */
    uint64_t data_bytes;
    bool quiet; /* data is only counted */
    unsigned rooms;
    uint64_t sent;
    char received[1 << 20];
    size_t received_size;
    bool ended, reset; /* how the client saw the connection end */
};

extern struct stand stand;

void stand_begin(void); /* with limits as they are in stand.limits */
void stand_end(void);
void stand_connect(void);
void stand_send(const char *text, size_t size);
void stand_say(const char *text);
void stand_receive(void);
void stand_turn(void); /* a few turns of the loop */
void stand_until(bool (*condition)(void), const char *what);
void stand_until_events(const char *text); /* are exactly these */
void stand_until_heard(const char *text);  /* is in what was received */
void stand_until_ended(void);
/* The connection that is open. */
const struct lg_h1_connection *stand_connection(void);

/* Owns an exchange as the stand's own service does. */
void stand_own(struct lg_exchange *exchange);

/* Things to do. */
void stand_read(struct lg_exchange *exchange);  /* reads the body */
void stand_hello(struct lg_exchange *exchange); /* answers 200 hello */
void stand_start(struct lg_exchange *exchange); /* starts an answer of unknown length */

#endif
