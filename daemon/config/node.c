/* node.c -- builds the tree from libyaml's events. */
#include "config/node.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/map.h"
#include "base/mem.h"
#include "config/surrogates.h"
#include "config/words.h"

#define PATH_BYTES_MAX 512 /* a longer path is not written out further */

struct reader {
    yaml_parser_t parser;
    struct lg_arena *arena;
    struct lg_faults *faults;
    const char *file;
    struct lg_str text;
    size_t nodes;
    unsigned depth;
};

/* Where a node stands, before there is a node. */
struct place {
    const char *path;
    const char *key;
    unsigned line; /* of the key; 0: take the line of the value */
};

static struct lg_node *read_value(struct reader *reader, yaml_event_t *event, struct place place);

static unsigned line_of(yaml_mark_t mark)
{
    return (unsigned)mark.line + 1;
}

static struct lg_where where_at(const struct reader *reader, unsigned line, const char *path)
{
    return (struct lg_where){ .file = reader->file, .line = line, .path = path };
}

/* --- what libyaml has to say ------------------------------------------------------------------ */

static unsigned line_of_offset(struct lg_str text, size_t offset)
{
    unsigned line = 1;

    for (size_t i = 0; i < offset && i < text.size; i++)
        if (text.data[i] == '\n')
            line++;
    return line;
}

static struct lg_str line_at(struct lg_str text, unsigned line)
{
    struct lg_str rest = text, piece = LG_STR("");

    for (unsigned i = 0; i < line; i++)
        if (!lg_str_next(&rest, '\n', &piece))
            return LG_STR("");
    return piece;
}

static bool is_indented_by_tab(struct lg_str line)
{
    for (size_t i = 0; i < line.size && (line.data[i] == ' ' || line.data[i] == '\t'); i++)
        if (line.data[i] == '\t')
            return true;
    return false;
}

/* More words for the faults that people make and libyaml does not name. */
static const char *hint_for(const struct reader *reader, unsigned line)
{
    const char *problem = reader->parser.problem;
    struct lg_str text = line_at(reader->text, line);

    if (problem == NULL)
        return "";
    if (strstr(problem, "cannot start any token") != NULL && is_indented_by_tab(text))
        return ": a tab cannot indent YAML, expected blanks";
    if (strstr(problem, "expected ',' or") != NULL && memmem(text.data, text.size, "${", 2) != NULL)
        return ": inside brackets and braces, ${NAME} must be in quotes";
    if (strstr(problem, "mapping values are not allowed") != NULL)
        return ": is this line indented as its neighbours, is there a blank behind each colon, and "
               "only one colon?";
    if (strstr(problem, "did not find expected key") != NULL)
        return ": is this line indented as one above it?";
    return "";
}

static void add_syntax_fault(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    const char *problem = parser->problem != NULL ? parser->problem : "out of memory";
    struct lg_where where = where_at(reader, line_of(parser->problem_mark), "");

    if (parser->error == YAML_READER_ERROR) {
        where.line = line_of_offset(reader->text, parser->problem_offset);
        lg_faults_add(reader->faults, &where, "found %s (byte %zu), expected UTF-8 text", problem,
                      parser->problem_offset);
        return;
    }
    const char *hint = hint_for(reader, where.line);
    unsigned start = line_of(parser->context_mark);
    if (parser->context == NULL)
        lg_faults_add(reader->faults, &where, "not YAML: %s%s", problem, hint);
    else if (start == where.line)
        lg_faults_add(reader->faults, &where, "not YAML: %s %s%s", problem, parser->context, hint);
    else
        lg_faults_add(reader->faults, &where, "not YAML: %s %s, which starts in line %u%s", problem,
                      parser->context, start, hint);
}

/* On false the reason was reported, and reading is over. */
static bool next_event(struct reader *reader, yaml_event_t *ret_event)
{
    if (yaml_parser_parse(&reader->parser, ret_event))
        return true;
    add_syntax_fault(reader);
    return false;
}

/* --- nodes ------------------------------------------------------------------------------------ */

/* Refuses an anchor or a tag. Returns false if there was one. */
static bool is_bare(struct reader *reader, const yaml_event_t *event, const struct lg_where *where)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;

    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    }
    if (anchor != NULL)
        lg_faults_add(reader->faults, where,
                      "found the anchor &%s, expected a value: anchors are not supported",
                      (const char *)anchor);
    if (tag != NULL)
        lg_faults_add(reader->faults, where,
                      "found the tag %s, expected a value: tags are not supported",
                      (const char *)tag);
    return anchor == NULL && tag == NULL;
}

/* The scalar's bytes as a string; NULL (reported) if there is a NUL in them. */
static const char *scalar_text(struct reader *reader, const yaml_event_t *event,
                               const struct lg_where *where)
{
    struct lg_str text =
        lg_str_make((const char *)event->data.scalar.value, event->data.scalar.length);

    if (lg_str_find(text, '\0', 0) == text.size)
        return lg_arena_cstr(reader->arena, text);
    lg_faults_add(reader->faults, where, "found a NUL character, expected text without one");
    return NULL;
}

