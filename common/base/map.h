/* map.h: strings to pointers, by hash. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scoped.h"

/* Zero is an empty map. Keys are copied; values are the caller's, never NULL. */
struct map {
	struct map_slot {
		char *key;              /* NULL: free */
		void *value;
		uint32_t hash;
	} *slots;
	size_t count, room;             /* room is 0 or a power of two */
};

void *map_get(const struct map *map, const char *key);                  /* NULL: not there */
void *map_set(struct map *map, const char *key, void *value);           /* gives the value it replaced, or NULL */
void *map_remove(struct map *map, const char *key);                     /* gives the value that was there, or NULL */

/* One after the other, in no order; *at begins at 0. False past the end. The map must not change meanwhile. */
bool map_next(const struct map *map, size_t *at, const char **key, void **value);
void map_release(struct map *map);

uint32_t map_hash(const char *text);                                    /* FNV-1a, 32 bits */
