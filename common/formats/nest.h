/* nest.h: walks over one bracketed JSON value, in pieces of any size: the fast loop under lines.h, items.h and peek.h.
 * It knows strings, escapes and brackets, and leaves the rest of the grammar to whoever parses. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct err;

/* What JSON allows between its words. */
static inline bool nest_is_white(char c)
{
	return c == '\n' || c == ' ' || c == '\r' || c == '\t';
}

/* Behind the closing quote of the string that begins at at; NULL where it does not end before end. */
static inline const char *nest_string_end(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		at += *at == '\\' && at + 1 < end;
	return at < end ? at + 1 : NULL;
}

#define NEST_MAX_DEPTH 10000    /* as Go's encoding/json, so what a server could read we can */

/* Zero is ready for a value; nest_next() makes it so again after one. */
struct nest {
	unsigned depth;
	bool in_string;         /* the piece ended inside a string … */
	bool escaped;           /* … behind a backslash */
	bool spaced;            /* white space stood outside strings so far */
	uint64_t arrays[NEST_MAX_DEPTH / 64 + 1];       /* a bit for each depth: is it an array? */
};

/* at[0] of a value's first piece is its { or [. Bytes eaten: up to and with the closing bracket, where *done becomes
 * true, or all of them. -1: err tells what is wrong at which byte; offset is the number of at[0] for that text. */
ssize_t nest_eat(struct nest *nest, const char *at, size_t len, size_t offset, bool *done, struct err *err);

void nest_next(struct nest *nest);
