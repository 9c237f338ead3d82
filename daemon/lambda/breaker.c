/* breaker.c -- three states in two flags. */
#include "lambda/breaker.h"

bool lg_breaker_enter(struct lg_breaker *breaker, int64_t now_ms)
{
    if (!breaker->is_open)
        return true;
    if (breaker->probing || now_ms < breaker->open_until_ms)
        return false;
    breaker->probing = true;
    return true;
}

static void open_again(struct lg_breaker *breaker, int64_t now_ms)
{
    breaker->wait_ms = breaker->wait_ms == 0 ? LG_BREAKER_MIN_MS : breaker->wait_ms * 2;
    if (breaker->wait_ms > LG_BREAKER_MAX_MS)
        breaker->wait_ms = LG_BREAKER_MAX_MS;
    breaker->open_until_ms = now_ms + breaker->wait_ms;
    breaker->is_open = true;
    breaker->probing = false;
}

bool lg_breaker_leave(struct lg_breaker *breaker, bool good, int64_t now_ms)
{
    bool was_open = breaker->is_open;

    if (good) {
        *breaker = (struct lg_breaker){ 0 };
        return was_open;
    }
    breaker->failures++;
    if (was_open ? breaker->probing : breaker->failures >= LG_BREAKER_FAILURES)
        open_again(breaker, now_ms);
    return !was_open && breaker->is_open;
}

void lg_breaker_forget(struct lg_breaker *breaker)
{
    breaker->probing = false;
}
