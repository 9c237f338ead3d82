/* schema_source.c -- the documents that a schema may refer to: listed files, texts, and neighbours.
 */
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "validate/schema_loader.h"

#define SCHEMA_BYTES ((size_t)4 * 1024 * 1024)

/* --- files ------------------------------------------------------------------------------------ */

const char *lg_schema_read_file(const char *file, struct lg_buf *out)
{
    lg_buf_init(out, SCHEMA_BYTES);
    enum lg_err err = lg_file_read(file, LG_FILE_REGULAR, out);
    if (err == LG_ERR_TOO_BIG)
        return "larger than 4 MiB";
    return err == LG_OK ? NULL : lg_file_fault(err);
}

struct lg_str lg_schema_file_uri(struct lg_schema_loader *loader, const char *file)
{
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    lg_buf_add_cstr(&out, file[0] == '/' ? "file://" : "file:///");
    lg_percent_encode(&out, lg_str_of(file), LG_PERCENT_PATH);
    struct lg_str uri = lg_arena_str(&loader->temp, lg_buf_str(&out));
    lg_buf_done(&out);
    return uri;
}

/* --- documents -------------------------------------------------------------------------------- */

struct lg_schema_source *lg_schema_source_add(struct lg_schema_loader *loader, struct lg_str uri,
                                              const char *name)
{
    struct lg_schema_source *source = LG_ARENA_NEW(&loader->temp, struct lg_schema_source);

    source->uri = uri;
    source->name = name;
    source->next = loader->sources;
    loader->sources = source;
    loader->source_count++;
    return source;
}

void lg_schema_sources_list(struct lg_schema_loader *loader)
{
    const struct lg_schema_options *options = loader->options;

    for (size_t i = 0; i < options->file_count; i++) {
        const char *file = options->files[i];

        lg_schema_source_add(loader, lg_schema_file_uri(loader, file), file)->file = file;
    }
    for (size_t i = 0; i < options->document_count; i++) {
        const struct lg_schema_document *document = &options->documents[i];

        lg_schema_source_add(loader, lg_str_of(document->uri), document->uri)->text =
            document->text;
    }
}

static void add_syntax_fault(struct lg_schema_loader *loader, const struct lg_schema_source *source,
                             const struct lg_json_fault *fault)
{
    size_t line = 1;
    size_t line_start = 0;

    for (size_t i = 0; i < fault->offset && i < source->text.size; i++) {
        if (source->text.data[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    }
    lg_faults_add(loader->faults, loader->where, "%s:%zu:%zu: not JSON: %s", source->name, line,
                  fault->offset - line_start + 1, fault->message);
}

static bool load(struct lg_schema_loader *loader, struct lg_schema_source *source)
{
    struct lg_buf text;

    if (source->file == NULL)
        return true;
    const char *message = lg_schema_read_file(source->file, &text);
    if (message == NULL)
        source->text = lg_arena_str(&loader->temp, lg_buf_str(&text));
    else
        lg_faults_add(loader->faults, loader->where, "cannot read %s: %s", source->file, message);
    lg_buf_done(&text);
    return message == NULL;
}

void lg_schema_source_read(struct lg_schema_loader *loader, struct lg_schema_source *source)
{
    struct lg_json_fault fault;
    struct lg_json *json;
    struct lg_buf pointer;

    if (source->read)
        return;
    source->read = source->failed = true;
    if (!load(loader, source))
        return;
    if (lg_json_read(&loader->temp, source->text, &lg_json_default_limits, &json, &fault) !=
        LG_OK) {
        add_syntax_fault(loader, source, &fault);
        return;
    }
    lg_buf_init(&pointer, SIZE_MAX);
    source->root = lg_schema_index(loader, source, NULL, json, &pointer);
    lg_buf_done(&pointer);
    source->failed = false;
}
