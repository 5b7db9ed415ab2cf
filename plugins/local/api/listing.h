/* listing.h: many objects as one answer. Short ones are put together, long ones written from the stored bytes as the
 * client takes them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/scoped.h"

struct body;
struct request;

struct listing {
	struct body **at;               /* a reference each */
	size_t len, cap;
	uint64_t version;
	char *next;                     /* a continue token, or NULL */
	int64_t remaining;              /* remainingItemCount, or -1 */
};

void listing_add(struct listing *list, struct body *body);    /* lent */
void listing_answer(struct request *request, struct listing *list);  /* takes what is in it */
void listing_release(struct listing *list);
