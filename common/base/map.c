#include "base/map.h"

#include <string.h>

#include "base/mem.h"

uint32_t map_hash(const char *text)
{
	uint32_t hash = 2166136261u;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

/* The slot of key, or the free one where it belongs. room is not 0, and one slot at least is free. */
static size_t find(const struct map *map, const char *key, uint32_t hash)
{
	size_t at = hash & (map->room - 1);

	while (map->slots[at].key && (map->slots[at].hash != hash || strcmp(map->slots[at].key, key) != 0))
		at = (at + 1) & (map->room - 1);
	return at;
}

static void grow(struct map *map)
{
	struct map wider = { .count = map->count, .room = map->room ? map->room * 2 : 16 };

	wider.slots = mem_array(wider.room, sizeof *wider.slots);
	for (size_t i = 0; i < map->room; i++)
		if (map->slots[i].key)
			wider.slots[find(&wider, map->slots[i].key, map->slots[i].hash)] = map->slots[i];
	free(map->slots);
	*map = wider;
}

void *map_get(const struct map *map, const char *key)
{
	return map->count ? map->slots[find(map, key, map_hash(key))].value : NULL;
}

void *map_set(struct map *map, const char *key, void *value)
{
	uint32_t hash = map_hash(key);
	struct map_slot *slot;
	void *before;

	if ((map->count + 1) * 4 > map->room * 3)
		grow(map);
	slot = &map->slots[find(map, key, hash)];
	if (!slot->key) {
		*slot = (struct map_slot){ .key = mem_dup(key), .hash = hash };
		map->count++;
	}
	before = slot->value;
	slot->value = value;
	return before;
}

void *map_remove(struct map *map, const char *key)
{
	size_t at, hole;
	void *value;

	if (!map->count)
		return NULL;
	hole = find(map, key, map_hash(key));
	if (!map->slots[hole].key)
		return NULL;
	value = map->slots[hole].value;
	free(map->slots[hole].key);
	map->slots[hole] = (struct map_slot){ 0 };
	map->count--;

	/* Those behind it that were pushed past the hole move up, so that no search stops short of them. */
	for (at = (hole + 1) & (map->room - 1); map->slots[at].key; at = (at + 1) & (map->room - 1)) {
		size_t wanted = map->slots[at].hash & (map->room - 1);

		if (((at - wanted) & (map->room - 1)) < ((at - hole) & (map->room - 1)))
			continue;
		map->slots[hole] = map->slots[at];
		map->slots[at] = (struct map_slot){ 0 };
		hole = at;
	}
	return value;
}

bool map_next(const struct map *map, size_t *at, const char **key, void **value)
{
	while (*at < map->room && !map->slots[*at].key)
		++*at;
	if (*at >= map->room)
		return false;
	*key = map->slots[*at].key;
	*value = map->slots[*at].value;
	++*at;
	return true;
}

void map_release(struct map *map)
{
	for (size_t i = 0; i < map->room; i++)
		free(map->slots[i].key);
	free(map->slots);
	*map = (struct map){ 0 };
}
