/* server.c -- the calls of server.h on a server find their engine. */
#include <assert.h>

#include "listen/engine.h"

struct lg_server *lg_server_new(struct lg_loop *loop, const struct lg_server_options *options)
{
    return options->library ? lg_mhd_server_new(loop, options) : lg_h1_server_new(loop, options);
}

void lg_server_free(struct lg_server *server)
{
    if (server != NULL)
        server->engine->free(server);
}

void lg_server_drain(struct lg_server *server)
{
    server->engine->drain(server);
}

void lg_server_set_idle_timeout(struct lg_server *server, unsigned seconds)
{
    assert(server->engine->set_idle_timeout != NULL);
    server->engine->set_idle_timeout(server, seconds);
}

size_t lg_server_connections(const struct lg_server *server)
{
    return server->engine->connections(server);
}
