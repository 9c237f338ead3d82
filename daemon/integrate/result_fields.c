/* result_fields.c -- fields gathered in the order of their members, then made one a name. */
#include "integrate/result_fields.h"

#include "integrate/answer_fields.h"

struct gathering {
    struct lg_result_reader *reader;
    const struct lg_result_form *form;
    const struct lg_json *cookies, *headers, *lists; /* NULL: not given */
};

/* --- members ---------------------------------------------------------------------------------- */

/* *ret_member is NULL when it is not given. */
static enum lg_err find(struct lg_result_reader *reader, const struct lg_json *object,
                        const char *name, enum lg_json_type type, const struct lg_json **ret_member)
{
    const struct lg_json *member = lg_json_get(object, name);

    *ret_member = lg_result_is_given(member) ? member : NULL;
    if (*ret_member == NULL || member->type == type)
        return LG_OK;
    return lg_result_refuse(reader, "found %s of type %s, expected an %s", name,
                            lg_result_type_name(member),
                            type == LG_JSON_ARRAY ? "array" : "object");
}

static enum lg_err find_members(struct gathering *all, const struct lg_json *object)
{
    enum lg_err err = find(all->reader, object, "headers", LG_JSON_OBJECT, &all->headers);

    if (err == LG_OK && all->form->cookies)
        err = find(all->reader, object, "cookies", LG_JSON_ARRAY, &all->cookies);
    if (err == LG_OK && all->form->lists)
        err = find(all->reader, object, "multiValueHeaders", LG_JSON_OBJECT, &all->lists);
    return err;
}

static size_t count_of(const struct lg_json *list)
{
    return list == NULL ? 0 : list->count;
}

static size_t count_values(const struct gathering *all)
{
    size_t count = count_of(all->cookies) + count_of(all->headers);
    const struct lg_json *list = all->lists == NULL ? NULL : all->lists->first;

    for (; list != NULL; list = list->next)
        count += list->count;
    return count;
}

/* --- gathering -------------------------------------------------------------------------------- */

static enum lg_err add_cookies(struct gathering *all)
{
    const struct lg_json *at = all->cookies == NULL ? NULL : all->cookies->first;
    enum lg_err err = LG_OK;

    for (; at != NULL && err == LG_OK; at = at->next) {
        if (at->type != LG_JSON_STRING)
            return lg_result_refuse(all->reader, "found a cookie of type %s, expected a string",
                                    lg_result_type_name(at));
        err = lg_result_add(all->reader, LG_STR("set-cookie"), at->text);
    }
    return err;
}

static enum lg_err add_value(struct gathering *all, struct lg_str name, const struct lg_json *value)
{
    struct lg_str text;

    if (!lg_result_scalar(value, &text) || (all->form->strict && value->type == LG_JSON_NUMBER))
        return lg_result_refuse(all->reader, "found a header of type %s, expected a string%s",
                                lg_result_type_name(value),
                                all->form->strict ? " or boolean" : ", number or boolean");
    switch (lg_answer_field_fate(all->form->kind, name)) {
    case LG_FIELD_SENT:
        break;
    case LG_FIELD_REMAPPED:
        name = lg_str_of(lg_arena_printf(all->reader->arena, LG_REMAPPED "%.*s", LG_STR_ARG(name)));
        break;
    case LG_FIELD_DROPPED:
        return LG_OK;
    }
    return lg_result_add(all->reader, name, text);
}

static enum lg_err add_headers(struct gathering *all)
{
    const struct lg_json *at = all->headers == NULL ? NULL : all->headers->first;
    enum lg_err err = LG_OK;

    for (; at != NULL && err == LG_OK; at = at->next)
        err = add_value(all, at->name, at);
    return err;
}

static enum lg_err add_list(struct gathering *all, const struct lg_json *list)
{
    enum lg_err err = LG_OK;

    if (list->type != LG_JSON_ARRAY)
        return lg_result_refuse(all->reader,
                                "found a value of type %s in multiValueHeaders, expected an array",
                                lg_result_type_name(list));
    for (const struct lg_json *at = list->first; at != NULL && err == LG_OK; at = at->next)
        err = add_value(all, list->name, at);
    return err;
}

static enum lg_err add_lists(struct gathering *all)
{
    const struct lg_json *list = all->lists == NULL ? NULL : all->lists->first;
    enum lg_err err = LG_OK;

    for (; list != NULL && err == LG_OK; list = list->next)
        err = add_list(all, list);
    return err;
}

/* --- one a name ------------------------------------------------------------------------------- */

static void put(struct gathering *all, struct lg_header *into, const struct lg_header *field)
{
    if (!all->form->lists)
        *into = *field;
    else if (lg_answer_field_is_single(into->name))
        into->value = field->value;
    else
        into->value = lg_str_of(lg_arena_printf(all->reader->arena, "%.*s, %.*s",
                                                LG_STR_ARG(into->value), LG_STR_ARG(field->value)));
}

static void merge(struct gathering *all)
{
    struct lg_result_reader *reader = all->reader;
    size_t count = reader->header_count;

    reader->header_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct lg_header field = reader->headers[i];
        struct lg_header *old =
            lg_answer_field_repeats(field.name) ? NULL : lg_result_find(reader, field.name);

        if (old == NULL)
            reader->headers[reader->header_count++] = field;
        else
            put(all, old, &field);
    }
}

enum lg_err lg_result_read_fields(struct lg_result_reader *reader, const struct lg_json *object,
                                  const struct lg_result_form *form)
{
    struct gathering all = { .reader = reader, .form = form };
    enum lg_err err = find_members(&all, object);
    size_t count;

    if (err != LG_OK)
        return err;
    count = count_values(&all);
    if (count > LG_RESULT_FIELDS_MAX)
        return lg_result_refuse(reader, "found %zu headers and cookies, expected at most %zu",
                                count, LG_RESULT_FIELDS_MAX);
    reader->headers = lg_arena_alloc(reader->arena, (count + 1) * sizeof(*reader->headers));
    err = add_cookies(&all);
    if (err == LG_OK && form->lists_first)
        err = add_lists(&all);
    if (err == LG_OK)
        err = add_headers(&all);
    if (err == LG_OK && !form->lists_first)
        err = add_lists(&all);
    if (err == LG_OK)
        err = lg_result_check_bytes(reader);
    if (err == LG_OK)
        merge(&all);
    return err;
}

void lg_result_default_type(struct lg_result_reader *reader, struct lg_str type)
{
    if (lg_result_find(reader, LG_STR("content-type")) == NULL)
        reader->headers[reader->header_count++] =
            (struct lg_header){ LG_STR("content-type"), type };
}
