/* hop_by_hop.c -- header fields that mean one connection and never travel on. */
#include "integrate/hop_by_hop.h"

#include <stddef.h>
#include <string.h>

#include "base/mem.h"

bool lg_hop_by_hop(struct lg_str name)
{
    static const char *const names[] = { "connection", "keep-alive",        "te",
                                         "trailer",    "transfer-encoding", "upgrade" };

    /* Most names begin with another letter. */
    if (name.size == 0 || strchr("ckptuCKPTU", name.data[0]) == NULL)
        return false;
    for (size_t i = 0; i < LG_COUNT(names); i++) {
        if (lg_str_iis(name, names[i]))
            return true;
    }
    return lg_str_istarts(name, LG_STR("proxy-"));
}
