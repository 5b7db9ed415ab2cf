/* base64.h: standard base64 (RFC 4648, section 4), which Kubernetes uses for bytes in JSON. */
#pragma once

#include "base/buf.h"

/* Appends the bytes that text stands for; white space (line ends) between is skipped. 0, or -1: text is no base64. */
int base64_decode(struct slice text, struct buf *to);

/* Appends the text that stands for the bytes, on one line, padded. */
void base64_encode(struct slice bytes, struct buf *to);
