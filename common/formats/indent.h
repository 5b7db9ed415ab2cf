/* indent.h: JSON over many lines, a number of blanks a level: kubectl -o json prints four, a server two. Nothing else
 * is changed. */
#pragma once

#include "base/buf.h"

/* Appends it, without a newline at the end; level: that of its first line. As compact_add(), for a value that lines.h
 * or items.h cut. */
void indent_add(struct buf *to, struct slice json, unsigned level, unsigned blanks);
