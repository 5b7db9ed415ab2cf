/* collection.h: the objects of one kind, in the order of their keys, and what happened to them lately. In memory only:
 * store.h makes it last. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "api/body.h"

struct kind;

/* "NAMESPACE/NAME", or "NAME" for a kind without namespaces; ordered by bytes, as etcd's keys are. */
struct entry {
	int64_t row;            /* in the store's table; 0: not yet */
	struct body *body;
	char key[];
};

enum change_type { CHANGE_ADDED, CHANGE_MODIFIED, CHANGE_DELETED };

struct change {
	uint64_t version;
	int64_t at_ms;          /* clock_ms(), or 0 where it was before this process */
	int64_t row;            /* of its entry, to put it back where the turn is lost */
	struct body *now;       /* of CHANGE_DELETED: the last state under the change's version */
	struct body *before;    /* NULL of CHANGE_ADDED */
	enum change_type type;
};

struct collection {
	const struct kind *kind;
	struct entry **at;
	size_t len, cap;
	struct change *ring;    /* the changes by version, oldest at first */
	size_t first, count, size;
	uint64_t floor;         /* changes up to and with this version are forgotten */
};

/* The first entry whose key is not below key: an index, at most len. */
size_t collection_seek(const struct collection *collection, const char *key);
struct entry *collection_find(const struct collection *collection, const char *key);

struct entry *collection_add(struct collection *collection, const char *key);  /* which must not be there */
void collection_drop(struct collection *collection, const char *key);

/* index counts from the oldest. */
const struct change *collection_change(const struct collection *collection, size_t index);

/* The first change after version: an index, at most count. */
size_t collection_after(const struct collection *collection, uint64_t version);

void collection_append(struct collection *collection, const struct change *change);    /* takes its bodies */
void collection_forget_oldest(struct collection *collection);
void collection_take_back(struct collection *collection);      /* the newest change never was */
void collection_release(struct collection *collection);
