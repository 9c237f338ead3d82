/* cc -o worker worker.c $(pkg-config --cflags --libs hiredis) && FN=echo ./worker 127.0.0.1 6379 */
#include <hiredis.h> /* clang-format off */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
int main(int argc, char **argv)
{
    redisContext *db = redisConnect(argc > 2 ? argv[1] : "127.0.0.1", argc > 2 ? atoi(argv[2]) : 6379);
    for (redisReply *r = NULL; db != NULL && db->err == 0; freeReplyObject(r)) { /* it ends with the connection */
        freeReplyObject(redisCommand(db, "ZADD lg:w:{%s} %lld c:1", getenv("FN"), (long long)time(NULL)));
        if ((r = redisCommand(db, "BLPOP lg:q:{%s} 10", getenv("FN"))) == NULL || r->type != REDIS_REPLY_ARRAY) continue;
        char *line = r->element[1]->str, *body = strchr(line, '\n') + 1, id[65] = "", to[256] = "", out[65536];
        sscanf(strstr(line, "\"id\":"), "\"id\":\"%64[^\"]", id), sscanf(strstr(line, "\"reply\":"), "\"reply\":\"%255[^\"]", to);
        snprintf(out, sizeof(out), "{\"statusCode\":200,\"body\":\"%zu bytes\"}", strlen(body)); /* the work */
        freeReplyObject(redisCommand(db, "RPUSH %s {\"id\":\"%s\",\"status\":\"ok\"}\n%s", to, id, out));
    }
    return EXIT_FAILURE;
}
