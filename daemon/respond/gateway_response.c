/* gateway_response.c -- gateway responses: chosen by type, then by what the client accepts. */
#include "respond/gateway_response.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "integrate/media_type.h"

#define HEADER "gatewayresponse.header."

struct template
{
    const char *media_type;
    struct lg_response_text text;
};

struct parameter {
    const char *name; /* of the header field */
    struct lg_response_text text;
};

struct response {
    int status; /* 0: that of the cause */
    struct template *templates;
    size_t template_count;
    struct parameter *parameters;
    size_t parameter_count;
};

struct lg_gateway_responses {
    struct lg_arena arena;
    const struct response *by_type[LG_RESPONSE_TYPE_COUNT]; /* NULL: none of its own */
};

/* --- compiling --- */

static void compile_templates(struct lg_gateway_responses *responses, struct response *response,
                              const struct lg_config_api *api, const struct lg_config_pairs *pairs,
                              struct lg_faults *faults)
{
    response->templates =
        lg_arena_zalloc(&responses->arena, pairs->count * sizeof(*response->templates));
    for (size_t i = 0; i < pairs->count; i++) {
        const struct lg_config_pair *pair = &pairs->items[i];
        struct template *template = &response->templates[response->template_count++];
        const char *message;

        template->media_type = pair->name;
        if (lg_response_template_parse(&responses->arena, api, lg_str_of(pair->value),
                                       lg_response_escape_of(lg_str_of(pair->name)),
                                       &template->text, &message) != LG_OK)
            lg_faults_add(faults, &pair->where, "%s", message);
    }
}

static void compile_parameters(struct lg_gateway_responses *responses, struct response *response,
                               const struct lg_config_api *api, const struct lg_config_pairs *pairs,
                               struct lg_faults *faults)
{
    response->parameters =
        lg_arena_zalloc(&responses->arena, pairs->count * sizeof(*response->parameters));
    for (size_t i = 0; i < pairs->count; i++) {
        const struct lg_config_pair *pair = &pairs->items[i];
        struct parameter *parameter = &response->parameters[response->parameter_count++];
        const char *message;

        parameter->name = pair->name + strlen(HEADER);
        if (lg_response_value_parse(&responses->arena, api, lg_str_of(pair->value),
                                    &parameter->text, &message) != LG_OK)
            lg_faults_add(faults, &pair->where, "%s", message);
    }
}

struct lg_gateway_responses *lg_gateway_responses_compile(const struct lg_config_api *api,
                                                          struct lg_faults *faults)
{
    struct lg_gateway_responses *responses;
    size_t before = lg_faults_count(faults);

    if (api->gateway_response_count == 0)
        return NULL;
    responses = LG_NEW(struct lg_gateway_responses);
    lg_arena_init(&responses->arena);
    for (size_t i = 0; i < api->gateway_response_count; i++) {
        const struct lg_config_gateway_response *config = &api->gateway_responses[i];
        struct response *response = LG_ARENA_NEW(&responses->arena, struct response);

        response->status = (int)config->status_code;
        compile_templates(responses, response, api, &config->response_templates, faults);
        compile_parameters(responses, response, api, &config->response_parameters, faults);
        responses->by_type[config->type] = response;
    }
    if (lg_faults_count(faults) == before)
        return responses;
    lg_gateway_responses_free(responses);
    return NULL;
}

void lg_gateway_responses_free(struct lg_gateway_responses *responses)
{
    if (responses == NULL)
        return;
    lg_arena_done(&responses->arena);
    free(responses);
}

/* --- applying --- */

static const struct response *find(const struct lg_gateway_responses *responses,
                                   const struct lg_error_answer *answer)
{
    if (responses == NULL || lg_response_type_row(answer->type)->fixed)
        return NULL;
    if (responses->by_type[answer->type] != NULL)
        return responses->by_type[answer->type];
    return responses
        ->by_type[answer->status >= 500 ? LG_RESPONSE_DEFAULT_5XX : LG_RESPONSE_DEFAULT_4XX];
}

static const struct template *named(const struct response *response, struct lg_str media_type)
{
    for (size_t i = 0; i < response->template_count; i++)
        if (lg_str_iis(media_type, response->templates[i].media_type))
            return &response->templates[i];
    return NULL;
}

/* That of the first type the client accepts, else of application/json, else the first. */
static const struct template *choose(const struct response *response, const struct lg_head *head)
{
    struct lg_str accept = lg_media_type_accepted(lg_head_find(head, "accept"));
    const struct template *found = named(response, accept);

    if (found == NULL)
        found = named(response, LG_STR("application/json"));
    if (found == NULL && response->template_count > 0)
        found = &response->templates[0];
    return found;
}

static void write_body(const struct response *response, const struct lg_response_source *source,
                       struct lg_arena *arena, struct lg_error_answer *answer)
{
    const struct template *template = choose(response, source->context->head);
    struct lg_buf out;

    if (template == NULL)
        return;
    lg_buf_init(&out, LG_RESPONSE_BODY_MAX);
    lg_response_text_write(&template->text, source, arena, &out);
    if (!lg_buf_failed(&out)) {
        answer->body = lg_arena_str(arena, lg_buf_str(&out));
        answer->content_type = template->media_type;
    }
    lg_buf_done(&out);
}

/* A field without a value, or with one that cannot be sent, is left out. */
static size_t write_fields(const struct response *response, const struct lg_response_source *source,
                           struct lg_arena *arena, struct lg_header *headers)
{
    size_t count = 0, left = LG_RESPONSE_FIELDS_MAX;

    for (size_t i = 0; i < response->parameter_count; i++) {
        const struct parameter *parameter = &response->parameters[i];
        struct lg_buf out;

        lg_buf_init(&out, left);
        lg_response_text_write(&parameter->text, source, arena, &out);
        if (!lg_buf_failed(&out) && out.size > 0 && lg_http_field_value_valid(lg_buf_str(&out))) {
            headers[count++] = (struct lg_header){ lg_str_of(parameter->name),
                                                   lg_arena_str(arena, lg_buf_str(&out)) };
            left -= out.size;
        }
        lg_buf_done(&out);
    }
    return count;
}

/* Its content type is that of the template, unless a parameter says another. */
static void take_type(struct lg_header *headers, size_t *count, struct lg_arena *arena,
                      struct lg_error_answer *answer)
{
    for (size_t i = 0; i < *count; i++) {
        if (!lg_str_iis(headers[i].name, "content-type"))
            continue;
        answer->content_type = lg_arena_cstr(arena, headers[i].value);
        headers[i] = headers[--*count];
        return;
    }
}

void lg_gateway_responses_apply(const struct lg_gateway_responses *responses,
                                const struct lg_response_source *source, struct lg_arena *arena,
                                struct lg_error_answer *answer,
                                const struct lg_header **ret_headers, size_t *ret_count)
{
    const struct response *response = find(responses, answer);
    struct lg_header *headers;

    *ret_count = 0;
    *ret_headers = NULL;
    if (response == NULL)
        return;
    write_body(response, source, arena, answer);
    headers = lg_arena_alloc(arena, response->parameter_count * sizeof(*headers));
    *ret_count = write_fields(response, source, arena, headers);
    take_type(headers, ret_count, arena, answer);
    *ret_headers = headers;
    if (response->status != 0)
        answer->status = response->status;
}
