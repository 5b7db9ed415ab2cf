/* store.h: all state of a cluster: objects by kind and key, one version that counts every write, and a bounded log of
 * changes from which watches resume. Memory holds it ready to be written out; SQLite makes it last. Writes belong to a
 * turn: between store_begin() and store_commit() they are there for the one who makes them, after it they are on disk.
 */
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stdint.h>

#include "api/collection.h"
#include "base/scoped.h"

struct err;
struct kind;
struct store;

/* How much of the past is kept: that many changes and for that long, whichever is more; never more bytes than that. */
#define STORE_CHANGES 10000
#define STORE_PAST_MS ((int64_t)5 * 60 * 1000)
#define STORE_BYTES ((size_t)64 * 1024 * 1024)

/* Opens or makes the file at path, mode 0600. NULL with err. */
struct store *store_open(const char *path, struct err *err);
void store_free(struct store *store);
SCOPED_PTR(store)

/* The objects of kind, or of the kind as which it is stored. Never NULL. */
struct collection *store_collection(struct store *store, const struct kind *kind);

uint64_t store_version(const struct store *store);      /* of the last write */

/* 0; -1 where the disk fails: then nothing of the turn has happened, in memory neither. */
int store_begin(struct store *store, struct err *err);
int store_commit(struct store *store, struct err *err);
void store_undo(struct store *store);           /* the turn never was */

/* Puts object under key, new or in the place of the old one; its resourceVersion is set. 0 or -1: the turn is lost. */
int store_put(struct store *store, struct collection *collection, const char *key, jv *object, struct err *err);

/* Removes what is under key, which must be there. 0 or -1. */
int store_remove(struct store *store, struct collection *collection, const char *key, struct err *err);
