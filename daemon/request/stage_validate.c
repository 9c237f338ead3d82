/*
 * stage_validate.c -- what may reach a function: all parameters that the route needs, and a body
 * that fits the schema of its content type.
 *
 * A loop glances at small bodies; what takes longer is checked by a thread of its own, so that
 * nobody else waits for it.
 */
#include <stdint.h>

#include "request/request.h"
#include "respond/problem.h"
#include "snapshot/rule_extras.h"
#include "validate/body.h"

/* Reading alone may take 11 ns a byte, and a way to another thread and back takes 16 us. */
#define GLANCE_MOST ((size_t)16 * 1024)
/* In one turn of a loop, whose clients wait for each other: 1 ms. */
#define GLANCES_BURN_MOST UINT64_C(100000)

/* What is told of a body that does not fit: for clients that may hear it, and for the log. */
enum { FINDINGS_MOST = 20, FINDING_BYTES_MOST = 4096 };

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

/* --- the content type ------------------------------------------------------------------------- */

static enum lg_next refuse_type(struct lg_request *request, struct lg_str type)
{
    const struct lg_body_rules *rules = request->rule->body;
    struct lg_str accept = lg_body_types(rules, &request->arena);

    if (rules->detailed)
        request->problem = lg_problem_write_types(accept, &request->arena);
    return lg_request_fail(request, LG_ERROR_UNSUPPORTED_MEDIA_TYPE,
                           lg_arena_printf(&request->arena,
                                           "no schema for the content type \"%.*s\", expected %.*s",
                                           LG_STR_ARG(lg_str_part(type, 0, 256)),
                                           LG_STR_ARG(lg_str_part(accept, 0, 512))));
}

/* Sets request->schema; NULL: there is nothing to check. No head has two content types. */
static enum lg_next choose(struct lg_request *request)
{
    struct lg_str type = lg_head_find(request->head, "content-type");

    if (lg_body_choose(request->rule->body, type, &request->schema) != LG_OK)
        return refuse_type(request, type);
    return LG_NEXT;
}

/* --- the body --------------------------------------------------------------------------------- */

struct verdict {
    enum lg_err err; /* as lg_body_check() */
    struct lg_schema_failure failure;
    struct lg_schema_findings findings; /* lie in the request's arena */
};

static void check(struct lg_request *request, struct lg_fuel *fuel, struct verdict *verdict)
{
    struct lg_arena tree; /* a body's tree is many times its size: it ends with the check */

    verdict->findings = (struct lg_schema_findings){ .arena = &request->arena,
                                                     .room = FINDINGS_MOST,
                                                     .bytes_most = FINDING_BYTES_MOST };
    lg_arena_init(&tree);
    verdict->err = lg_body_explain(&tree, request->schema, lg_buf_str(&request->body), fuel,
                                   &verdict->failure, &verdict->findings);
    lg_arena_done(&tree);
}

static enum lg_next refuse(struct lg_request *request, const struct verdict *verdict)
{
    const char *reason = verdict->err == LG_ERR_RANGE && verdict->findings.count > 0
                             ? lg_schema_findings_line(&verdict->findings, &request->arena)
                             : lg_arena_cstr(&request->arena, lg_str_of(verdict->failure.text));

    if (request->rule->body->detailed)
        request->problem = lg_problem_write(&verdict->findings, &request->arena);
    return lg_request_fail(request, LG_ERROR_INVALID_BODY, reason);
}

static void check_whole(struct lg_request *request)
{
    struct lg_fuel fuel = lg_fuel_for(request->body.size);
    struct verdict verdict;

    check(request, &fuel, &verdict);
    if (verdict.err == LG_ERR_TOO_BIG)
        lg_metric_add(request->front->fuel_exhausted, 1);
    if (verdict.err != LG_OK)
        (void)refuse(request, &verdict);
}

static enum lg_next after_check(struct lg_request *request)
{
    return request->error == LG_ERROR_NONE ? LG_NEXT : LG_ANSWER;
}

/* Not for long ones, nor for all that come at once, as long as others can do it. */
static bool may_glance(const struct lg_request *request)
{
    struct lg_front *front = request->front;

    if (request->body.size >= GLANCE_MOST)
        return false;
    if (front->glanced_us != lg_loop_now_us(front->loop)) {
        front->glanced_us = lg_loop_now_us(front->loop);
        front->glances_burned = 0;
    }
    return front->glances_burned < GLANCES_BURN_MOST || lg_pool_is_full(front->shared->pool);
}

static void glance(struct lg_request *request, struct verdict *verdict)
{
    const struct lg_fuel given = lg_fuel_for_glance(request->body.size);
    struct lg_fuel fuel = given;

    check(request, &fuel, verdict);
    request->front->glances_burned += given.left - fuel.left + request->body.size;
}

static enum lg_next check_body(struct lg_request *request)
{
    struct verdict verdict = { .err = LG_ERR_TOO_BIG };

    if (may_glance(request))
        glance(request, &verdict);
    if (verdict.err == LG_ERR_TOO_BIG)
        return lg_request_work(request, SIZE_MAX, check_whole, after_check);
    return verdict.err == LG_OK ? LG_NEXT : refuse(request, &verdict);
}

enum lg_next lg_stage_validate(struct lg_request *request)
{
    if (request->rule->body == NULL)
        return LG_NEXT;
    enum lg_next next = choose(request);
    if (next != LG_NEXT || request->schema == NULL)
        return next;
    return check_body(request);
}
