/* err.c -- the phrases for enum lg_err. */
#include "base/err.h"

const char *lg_err_text(enum lg_err err)
{
    switch (err) {
    case LG_OK:
        return "no error";
    case LG_ERR_SYNTAX:
        return "malformed";
    case LG_ERR_RANGE:
        return "out of range";
    case LG_ERR_TOO_BIG:
        return "too large";
    case LG_ERR_FULL:
        return "no room now";
    case LG_ERR_NOT_FOUND:
        return "not found";
    case LG_ERR_EXISTS:
        return "exists already";
    case LG_ERR_IO:
        return "system call failed";
    case LG_ERR_REFUSED:
        return "not permitted";
    case LG_ERR_CLOSED:
        return "closed by the other side";
    case LG_ERR_BUSY:
        return "not possible in this state";
    }
    return "unknown error";
}
