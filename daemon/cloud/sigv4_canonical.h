/*
 * sigv4_canonical.h -- a request as Signature Version 4 sees it: the text that is hashed and
 * signed.
 *
 *     METHOD \n path \n query \n name:value \n ... \n \n signed;names \n payload hash
 *
 * Pure: values in, text out. A struct lg_canonical is used again for the next request, so that its
 * memory is allocated once.
 */
#ifndef LG_CLOUD_SIGV4_CANONICAL_H
#define LG_CLOUD_SIGV4_CANONICAL_H

#include "base/buf.h"
#include "wire/http_field.h" /* struct lg_header */

enum lg_sigv4_path {
    LG_SIGV4_PATH_NORMALIZED, /* dots and double slashes resolved, then encoded once more */
    LG_SIGV4_PATH_ENCODED,    /* encoded once more as it stands */
    LG_SIGV4_PATH_AS_IT_IS    /* Amazon S3 */
};

struct lg_sigv4_request {
    struct lg_str method;
    struct lg_str path;  /* as it goes over the wire: encoded already; without the query */
    struct lg_str query; /* as it goes over the wire, without `?`; may be empty */
    /* Host among them. All are signed, but for those that proxies may change. */
    const struct lg_header *headers;
    size_t header_count;
    struct lg_str payload_hash; /* in hex, or a word such as UNSIGNED-PAYLOAD */
};

struct lg_canonical_item;

struct lg_canonical {
    struct lg_buf text;    /* the whole */
    struct lg_buf names;   /* signed;names */
    struct lg_buf scratch; /* what items point into, by offset */
    struct lg_canonical_item *items;
    size_t item_room;
    struct lg_buf path, path_made_of; /* of the last request: most go where that one went */
    enum lg_sigv4_path path_style;
};

void lg_canonical_init(struct lg_canonical *canonical);
void lg_canonical_done(struct lg_canonical *canonical);

/* Fills `text` and `names` anew. */
void lg_canonical_write(struct lg_canonical *canonical, const struct lg_sigv4_request *request,
                        enum lg_sigv4_path style);

#endif
