/*
 * memory.c -- what a request holds of the process's memory budget, and who waits for more.
 *
 * A body of known length is admitted whole before a byte of it is read: requests that each hold a
 * part of what they need would wait for each other. Small bodies may use the whole budget, large
 * ones only 80 % of it, so that many large ones do not shut small ones out.
 */
#include "request.h"

#define SMALL ((size_t)64 * 1024)      /* a body that need not wait */
#define EVENT_OVERHEAD ((size_t)16384) /* head and request context in an event */
#define LOOK_MS 10                     /* how often the oldest that waits tries again */

void lg_request_hold(struct lg_request *request, size_t size)
{
    struct lg_budget *memory = &request->front->shared->memory;

    if (size > request->held)
        lg_budget_force(memory, size - request->held);
    else
        lg_budget_give(memory, request->held - size);
    request->held = size;
}

/* Body and event lie side by side while the event is written; base64 makes 3 bytes 4. */
static size_t need_of(size_t length)
{
    return length + length / 3 * 4 + EVENT_OVERHEAD;
}

static void look(struct lg_timer *timer)
{
    struct lg_front *front = LG_CONTAINER(timer, struct lg_front, memory_timer);
    struct lg_link *link;

    while ((link = lg_list_first(&front->waiting)) != NULL) {
        struct lg_request *request = LG_LIST_OF(link, struct lg_request, waiting);
        size_t need = need_of((size_t)request->head->content_length);

        if (!lg_budget_take_low(&front->shared->memory, need))
            break;
        lg_list_remove(link);
        request->held = need;
        lg_request_memory_found(request);
    }
    if (!lg_list_empty(&front->waiting))
        lg_timer_set(front->loop, timer, lg_loop_now_ms(front->loop) + LOOK_MS, look);
}

static enum lg_err wait_for_memory(struct lg_request *request)
{
    struct lg_front *front = request->front;

    lg_list_add_last(&front->waiting, &request->waiting);
    if (!lg_timer_armed(&front->memory_timer))
        lg_timer_set(front->loop, &front->memory_timer, lg_loop_now_ms(front->loop) + LOOK_MS,
                     look);
    return LG_ERR_BUSY;
}

enum lg_err lg_request_ask_memory(struct lg_request *request, int64_t length)
{
    struct lg_front *front = request->front;
    struct lg_budget *memory = &front->shared->memory;
    size_t need = need_of(length < 0 ? 0 : (size_t)length);
    bool taken;

    if (length <= (int64_t)SMALL || !lg_budget_fits(memory, need))
        taken = lg_budget_take(memory, need);
    else
        taken = lg_list_empty(&front->waiting) && lg_budget_take_low(memory, need);
    if (taken) {
        request->held = need;
        return LG_OK;
    }
    /* Beyond the whole budget nobody waits: memory comes back too slowly to promise anything. */
    if (length <= (int64_t)SMALL || !lg_budget_fits(memory, need) || !lg_budget_take(memory, 0))
        return LG_ERR_FULL;
    return wait_for_memory(request);
}

/* Takes `more` from the budget; large things leave the upper part of it to small ones. */
static bool take(struct lg_request *request, size_t more, size_t size)
{
    struct lg_budget *memory = &request->front->shared->memory;
    bool taken = size <= SMALL ? lg_budget_take(memory, more) : lg_budget_take_low(memory, more);

    if (taken)
        request->held += more;
    return taken;
}

enum lg_err lg_request_grow_memory(struct lg_request *request, size_t size)
{
    size_t need = need_of(size);

    if (need <= request->held || take(request, need - request->held, size))
        return LG_OK;
    return LG_ERR_FULL;
}

enum lg_err lg_request_settle_memory(struct lg_request *request, size_t size)
{
    if (size <= request->held) {
        lg_request_hold(request, size);
        return LG_OK;
    }
    return take(request, size - request->held, size) ? LG_OK : LG_ERR_FULL;
}

enum lg_err lg_request_add_memory(struct lg_request *request, size_t size)
{
    return take(request, size, size) ? LG_OK : LG_ERR_FULL;
}
