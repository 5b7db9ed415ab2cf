#include "api/past.h"

#include <stdlib.h>
#include <string.h>

#include "api/collection.h"
#include "base/map.h"
#include "base/mem.h"

static char *key_of(const struct body *body)
{
	const char *ns = body_namespace(body);

	return *ns ? mem_printf("%s/%s", ns, body_name(body)) : mem_dup(body_name(body));
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct past_entry *)a)->key, ((const struct past_entry *)b)->key);
}

static void add_changed(struct past *past, size_t *cap, char *key, struct body *before)
{
	if (past->count == *cap) {
		*cap = *cap ? *cap * 2 : 16;
		past->changed = mem_grow(past->changed, *cap, sizeof *past->changed);
	}
	past->changed[past->count++] = (struct past_entry){ .key = key, .body = body_ref(before) };
}

/* The first change of a key after version tells what it was at version. */
static void take_back(struct past *past, uint64_t version, const char *first, const char *end)
{
	scoped(map) struct map seen = {0};
	size_t cap = 0;

	for (size_t i = collection_after(past->collection, version); i < past->collection->count; i++) {
		const struct change *change = collection_change(past->collection, i);
		scoped_free char *key = key_of(change->now);

		if (strcmp(key, first) < 0 || (end && strcmp(key, end) >= 0) || map_get(&seen, key))
			continue;
		map_set(&seen, key, past);
		add_changed(past, &cap, steal(key), change->before);
	}
	if (past->count)
		qsort(past->changed, past->count, sizeof *past->changed, by_key);
}

void past_init(struct past *past, const struct collection *collection, uint64_t version, const char *first,
	const char *end)
{
	*past = (struct past){ .collection = collection };
	past->index = collection_seek(collection, first);
	past->end = end ? collection_seek(collection, end) : collection->len;
	take_back(past, version, first, end);
}

struct body *past_next(struct past *past, const char **key)
{
	for (;;) {
		struct entry *entry = past->index < past->end ? past->collection->at[past->index] : NULL;
		struct past_entry *changed = past->at < past->count ? &past->changed[past->at] : NULL;
		int order;

		if (!entry && !changed)
			return NULL;
		order = !entry ? 1 : !changed ? -1 : strcmp(entry->key, changed->key);
		if (order <= 0)
			past->index++;
		if (order < 0) {
			*key = entry->key;
			return entry->body;
		}
		past->at++;
		if (changed->body) {
			*key = changed->key;
			return changed->body;
		}
	}
}

size_t past_left(struct past *past)
{
	size_t left = 0;
	const char *key;

	while (past->at < past->count && past_next(past, &key))
		left++;
	left += past->end - past->index;
	past->index = past->end;
	return left;
}

void past_release(struct past *past)
{
	for (size_t i = 0; i < past->count; i++) {
		free(past->changed[i].key);
		body_unref(past->changed[i].body);
	}
	free(past->changed);
	*past = (struct past){ 0 };
}