static void read_scalar(struct reader *reader, const yaml_event_t *event, struct lg_node *node)
{
    node->text = scalar_text(reader, event, &node->where);
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    node->type = node->text != NULL ? LG_NODE_SCALAR : LG_NODE_BROKEN;
}

static void append(struct lg_node *parent, struct lg_node ***end, struct lg_node *child)
{
    **end = child;
    *end = &child->next;
    parent->count++;
}

static const char *item_path(struct lg_arena *arena, const char *path, size_t index)
{
    return strlen(path) > PATH_BYTES_MAX ? path : lg_arena_printf(arena, "%s[%zu]", path, index);
}

static bool read_list(struct reader *reader, struct lg_node *node)
{
    struct lg_node **end = &node->first;
    yaml_event_t event;

    node->type = LG_NODE_LIST;
    for (;;) {
        if (!next_event(reader, &event))
            return false;
        if (event.type == YAML_SEQUENCE_END_EVENT)
            break;
        struct place place = {
            .path = item_path(reader->arena, node->where.path, node->count),
        };
        struct lg_node *child = read_value(reader, &event, place);
        if (child == NULL)
            return false;
        append(node, &end, child);
    }
    yaml_event_delete(&event);
    return true;
}

static bool is_simple_name(const char *key)
{
    return *key != '\0' && key[strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                           "0123456789_$-")] == '\0';
}

static const char *member_path(struct lg_arena *arena, const char *path, const char *key)
{
    if (strlen(path) > PATH_BYTES_MAX)
        return path;
    if (!is_simple_name(key))
        key = lg_words_quote(arena, key);
    return *path == '\0' ? key : lg_arena_printf(arena, "%s.%s", path, key);
}

/* The key of a member, or NULL (reported). Only a scalar comes here. */
static const char *scalar_key(struct reader *reader, const yaml_event_t *event,
                              const struct lg_where *where)
{
    struct lg_node key = { .type = LG_NODE_SCALAR, .text = scalar_text(reader, event, where) };

    key.quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    if (key.text == NULL || !is_bare(reader, event, where))
        return NULL;
    if (lg_node_kind(&key) != LG_KIND_STRING) {
        lg_faults_add(reader->faults, where, "found %s as a key, expected a name: put it in quotes",
                      lg_words_found(reader->arena, &key));
        return NULL;
    }
    if (!key.quoted && strcmp(key.text, "<<") == 0) {
        lg_faults_add(reader->faults, where,
                      "found the merge key <<, expected a name: merging is not supported");
        return NULL;
    }
    return key.text;
}

/*
 * Consumes the event of a key. A key that is no name is reported, and *ret_key is NULL.
 * Returns false when reading is over.
 */
static bool read_key(struct reader *reader, yaml_event_t *event, const struct lg_where *where,
                     const char **ret_key)
{
    *ret_key = NULL;
    if (event->type == YAML_SCALAR_EVENT) {
        *ret_key = scalar_key(reader, event, where);
        yaml_event_delete(event);
        return true;
    }
    if (event->type != YAML_ALIAS_EVENT)
        lg_faults_add(reader->faults, where, "found a list or mapping as a key, expected a name");
    return read_value(reader, event, (struct place){ .path = where->path }) != NULL;
}

/* A second member of the same name is reported and left out. */
static bool is_first(struct reader *reader, struct lg_map *seen, struct lg_node *child)
{
    struct lg_str key = lg_str_of(child->key);

    if (lg_map_put(seen, key, child) == LG_OK)
        return true;
    const struct lg_node *first = lg_map_get(seen, key);
    lg_faults_add(reader->faults, &child->where,
                  "found this key twice, expected it once: it stands in line %u already",
                  first->where.line);
    return false;
}

static bool read_members(struct reader *reader, struct lg_node *node, struct lg_map *seen)
{
    struct lg_node **end = &node->first;
    yaml_event_t event;

    for (;;) {
        if (!next_event(reader, &event))
            return false;
        if (event.type == YAML_MAPPING_END_EVENT)
            break;
        struct lg_where where = where_at(reader, line_of(event.start_mark), node->where.path);
        struct place place = { .line = where.line };
        if (!read_key(reader, &event, &where, &place.key) || !next_event(reader, &event))
            return false;
        place.path = place.key == NULL ? node->where.path
                                       : member_path(reader->arena, node->where.path, place.key);
        struct lg_node *child = read_value(reader, &event, place);
        if (child == NULL)
            return false;
        if (child->key != NULL && is_first(reader, seen, child))
            append(node, &end, child);
    }
    yaml_event_delete(&event);
    return true;
}

static bool read_mapping(struct reader *reader, struct lg_node *node)
{
    struct lg_map *seen = lg_map_new();
    bool done = read_members(reader, node, seen);

    node->type = LG_NODE_MAPPING;
    lg_map_free(seen, NULL);
    return done;
}

