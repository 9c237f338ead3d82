/*
 * event_reader.h -- frames of application/vnd.amazon.eventstream, read: what Lambda answers with
 * when it streams. Both checksums are verified before anything of a frame is believed.
 *
 * Pure: bytes in, slices of them out.
 */
#ifndef LG_CLOUD_EVENT_READER_H
#define LG_CLOUD_EVENT_READER_H

#include "base/err.h"
#include "base/str.h"

#define LG_EVENT_FRAME_MAX ((size_t)24 << 20) /* as in AWS's own libraries */
#define LG_EVENT_HEADERS_MAX ((size_t)128 << 10)

/* What is not there is empty. */
struct lg_event {
    struct lg_str message_type; /* event, exception, error */
    struct lg_str type;         /* :event-type, :exception-type or :error-code */
    struct lg_str content_type, error_message;
    struct lg_str payload;
};

/*
 * The frame that `bytes` begin with, and its size. LG_ERR_BUSY: there is more of it to come;
 * LG_ERR_TOO_BIG: over a limit; LG_ERR_SYNTAX: it is none, or damaged.
 */
LG_MUST_CHECK enum lg_err lg_event_read(struct lg_str bytes, struct lg_event *ret_event,
                                        size_t *ret_size);

#endif
