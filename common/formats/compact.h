/* compact.h: JSON without the white space outside its strings; nothing else is changed. */
#pragma once

#include "base/buf.h"

/* Appends it. The value must be one that lines.h or items.h cut (or that a parser took). */
void compact_add(struct buf *to, struct slice json);
