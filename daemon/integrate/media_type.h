/*
 * media_type.h -- which bodies are text and which are binary, as API Gateway judges by media types.
 */
#ifndef LG_INTEGRATE_MEDIA_TYPE_H
#define LG_INTEGRATE_MEDIA_TYPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* The media type of a Content-Type field: without parameters and blanks. */
struct lg_str lg_media_type(struct lg_str content_type);

/* The first media type of an Accept field. */
struct lg_str lg_media_type_accepted(struct lg_str accept);

/* HTTP APIs: whether a body of this Content-Type is handed over as text. No type is not. */
bool lg_media_type_is_text(struct lg_str content_type);

/*
 * REST APIs: whether a media type is one of binaryMediaTypes: word for word, "type/" with an
 * asterisk, or an asterisk on both sides, which takes even no type at all. Case makes no
 * difference.
 */
bool lg_media_type_is_listed(struct lg_str type, const char *const *list, size_t count);

#endif
