/* work.h: a key in work: the requests under way for it. When the last is answered the key is done, or, where one
 * failed, comes again after a back-off. */
#pragma once

#include <jv.h>

#include "control/hub.h"

struct call;
struct err;
struct queue;
struct work;

struct work *work_begin(struct hub *hub, struct queue *queue, const char *key);

/* Asks; the object that comes back is learnt by its cache at once. kind: of what is asked; it fills call's target.
 * answered may be NULL; its object is lent, null where err is filled. What is not there (404) is no failure of a DELETE
 * or GET, nor what is there already of a POST. */
void work_call(struct work *work, enum hub_kind kind, struct call *call,
	void (*answered)(void *arg, jv object, const struct err *err), void *arg);
/* Replaces an object, or its status where that is given (owned by the caller; null: the object as it is). */
void work_put(struct work *work, enum hub_kind kind, jv object, jv status,
	void (*answered)(void *arg, jv object, const struct err *err), void *arg);
void work_failed(struct work *work); /* the key comes again, whatever the answers */
void work_end(struct work *work);    /* nothing more is asked for it */
const char *work_key(const struct work *work);

/* The two parts of "NAMESPACE/NAME"; ns is NULL where there is none. The caller frees. */
char *key_ns(const char *key);
const char *key_name(const char *key); /* lent from key */
