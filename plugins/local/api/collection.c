#include "api/collection.h"

#include "base/mem.h"

size_t collection_seek(const struct collection *collection, const char *key)
{
	size_t low = 0, high = collection->len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(collection->at[middle]->key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct entry *collection_find(const struct collection *collection, const char *key)
{
	size_t index = collection_seek(collection, key);

	if (index == collection->len || strcmp(collection->at[index]->key, key) != 0)
		return NULL;
	return collection->at[index];
}

struct entry *collection_add(struct collection *collection, const char *key)
{
	size_t index = collection_seek(collection, key), len = strlen(key) + 1;
	struct entry *entry = mem_alloc(sizeof *entry + len);

	memcpy(entry->key, key, len);
	if (collection->len == collection->cap) {
		collection->cap = collection->cap ? collection->cap * 2 : 16;
		collection->at = mem_grow(collection->at, collection->cap, sizeof *collection->at);
	}
	memmove(collection->at + index + 1, collection->at + index,
		(collection->len - index) * sizeof *collection->at);
	collection->at[index] = entry;
	collection->len++;
	return entry;
}

static void entry_free(struct entry *entry)
{
	body_unref(entry->body);
	free(entry);
}

void collection_drop(struct collection *collection, const char *key)
{
	size_t index = collection_seek(collection, key);

	if (index == collection->len || strcmp(collection->at[index]->key, key) != 0)
		return;
	entry_free(collection->at[index]);
	collection->len--;
	memmove(collection->at + index, collection->at + index + 1,
		(collection->len - index) * sizeof *collection->at);
}

static struct change *change_at(const struct collection *collection, size_t index)
{
	return &collection->ring[(collection->first + index) % collection->size];
}

const struct change *collection_change(const struct collection *collection, size_t index)
{
	return change_at(collection, index);
}

size_t collection_after(const struct collection *collection, uint64_t version)
{
	size_t low = 0, high = collection->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (change_at(collection, middle)->version <= version)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void ring_grow(struct collection *collection)
{
	size_t size = collection->size ? collection->size * 2 : 64;
	struct change *ring = mem_array(size, sizeof *ring);

	for (size_t i = 0; i < collection->count; i++)
		ring[i] = *change_at(collection, i);
	free(collection->ring);
	collection->ring = ring;
	collection->size = size;
	collection->first = 0;
}

void collection_append(struct collection *collection, const struct change *change)
{
	if (collection->count == collection->size)
		ring_grow(collection);
	collection->count++;
	*change_at(collection, collection->count - 1) = *change;
}

static void change_release(struct change *change)
{
	body_unref(change->now);
	body_unref(change->before);
	*change = (struct change){ 0 };
}

void collection_forget_oldest(struct collection *collection)
{
	collection->floor = change_at(collection, 0)->version;
	change_release(change_at(collection, 0));
	collection->first = (collection->first + 1) % collection->size;
	collection->count--;
}

void collection_take_back(struct collection *collection)
{
	change_release(change_at(collection, collection->count - 1));
	collection->count--;
}

void collection_release(struct collection *collection)
{
	while (collection->count)
		collection_take_back(collection);
	for (size_t i = 0; i < collection->len; i++)
		entry_free(collection->at[i]);
	free(collection->at);
	free(collection->ring);
	*collection = (struct collection){ 0 };
}
