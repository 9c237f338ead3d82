/* content.h -- what contentEncoding and contentMediaType say in draft 7, where formats are checked.
 */
#ifndef LG_VALIDATE_CONTENT_H
#define LG_VALIDATE_CONTENT_H

#include <stdbool.h>

#include "base/str.h"

enum lg_content { LG_CONTENT_FITS, LG_CONTENT_NOT_ENCODED, LG_CONTENT_NOT_JSON };

/* `base64`: the text is so encoded; `json`: what it holds is a JSON text. Allocates. */
enum lg_content lg_content_check(struct lg_str text, bool base64, bool json);

#endif
