/* schema_source.c -- the documents that a schema may refer to: listed files, texts, and neighbours.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "validate/schema_loader.h"

#define SCHEMA_BYTES ((size_t)4 * 1024 * 1024)

/* --- files ------------------------------------------------------------------------------------ */

static const char *read_open(int fd, struct lg_buf *out)
{
    struct stat status;
    ssize_t got = 1;

    if (fstat(fd, &status) != 0)
        return strerror(errno);
    if (!S_ISREG(status.st_mode))
        return "not a regular file";
    while (got != 0) {
        char *end = lg_buf_reserve(out, 4096);

        if (end == NULL)
            return "larger than 4 MiB";
        got = read(fd, end, 4096);
        if (got < 0 && errno != EINTR)
            return strerror(errno);
        out->size += got > 0 ? (size_t)got : 0;
    }
    return NULL;
}

const char *lg_schema_read_file(const char *file, struct lg_buf *out)
{
    /* A pipe without a writer must not hold up the start. */
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    lg_buf_init(out, SCHEMA_BYTES);
    if (fd < 0)
        return strerror(errno);
    const char *message = read_open(fd, out);
    close(fd);
    return message;
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
