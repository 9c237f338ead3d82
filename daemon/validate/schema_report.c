/* schema_report.c -- a check from outside: its verdict, the first failure, or all of them. */
#include <assert.h>
#include <string.h>

#include "validate/schema_check.h"

enum {
    NAME_MOST = 64, /* bytes of a name in a line of the log */
    FINDING_NAME_MOST = 256,
    FINDING_UNITS = 100,
    PATTERN_MOST = 128
};

static void start(struct lg_checker *checker, const struct lg_schema *schema,
                  const struct lg_json *value, struct lg_fuel *fuel,
                  struct lg_schema_findings *findings)
{
    /* The large arrays stay as they are. */
    checker->schema = schema;
    checker->fuel = fuel;
    checker->findings = findings;
    checker->scope = NULL;
    checker->stop = LG_STOP_NONE;
    checker->in_name = false;
    checker->depth = 0;
    checker->level = 0;
    checker->words_used = 0;
    checker->path[0] = value;
}

/* --- places in the value ---------------------------------------------------------------------- */

static size_t index_of(const struct lg_json *array, const struct lg_json *element)
{
    size_t index = 0;

    for (const struct lg_json *one = array->first; one != element; one = one->next)
        index++;
    return index;
}

static void add_path(struct lg_buf *out, const struct lg_checker *checker, size_t level,
                     size_t name_most)
{
    for (size_t i = 1; i <= level; i++) {
        if (checker->path[i - 1]->type == LG_JSON_ARRAY)
            lg_buf_printf(out, "/%zu", index_of(checker->path[i - 1], checker->path[i]));
        else
            lg_schema_add_name(out, checker->path[i]->name, name_most);
    }
}

/* --- the first failure ------------------------------------------------------------------------ */

static bool breaks_lines(char byte)
{
    return (unsigned char)byte < 0x20 || byte == 0x7f;
}

/* Copies as much as fits, whole characters only, without what would break a line of the log. */
static void set_failure(struct lg_schema_failure *failure, struct lg_str text)
{
    size_t size = text.size < sizeof(failure->text) ? text.size : sizeof(failure->text) - 1;

    while (size < text.size && size > 0 && ((unsigned char)text.data[size] & 0xc0) == 0x80)
        size--;
    for (size_t i = 0; i < size; i++)
        failure->text[i] = breaks_lines(text.data[i]) ? '?' : text.data[i];
    failure->text[size] = '\0';
}

static void add_shown_path(struct lg_buf *out, const struct lg_checker *checker)
{
    if (checker->breach_level == 0)
        lg_buf_add_cstr(out, "(root)");
    add_path(out, checker, checker->breach_level, NAME_MOST);
}

static void tell_stop(const struct lg_checker *checker, struct lg_buf *out)
{
    static const char *const causes[] = {
        [LG_STOP_FUEL] = "fuel exhausted at ",
        [LG_STOP_MEMORY] = "too much memory needed at ",
        [LG_STOP_DEPTH] = "too many schemas inside each other at ",
    };
    const struct lg_schema_pattern *pattern = checker->breach.pattern;

    lg_buf_add_cstr(out, causes[checker->stop]);
    add_shown_path(out, checker);
    if (pattern != NULL) {
        lg_buf_add_cstr(out, ": pattern ");
        lg_buf_add_str(out, lg_str_part(pattern->text, 0, PATTERN_MOST));
    }
}

static void tell_failure(const struct lg_checker *checker, struct lg_schema_failure *failure)
{
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    if (checker->stop != LG_STOP_NONE) {
        tell_stop(checker, &out);
    } else {
        add_shown_path(&out, checker);
        lg_buf_add_cstr(&out, ": ");
        lg_schema_tell(&checker->breach, checker->path[checker->breach_level],
                       checker->breach_in_name, &out);
    }
    set_failure(failure, lg_buf_str(&out));
    lg_buf_done(&out);
}

bool lg_schema_check(const struct lg_schema *schema, const struct lg_json *value,
                     struct lg_fuel *fuel, struct lg_schema_failure *reterr_failure)
{
    struct lg_checker checker;

    start(&checker, schema, value, fuel, NULL);
    if (lg_check_rule(&checker, schema->root, value, NULL))
        return true;
    tell_failure(&checker, reterr_failure);
    return false;
}

/* --- all of them ------------------------------------------------------------------------------ */

