/* worker_admin.c -- a listener of its own, since the other one belongs to the runtimes. */
#include "process/worker_admin.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "listen/server.h"
#include "process/startup.h"

#define IDLE_S 300

struct lg_worker_admin {
    struct lg_listen_limits limits;
    struct lg_admin admin;
    struct lg_service service;
    struct lg_server *server;
    struct lg_mailbox *mailbox;
    struct lg_listener *listener;
    char *host, *path;
};

struct lg_worker_admin *lg_worker_admin_new(struct lg_loop *loop, struct lg_mailbox *mailbox,
                                            const struct lg_config_address *address, unsigned mode,
                                            enum lg_admin_state (*state)(void *context),
                                            void *context)
{
    const struct lg_server_options options = { .idle_timeout_s = IDLE_S };
    struct lg_worker_admin *admin = LG_NEW(struct lg_worker_admin);
    int fd;

    admin->limits = (struct lg_listen_limits){
        .header_bytes = 10240, .headers = 100, .header_timeout_ms = 10000, .connections = 64
    };
    admin->host = address->host == NULL ? NULL : lg_strdup(address->host);
    admin->admin = (struct lg_admin){
        .host = admin->host, .watch_only = true, .state = state, .context = context
    };
    admin->service = (struct lg_service){ .limits = &admin->limits,
                                          .on_request = lg_admin_request,
                                          .context = &admin->admin };
    admin->mailbox = mailbox;
    if (lg_startup_listen(address, mode, "admin", &fd) == LG_OK) {
        admin->path = address->path == NULL ? NULL : lg_strdup(address->path);
        admin->server = lg_server_new(loop, &options);
        admin->listener = lg_listener_open(&admin->server, &admin->mailbox, 1, fd, &admin->service);
        return admin;
    }
    lg_worker_admin_free(admin);
    return NULL;
}

void lg_worker_admin_unlink(const struct lg_worker_admin *admin)
{
    if (admin != NULL && admin->path != NULL)
        unlink(admin->path);
}

void lg_worker_admin_free(struct lg_worker_admin *admin)
{
    if (admin == NULL)
        return;
    if (admin->listener != NULL)
        lg_listener_close(admin->listener);
    lg_worker_admin_unlink(admin);
    if (admin->server != NULL)
        lg_server_free(admin->server);
    free(admin->host);
    free(admin->path);
    free(admin);
}
