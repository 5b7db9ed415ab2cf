#include "api/queue.h"

#include <stdbool.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "reach/loop.h"

#define RETRY_FIRST_MS INT64_C(5)
#define RETRY_MOST_MS INT64_C(60000)

/* A key that waits, is in work, or has failed before. */
struct entry {
	struct queue *queue;
	struct entry *next;             /* of those that are ready */
	struct timer later;
	unsigned failures;
	bool ready, working, dirty;     /* dirty: added while it was in work */
	char key[];
};

struct queue {
	struct loop *loop;
	void (*work)(void *arg, const char *key);
	void *arg;
	struct map entries;
	struct entry *first, **end;
	struct timer turn;
	size_t working, limit;
	unsigned depth;
	bool dead;
};

static void queue_end(struct queue *queue)
{
	const char *key;
	void *value;

	for (size_t at = 0; map_next(&queue->entries, &at, &key, &value);) {
		struct entry *entry = value;

		timer_clear(queue->loop, &entry->later);
		free(entry);
	}
	map_release(&queue->entries);
	free(queue);
}

void queue_free(struct queue *queue)
{
	if (!queue)
		return;
	timer_clear(queue->loop, &queue->turn);
	queue->dead = true;
	if (!queue->depth)
		queue_end(queue);
}

static bool may_work(const struct queue *queue)
{
	return queue->first && (!queue->limit || queue->working < queue->limit);
}

static void plan(struct queue *queue)
{
	if (may_work(queue) && !queue->dead && !timer_is_set(&queue->turn))
		timer_set(queue->loop, &queue->turn, 0);
}

static void make_ready(struct entry *entry)
{
	struct queue *queue = entry->queue;

	if (entry->working) {
		entry->dirty = true;
	} else if (!entry->ready) {
		entry->ready = true;
		entry->next = NULL;
		*queue->end = entry;
		queue->end = &entry->next;
		plan(queue);
	}
}

static struct entry *take_first(struct queue *queue)
{
	struct entry *entry = queue->first;

	queue->first = entry->next;
	if (!queue->first)
		queue->end = &queue->first;
	entry->ready = false;
	entry->working = true;
	queue->working++;
	return entry;
}

/* Those that were ready when it began; what becomes ready meanwhile is for the next round, so that others get a turn.
 * */
static void on_turn(void *arg)
{
	struct queue *queue = arg;
	const struct entry *last = queue->first ? (struct entry *)(void *)((char *)queue->end -
		offsetof(struct entry, next)) : NULL;
	bool more = true;

	queue->depth++;
	while (more && !queue->dead && may_work(queue)) {
		struct entry *entry = take_first(queue);
		scoped_free char *key = mem_dup(entry->key);    /* work may end the entry */

		more = entry != last;
		queue->work(queue->arg, key);
	}
	queue->depth--;
	if (!queue->dead)
		plan(queue);
	else if (!queue->depth)
		queue_end(queue);
}

static void on_later(void *arg)
{
	make_ready(arg);
}

struct queue *queue_new(struct loop *loop, void (*work)(void *arg, const char *key), void *arg)
{
	struct queue *queue = mem_alloc(sizeof *queue);

	queue->loop = loop;
	queue->work = work;
	queue->arg = arg;
	queue->end = &queue->first;
	queue->turn = (struct timer){ .fire = on_turn, .arg = queue };
	return queue;
}

void queue_set_limit(struct queue *queue, size_t most)
{
	queue->limit = most;
	plan(queue);
}

static struct entry *entry_of(struct queue *queue, const char *key)
{
	struct entry *entry = map_get(&queue->entries, key);
	size_t len = strlen(key);

	if (entry)
		return entry;
	entry = mem_alloc(sizeof *entry + len + 1);
	memcpy(entry->key, key, len + 1);
	entry->queue = queue;
	entry->later = (struct timer){ .fire = on_later, .arg = entry };
	map_set(&queue->entries, key, entry);
	return entry;
}

void queue_add(struct queue *queue, const char *key)
{
	make_ready(entry_of(queue, key));
}

void queue_add_after(struct queue *queue, const char *key, int64_t ms)
{
	struct entry *entry = entry_of(queue, key);

	if (timer_is_set(&entry->later) && entry->later.due_ms <= clock_ms() + ms)
		return;
	timer_set(queue->loop, &entry->later, ms);
}

/* Out of work; NULL where it was not in. */
static struct entry *put_down(struct queue *queue, const char *key)
{
	struct entry *entry = map_get(&queue->entries, key);

	if (!entry || !entry->working)
		return NULL;
	entry->working = false;
	queue->working--;
	return entry;
}

static void settle(struct entry *entry)
{
	struct queue *queue = entry->queue;
	bool dirty = entry->dirty;

	entry->dirty = false;
	if (dirty) {
		make_ready(entry);
	} else if (!timer_is_set(&entry->later) && !entry->ready && !entry->failures) {
		map_remove(&queue->entries, entry->key);
		free(entry);
	}
	plan(queue);
}

void queue_done(struct queue *queue, const char *key)
{
	struct entry *entry = put_down(queue, key);

	if (!entry)
		return;
	entry->failures = 0;
	settle(entry);
}

void queue_retry(struct queue *queue, const char *key)
{
	struct entry *entry = put_down(queue, key);
	int64_t pause;

	if (!entry)
		return;
	pause = RETRY_FIRST_MS << (entry->failures < 14 ? entry->failures : 14);
	entry->failures++;
	queue_add_after(queue, key, pause < RETRY_MOST_MS ? pause : RETRY_MOST_MS);
	settle(entry);
}
