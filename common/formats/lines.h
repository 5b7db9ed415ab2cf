/* lines.h: cuts bytes into JSON objects as they arrive; builds no tree. Knows no file and no socket. What stands
 * between objects is white space or nothing, so JSON lines, indented JSON and concatenated JSON all do. */
#pragma once

#include "base/buf.h"
#include "formats/nest.h"

struct err;

#define LINES_MAX ((size_t)64 << 20)

/* Zero is ready for use. */
struct lines {
	size_t max;             /* bytes of the largest object that is taken; 0: LINES_MAX */
	bool spaced;            /* the last object has white space outside strings (compact_add() takes it out) */
	size_t offset;          /* bytes that came before piece */
	struct slice piece;     /* fed and not yet cut; lent */
	struct buf held;        /* the beginning of a cut object */
	struct nest nest;
};

/* Hands over bytes as they came, in pieces of any size. They are lent until lines_next() has given 0 or -1 (only the
 * beginning of a cut object is copied); feed only then. */
void lines_feed(struct lines *lines, const char *at, size_t len);

/* The next whole object, byte for byte, borrowed until the next call. 1: one; 0: feed more; -1: malformed or over max,
 * err says what and at which byte of all that was fed; nothing more can be read then. */
int lines_next(struct lines *lines, struct slice *object, struct err *err);

/* No more bytes will come. 0, or -1 where they ended inside an object. */
int lines_end(const struct lines *lines, struct err *err);
void lines_release(struct lines *lines);
