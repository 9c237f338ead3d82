/*
 * stage_validate.c -- what may reach a function: all parameters that the route needs, and a body
 * that fits its schema.
 *
 * A loop glances at small bodies; what takes longer is checked by a thread of its own, so that
 * nobody else waits for it.
 */
#include <stdint.h>

#include "request.h"
#include "rule_extras.h"
#include "validate/body.h"

/* Reading alone may take 11 ns a byte, and a way to another thread and back takes 16 us. */
#define GLANCE_MOST ((size_t)16 * 1024)

/* On the head alone: nothing of a request that misses something is read. */
enum lg_next lg_stage_parameters(struct lg_request *request)
{
    const struct lg_rule_extras *extras = request->rule->extras;
    const char *message;

    if (extras == NULL || extras->parameters == NULL)
        return LG_NEXT;
    if (lg_parameters_check(extras->parameters, &request->arena, request->head, &request->match,
                            &message) == LG_OK)
        return LG_NEXT;
    return lg_request_fail_saying(request, LG_ERROR_INVALID_PARAMETERS, message, message);
}

/* As lg_body_check(). */
static enum lg_err check(struct lg_request *request, struct lg_fuel *fuel,
                         struct lg_schema_failure *reterr_failure)
{
    struct lg_arena tree; /* a body's tree is many times its size: it ends with the check */

    lg_arena_init(&tree);
    enum lg_err err = lg_body_check(&tree, request->rule->schema, lg_buf_str(&request->body), fuel,
                                    reterr_failure);
    lg_arena_done(&tree);
    return err;
}

static enum lg_next refuse(struct lg_request *request, const struct lg_schema_failure *failure)
{
    return lg_request_fail(request, LG_ERROR_INVALID_BODY,
                           lg_arena_cstr(&request->arena, lg_str_of(failure->text)));
}

static void check_whole(struct lg_request *request)
{
    struct lg_fuel fuel = lg_fuel_for(request->body.size);
    struct lg_schema_failure failure;
    enum lg_err err = check(request, &fuel, &failure);

    if (err == LG_ERR_TOO_BIG)
        lg_metric_add(request->front->fuel_exhausted, 1);
    if (err != LG_OK)
        (void)refuse(request, &failure);
}

static enum lg_next after_check(struct lg_request *request)
{
    return request->error == LG_ERROR_NONE ? LG_NEXT : LG_ANSWER;
}

enum lg_next lg_stage_validate(struct lg_request *request)
{
    struct lg_fuel glance = lg_fuel_for_glance(request->body.size);
    struct lg_schema_failure failure;
    enum lg_err err = LG_ERR_TOO_BIG;

    if (request->rule->schema == NULL)
        return LG_NEXT;
    if (request->body.size < GLANCE_MOST)
        err = check(request, &glance, &failure);
    if (err == LG_ERR_TOO_BIG)
        return lg_request_work(request, SIZE_MAX, check_whole, after_check);
    return err == LG_OK ? LG_NEXT : refuse(request, &failure);
}
