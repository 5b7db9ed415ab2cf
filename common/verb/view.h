/* view.h: how objects of a kind are shown in a table, from their own fields. */
#pragma once

#include <jv.h>
#include <stdint.h>

#include "base/strs.h"

struct view {
	const char *kind;               /* NULL: every other kind */
	const char *const *columns;     /* behind NAME, NULL-ended */
	size_t narrow;                  /* how many of them are shown without -o wide */

	/* Appends a cell for each column. now: seconds since 1970. */
	void (*cells)(jv object, int64_t now, struct strs *cells);
};

/* The kind has columns of its own here. */
bool view_has(const char *kind);

/* Never NULL. object is lent. */
const struct view *view_of(jv object);