static bool within_limits(struct reader *reader, const struct lg_node *node)
{
    if (reader->depth > LG_NODE_DEPTH_MAX)
        lg_faults_add(reader->faults, &node->where, "found more than %d levels, expected fewer",
                      LG_NODE_DEPTH_MAX);
    else if (reader->nodes > LG_NODE_COUNT_MAX)
        lg_faults_add(reader->faults, &node->where, "found more than %d values, expected fewer",
                      LG_NODE_COUNT_MAX);
    else
        return true;
    return false;
}

static bool fill(struct reader *reader, const yaml_event_t *event, struct lg_node *node)
{
    if (event->type == YAML_ALIAS_EVENT) {
        lg_faults_add(reader->faults, &node->where,
                      "found the alias *%s, expected a value: aliases are not supported",
                      (const char *)event->data.alias.anchor);
        node->type = LG_NODE_BROKEN;
        return true;
    }
    bool bare = is_bare(reader, event, &node->where), done = true;
    if (event->type == YAML_SCALAR_EVENT)
        read_scalar(reader, event, node);
    else if (event->type == YAML_SEQUENCE_START_EVENT)
        done = read_list(reader, node);
    else
        done = read_mapping(reader, node);
    if (!bare)
        node->type = LG_NODE_BROKEN;
    return done;
}

/* Consumes the event and all that belongs to it. NULL when reading is over. */
static struct lg_node *read_value(struct reader *reader, yaml_event_t *event, struct place place)
{
    struct lg_node *node = LG_ARENA_NEW(reader->arena, struct lg_node);
    unsigned line = place.line > 0 ? place.line : line_of(event->start_mark);

    node->where = where_at(reader, line, place.path);
    node->key = place.key;
    reader->nodes++;
    reader->depth++;
    bool done = within_limits(reader, node) && fill(reader, event, node);
    reader->depth--;
    yaml_event_delete(event);
    return done ? node : NULL;
}

/* --- the document ----------------------------------------------------------------------------- */

/* Skips events up to one that is of `type` or ends the stream. */
static bool skip_to(struct reader *reader, yaml_event_type_t type, yaml_event_t *ret_event)
{
    for (;;) {
        if (!next_event(reader, ret_event))
            return false;
        if (ret_event->type == type || ret_event->type == YAML_STREAM_END_EVENT)
            return true;
        yaml_event_delete(ret_event);
    }
}

static struct lg_node *nothing(struct reader *reader)
{
    struct lg_node *node = LG_ARENA_NEW(reader->arena, struct lg_node);

    node->where = where_at(reader, 1, "");
    node->text = "";
    return node;
}

static bool is_only_document(struct reader *reader)
{
    yaml_event_t event;

    if (!skip_to(reader, YAML_DOCUMENT_START_EVENT, &event))
        return false;
    bool only = event.type == YAML_STREAM_END_EVENT;
    if (!only) {
        struct lg_where where = where_at(reader, line_of(event.start_mark), "");
        lg_faults_add(reader->faults, &where, "found a second document, expected only one");
    }
    yaml_event_delete(&event);
    return only;
}

static struct lg_node *read_document(struct reader *reader)
{
    yaml_event_t event;

    if (!skip_to(reader, YAML_DOCUMENT_START_EVENT, &event))
        return NULL;
    bool empty = event.type == YAML_STREAM_END_EVENT;
    yaml_event_delete(&event);
    if (empty)
        return nothing(reader);
    if (!next_event(reader, &event))
        return NULL;
    struct lg_node *root = read_value(reader, &event, (struct place){ .path = "" });
    return root != NULL && is_only_document(reader) ? root : NULL;
}

struct lg_node *lg_node_read(struct lg_arena *arena, const char *file, struct lg_str text,
                             struct lg_faults *faults)
{
    struct reader reader = {
        .arena = arena,
        .faults = faults,
        .file = lg_arena_cstr(arena, lg_str_of(file)),
    };

    if (text.size > LG_NODE_BYTES_MAX) {
        struct lg_where where = where_at(&reader, 0, "");
        lg_faults_add(faults, &where, "found more than 4MB, expected a smaller file");
        return NULL;
    }
    if (lg_str_starts(text, LG_STR("\xef\xbb\xbf")))
        text = lg_str_part(text, 3, text.size); /* some editors write a byte order mark */
    reader.text = lg_surrogates_join(arena, text.size > 0 ? text : LG_STR(""));
    if (!yaml_parser_initialize(&reader.parser))
        abort(); /* memory, as lg_alloc() does */
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)reader.text.data,
                                 reader.text.size);
    struct lg_node *root = read_document(&reader);
    yaml_parser_delete(&reader.parser);
    return root;
}

const struct lg_node *lg_node_get(const struct lg_node *node, const char *key)
{
    if (node->type != LG_NODE_MAPPING)
        return NULL;
    for (const struct lg_node *child = node->first; child != NULL; child = child->next)
        if (strcmp(child->key, key) == 0)
            return child;
    return NULL;
}
