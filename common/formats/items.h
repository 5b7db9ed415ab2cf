/* items.h: cuts the body of a list into its items as it arrives; builds no tree, and holds one item at most. */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "formats/nest.h"

struct err;

/* What the list says of itself. Known as far as it came before the items when the first item comes, and whole when the
 * body has ended (a custom kind's list has its kind and metadata behind its items). Strings are the list's; NULL where
 * they are not there. */
struct items_head {
	char *api_version;
	char *kind;                     /* "PodList" */
	char *item_kind;                /* "Pod"; NULL for kind "List", whose items bear their own */
	char *resource_version;
	char *continue_token;           /* NULL: no more pages */
	int64_t remaining;              /* remainingItemCount; 0 where it is not told */
};

enum items_got {
	ITEMS_MORE = 0,                 /* feed more; or, when items_ended() says so, that was all */
	ITEMS_ITEM = 1,                 /* an item of the list */
	ITEMS_OBJECT = 2,               /* the body is no list but this one object: a Status, a pod */
};

/* Zero is ready for use, and so it is again after items_release(): the next page wants that. */
struct items {
	struct items_head head;
	size_t max;                     /* bytes of the largest item, as lines.h; 0: LINES_MAX */
	bool spaced;                    /* the last item (or the one object) may have white space outside strings */
	bool is_list;                   /* "items" came */
	int state;                      /* where in the body the next byte stands */
	size_t offset;                  /* bytes that came before piece */
	struct slice piece;             /* fed and not yet cut; lent */
	struct buf held;                /* the beginning of a cut item */
	struct buf around;              /* the body without its items */
	struct buf type;                /* {"apiVersion":"v1","kind":"Pod", */
	size_t key;                     /* where in around the current key begins */
	struct nest nest;
};

/* As lines_feed(): lent until items_next() has given ITEMS_MORE or -1. */
void items_feed(struct items *items, const char *at, size_t len);

/* enum items_got with the item byte for byte, borrowed until the next call; or -1, err says what and at which byte. */
int items_next(struct items *items, struct slice *item, struct err *err);

/* The body's closing bracket came. No more bytes will come: 0, or -1 where they ended too early. */
bool items_ended(const struct items *items);
int items_end(const struct items *items, struct err *err);
void items_release(struct items *items);

/* Appends an item as an object of its own: compact, on one line (no newline is added), with apiVersion and kind in
 * front unless it has them. */
void items_print(const struct items *items, struct slice item, struct buf *to);
