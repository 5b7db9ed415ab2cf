/* indent.h: JSON over many lines as kubectl -o json prints it, four blanks a level; nothing else is changed. */
#pragma once

#include "base/buf.h"

/* Appends it, without a newline at the end; level: that of its first line. As compact_add(), for a value that lines.h or
 * items.h cut. */
void indent_add(struct buf *to, struct slice json, unsigned level);
