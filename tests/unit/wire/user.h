/*
 * user.h -- who uses a connection, and writes down what happens: "<open>hello<end>". There is one
 * at a time.
 */
#ifndef LG_TESTS_WIRE_USER_H
#define LG_TESTS_WIRE_USER_H

#include "wire/connect.h"

struct user {
    struct lg_conn *conn;
    char events[4096];
    char error[256];
};

extern struct user user;

void user_open(const struct lg_conn_options *options);
void user_close(void);
void user_say(const char *text);
void user_until(const char *events);
void user_until_error(const char *part);
/* Sends so many bytes while it reads them back, and checks them. */
void user_flood(size_t size);

#endif
