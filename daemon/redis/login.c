/* login.c -- AUTH, with a password that is read anew for each connection. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cloud/secret_file.h"
#include "redis/pipe.h"

/*
 * A server without AUTH says what it was sent: "ERR unknown command 'AUTH', with args beginning
 * with: 'PASSWORD'". So nothing that is quoted is passed on.
 */
static struct lg_str without_quotes(struct lg_str error)
{
    size_t end = 0;

    while (end < error.size && strchr("'\"`", error.data[end]) == NULL)
        end++;
    return lg_str_part(error, 0, end);
}

static void on_auth(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    char why[LG_REDIS_WHY_SIZE];

    if (fate != LG_REDIS_ANSWERED || !lg_resp_is_error(reply))
        return;
    (void)snprintf(why, sizeof(why), "AUTH: %.*s", LG_STR_ARG(without_quotes(lg_resp_text(reply))));
    lg_redis_pipe_drop(context, why);
}

static void send_auth(struct lg_redis_pipe *pipe, const char *user, struct lg_str password)
{
    struct lg_str arguments[] = { LG_STR("AUTH"), lg_str_of(user), password };

    if (user == NULL)
        arguments[1] = password;
    lg_redis_pipe_send_secret(pipe, arguments, user == NULL ? 2 : 3, on_auth, pipe);
}

void lg_redis_pipe_login(struct lg_redis_pipe *pipe, const struct lg_config_redis_login *login)
{
    char *text = NULL, why[LG_REDIS_WHY_SIZE];
    size_t size = 0, used;

    if (login->password_file == NULL) {
        if (login->password != NULL && *login->password != '\0')
            send_auth(pipe, login->username, lg_str_of(login->password));
        return;
    }
    if (lg_secret_read(login->password_file, &text, &size) != LG_OK) {
        (void)snprintf(why, sizeof(why), "%s: cannot be read: %s", login->password_file,
                       strerror(errno));
        lg_redis_pipe_drop(pipe, why);
        return;
    }
    used = size > 0 && text[size - 1] == '\n' ? size - 1 : size;
    send_auth(pipe, login->username, lg_str_make(text, used));
    lg_secret_free(text, size);
}
