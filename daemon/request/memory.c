/*
 * memory.c -- what a request holds of the process's memory budget, and who waits for more.
 *
 * A body of known length is admitted whole before a byte of it is read: requests that each hold a
 * part of what they need would wait for each other. Small bodies may use the whole budget, large
 * ones only 80 % of it, so that many large ones do not shut small ones out. One of unknown length
 * is counted as it grows; once it is no small one, it is admitted in the same way.
 */
#include <assert.h>
#include <stdlib.h>

#include "request/request.h"

#define SMALL ((size_t)64 * 1024)      /* a body that need not wait */
#define EVENT_OVERHEAD ((size_t)16384) /* head and request context in an event */
#define LOOK_MS 10                     /* how often the oldest that waits tries again */

void lg_request_hold(struct lg_request *request, size_t size)
{
    struct lg_budget *memory = &request->front->shared->memory;

    if (size > request->held) {
        lg_budget_force(memory, size - request->held);
    } else {
        lg_budget_give(memory, request->held - size);
        lg_front_gave(request->front, request->held - size);
    }
    request->held = size;
}

/* Body and event lie side by side while the event is written; base64 makes 3 bytes 4. */
static size_t need_of(size_t length)
{
    return length + length / 3 * 4 + EVENT_OVERHEAD;
}

/*
 * For one of unknown length that is no small one any more: as for the longest. With a small budget
 * as much as half of it; what grows beyond that finds room at once, or none.
 */
static size_t need_of_growing(const struct lg_request *request)
{
    size_t limit =
        atomic_load_explicit(&request->front->shared->memory.limit, memory_order_relaxed);
    size_t need = need_of(request->body.ceiling);

    return limit > 0 && need > limit / 2 ? limit / 2 : need;
}

static bool is_growing(const struct lg_request *request)
{
    return request->head->content_length < 0;
}

static size_t need_waited_for(const struct lg_request *request)
{
    return is_growing(request) ? need_of_growing(request)
                               : need_of((size_t)request->head->content_length);
}

static void look(struct lg_timer *timer)
{
    struct lg_front *front = LG_CONTAINER(timer, struct lg_front, memory_timer);
    struct lg_link *link;

    while ((link = lg_list_first(&front->waiting)) != NULL) {
        struct lg_request *request = LG_LIST_OF(link, struct lg_request, waiting);
        size_t need = need_waited_for(request);

        if (!lg_budget_take_low(&front->shared->memory, need - request->held))
            break;
        request->held = need;
        lg_request_stop_waiting(request);
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

/*
 * What a body holds while it waits, those that are admitted cannot have: so all of them together
 * have no more than a quarter, and there is always room for the next to be admitted.
 */
static enum lg_err wait_growing(struct lg_request *request)
{
    struct lg_budget *memory = &request->front->shared->memory;
    struct lg_budget *waiting = &request->front->shared->waiting;
    size_t limit = atomic_load_explicit(&memory->limit, memory_order_relaxed);

    atomic_store_explicit(&waiting->limit, limit / 4 + 1, memory_order_relaxed);
    if (!lg_budget_take(memory, 0) || !lg_budget_take(waiting, request->body.size))
        return LG_ERR_FULL;
    request->held_waiting = request->body.size;
    lg_request_hold(request, request->body.size);
    return wait_for_memory(request);
}

enum lg_err lg_request_grow_memory(struct lg_request *request, size_t size)
{
    struct lg_front *front = request->front;
    struct lg_budget *memory = &front->shared->memory;
    size_t need = need_of(size), all = need_of_growing(request);

    if (need <= request->held)
        return LG_OK;
    if (size <= SMALL || request->held >= all) {
        if (!lg_budget_take(memory, need - request->held))
            return LG_ERR_FULL;
        request->held = need;
        return LG_OK;
    }
    if (lg_list_empty(&front->waiting) && lg_budget_take_low(memory, all - request->held)) {
        request->held = all;
        return LG_OK;
    }
    return wait_growing(request);
}

void lg_request_stop_waiting(struct lg_request *request)
{
    lg_list_remove(&request->waiting);
    lg_budget_give(&request->front->shared->waiting, request->held_waiting);
    request->held_waiting = 0;
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

void lg_request_drop_input(struct lg_request *request)
{
    size_t input = request->event.room < request->held ? request->event.room : request->held;

    assert(request->call == NULL && !request->working);
    lg_buf_done(&request->body);
    lg_buf_done(&request->event);
    if (request->error != LG_ERROR_NONE) {
        lg_request_drop_result(request);
        input = request->held;
    }
    lg_request_hold(request, request->held - input);
}

void lg_request_drop_result(struct lg_request *request)
{
    free(request->result_memory);
    request->result_memory = NULL;
    request->result = LG_STR_NONE;
}
