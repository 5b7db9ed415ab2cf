/* members.h: the members of one object's bytes, in their order: what peek.h and items.h read keys with. */
#pragma once

#include "base/buf.h"

struct err;

struct members {
	struct slice object;    /* whole, from { to } */
	size_t at;              /* 0 before the first */
};

/* The next member: key between its quotes, value with its own. 1; 0: no more; -1: malformed, err says at which byte of
 * the object. */
int members_next(struct members *members, struct slice *key, struct slice *value, struct err *err);

/* What stands between the quotes of a string; none for any other value. */
struct slice members_text(struct slice value);
