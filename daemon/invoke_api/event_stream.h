/*
 * event_stream.h -- frames of application/vnd.amazon.eventstream, as clients of AWS read them.
 *
 *     total length | length of headers | CRC-32 of the eight bytes before
 *     headers | payload | CRC-32 of all bytes before
 *
 * Pure: bytes in, bytes out. All integers are big-endian.
 */
#ifndef LG_INVOKE_API_EVENT_STREAM_H
#define LG_INVOKE_API_EVENT_STREAM_H

#include "base/buf.h"

/* Appends one event with the headers :message-type, :event-type and :content-type. */
void lg_event_stream_add(struct lg_buf *out, const char *event_type, const char *content_type,
                         struct lg_str payload);

#endif
