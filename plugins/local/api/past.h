/* past.h: a collection as it was at a version that the log still reaches: the entries of now, and what has changed
 * since taken back. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/scoped.h"

struct body;
struct collection;

struct past {
	const struct collection *collection;
	size_t index, end;              /* of the collection's entries: what comes next */
	struct past_entry {
		char *key;
		struct body *body;      /* NULL: it was not there */
	} *changed;                     /* by key */
	size_t count, at;
};

/* Keys from first up to before end (NULL: to the last one). version must not be below the collection's floor. */
void past_init(struct past *past, const struct collection *collection, uint64_t version, const char *first,
	const char *end);

/* The next in the order of keys, lent; NULL at the end. key: lent, likewise. */
struct body *past_next(struct past *past, const char **key);
size_t past_left(struct past *past);    /* how many are still to come; past is at its end then */
void past_release(struct past *past);
