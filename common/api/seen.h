/* seen.h: which objects a reader was told of, in which version, so that after a second list only the difference is
 * told. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/scoped.h"

struct peek;
struct told;

/* Zero is empty. */
struct seen {
	struct map objects;             /* by uid; by namespace and name where there is none */
	unsigned round;
	struct buf key;
	struct told **gone;             /* what vanished and is not yet told */
	size_t gone_count;
};

enum seen_what { SEEN_NEW, SEEN_SAME, SEEN_CHANGED };

/* The object is there in this version; what that is to its reader. */
enum seen_what seen_put(struct seen *seen, const struct peek *peek);

/* It is gone. False where it was not there. */
bool seen_remove(struct seen *seen, const struct peek *peek);

/* A list begins and ends: what was not put in between has vanished. */
void seen_begin(struct seen *seen);
void seen_end(struct seen *seen);

/* Takes one of the vanished out: appends {"apiVersion","kind","metadata":{…}} of it. False where there is none (any
 * more); api_version and kind may be NULL. */
bool seen_vanished(struct seen *seen, const char *api_version, const char *kind, struct buf *object);
void seen_release(struct seen *seen);