static void add_schema_path(struct lg_buf *out, const struct lg_schema_breach *breach)
{
    const struct lg_schema_rule *rule = breach->rule;

    if (rule->document[0] != '\0')
        lg_buf_printf(out, "%s#", rule->document);
    lg_buf_add_cstr(out, rule->pointer);
    if (breach->word != LG_WORD_COUNT)
        lg_buf_printf(out, "/%s", lg_schema_breach_keyword(breach));
}

static struct lg_str take(struct lg_schema_findings *findings, struct lg_buf *text)
{
    struct lg_str kept = lg_arena_str(findings->arena, lg_buf_str(text));

    lg_buf_clear(text);
    return kept;
}

/* Takes the finding in, unless it goes beyond the limits. There is always a first. */
static void add(struct lg_schema_findings *findings, const struct lg_schema_finding *finding)
{
    size_t bytes = finding->instance_path.size + finding->schema_path.size + finding->message.size;

    if (findings->count > 0 && findings->bytes + bytes > findings->bytes_most) {
        findings->more = true;
        return;
    }
    if (findings->items == NULL)
        findings->items =
            lg_arena_alloc(findings->arena, findings->room * sizeof(*findings->items));
    findings->items[findings->count++] = *finding;
    findings->bytes += bytes;
}

void lg_check_add_finding(struct lg_checker *checker, const struct lg_schema_breach *breach)
{
    struct lg_schema_findings *findings = checker->findings;
    struct lg_schema_finding finding = { .keyword = lg_schema_breach_keyword(breach) };
    struct lg_buf text;

    if (findings->count == findings->room) {
        findings->more = true;
        return;
    }
    /* The index of an element is counted from the first. */
    (void)lg_fuel_burn(checker->fuel, FINDING_UNITS);
    lg_buf_init(&text, SIZE_MAX);
    add_path(&text, checker, checker->level, FINDING_NAME_MOST);
    finding.instance_path = take(findings, &text);
    add_schema_path(&text, breach);
    finding.schema_path = take(findings, &text);
    lg_schema_tell(breach, checker->path[checker->level], checker->in_name, &text);
    finding.message = take(findings, &text);
    lg_buf_done(&text);
    add(findings, &finding);
}

static void start_findings(struct lg_schema_findings *findings)
{
    assert(findings->room > 0);
    findings->items = NULL;
    findings->count = findings->bytes = 0;
    findings->more = false;
}

static void add_about_all(struct lg_schema_findings *findings, const char *message)
{
    const struct lg_schema_finding finding = {
        .schema_path = LG_STR(""),
        .instance_path = LG_STR(""),
        .keyword = "",
        .message = lg_arena_str(findings->arena, lg_str_of(message)),
    };

    add(findings, &finding);
}

void lg_schema_findings_set(struct lg_schema_findings *findings, const char *message)
{
    start_findings(findings);
    add_about_all(findings, message);
}

void lg_schema_explain(const struct lg_schema *schema, const struct lg_json *value,
                       struct lg_fuel fuel, struct lg_schema_findings *findings)
{
    struct lg_checker checker;

    start_findings(findings);
    start(&checker, schema, value, &fuel, findings);
    (void)lg_check_rule(&checker, schema->root, value, NULL);
    if (checker.stop == LG_STOP_NONE)
        return;
    /* What the first check took is not there twice. */
    findings->more = true;
    if (findings->count == 0)
        add_about_all(findings, "does not fit its schema");
}

const char *lg_schema_findings_line(const struct lg_schema_findings *findings,
                                    struct lg_arena *arena)
{
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    for (size_t i = 0; i < findings->count; i++) {
        const struct lg_schema_finding *one = &findings->items[i];

        lg_buf_add_cstr(&out, i == 0 ? "" : "; ");
        if (one->instance_path.size > 0 || one->keyword[0] != '\0') {
            lg_buf_add_cstr(&out, one->instance_path.size == 0 ? "(root)" : "");
            lg_buf_add_str(&out, one->instance_path);
            lg_buf_add_cstr(&out, ": ");
        }
        lg_buf_add_str(&out, one->message);
        if (one->schema_path.size > 0)
            lg_buf_printf(&out, " (%.*s)", LG_STR_ARG(one->schema_path));
    }
    if (findings->more)
        lg_buf_add_cstr(&out, "; and more");
    for (size_t i = 0; i < out.size; i++)
        out.data[i] = breaks_lines(out.data[i]) ? '?' : out.data[i];
    const char *line = lg_arena_cstr(arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return line;
}
