/* reflector.h: list, then watch, into a keyed cache, with a queue of the keys that changed (queue.h). Loses nothing
 * over restarts of the server; relists on 410. Knows no kind. */
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/scoped.h"
#include "base/strs.h"

struct client;
struct err;
struct reflector;

struct reflector_options {
	const char *group, *version, *plural;
	const char *ns;                         /* NULL: all */
	const char *label_selector, *field_selector;    /* NULL: none */

	/* After each change, with the cache new already: what it was and is; null for none. Lent. May be NULL. */
	void (*changed)(void *arg, const char *key, jv before, jv after);
	void (*synced)(void *arg);              /* once, after the first whole list; may be NULL */
	/* The server could not be asked; it is asked again (100 ms at first, 5 s at most). err is lent. May be NULL. */
	void (*failed)(void *arg, const struct err *err);
	void *arg;

	/* Keys under which an object is indexed besides its own (an owner's uid, a node's name): appends to keys.
	 * NULL: no index. */
	void (*index)(jv object, struct strs *keys);
};

struct reflector *reflector_new(struct client *client, const struct reflector_options *options);        /* starts */
void reflector_free(struct reflector *reflector);
SCOPED_PTR(reflector)
bool reflector_synced(const struct reflector *reflector);

/* key: "NAMESPACE/NAME", or "NAME" without a namespace. managedFields are taken out. Owned; null where it is none. */
jv reflector_get(const struct reflector *reflector, const char *key);
size_t reflector_count(const struct reflector *reflector);

/* Calls each with every object (or with those under an index key); object is lent. each must not change the cache. */
void reflector_each(const struct reflector *reflector, void (*each)(void *arg, jv object), void *arg);
void reflector_each_of(const struct reflector *reflector, const char *index_key, void (*each)(void *arg, jv object),
	void *arg);

/* Puts in what a write was answered with, before the watch tells: only where it is newer than what is there. */
void reflector_learn(struct reflector *reflector, jv object);
char *reflector_key(jv object);                 /* the caller frees */
