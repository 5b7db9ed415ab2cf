/* queue.h: keys to be worked on: each at most once at a time, again with exponential back-off when it failed.
 * Source of the semantics: k8s.io/client-go/util/workqueue. */
#pragma once

#include <stdint.h>

#include "base/scoped.h"

struct loop;
struct queue;

/* work is called from the loop with one key after the other, in the order in which they came; each is in work until
 * queue_done() or queue_retry(), which may come later. A key that is added meanwhile is handed out again after that. */
struct queue *queue_new(struct loop *loop, void (*work)(void *arg, const char *key), void *arg);
void queue_free(struct queue *queue);
SCOPED_PTR(queue)
void queue_set_limit(struct queue *queue, size_t most);         /* keys in work at once; 0, as at first: no limit */
void queue_add(struct queue *queue, const char *key);
void queue_add_after(struct queue *queue, const char *key, int64_t ms);
void queue_done(struct queue *queue, const char *key);          /* worked on; back-off forgotten */
void queue_retry(struct queue *queue, const char *key);         /* failed: again after 5 ms · 2^n, at most 60 s */
