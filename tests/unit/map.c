#include "base/map.h"

#include "base/mem.h"
#include "tap.h"

static bool all_there(const struct map *map, int from, int to)
{
	for (int i = from; i < to; i++) {
		scoped_free char *key = mem_printf("key-%d", i);

		if (map_get(map, key) != (void *)(intptr_t)(i + 1))
			return false;
	}
	return true;
}

int main(void)
{
	scoped(map) struct map map = { 0 };
	size_t at = 0, seen = 0;
	const char *key;
	void *value;

	ok(!map_get(&map, "a") && !map_remove(&map, "a") && !map_next(&map, &at, &key, &value), "an empty map");
	ok(!map_set(&map, "a", "1") && map_set(&map, "a", "2") && strcmp(map_get(&map, "a"), "2") == 0,
		"a key set twice");
	ok(map_remove(&map, "a") && !map_get(&map, "a") && map.count == 0, "a key removed");

	for (int i = 0; i < 5000; i++) {
		scoped_free char *name = mem_printf("key-%d", i);

		map_set(&map, name, (void *)(intptr_t)(i + 1));
	}
	ok(map.count == 5000 && all_there(&map, 0, 5000), "5,000 keys are found");
	for (int i = 0; i < 5000; i += 2) {
		scoped_free char *name = mem_printf("key-%d", i);

		if (map_remove(&map, name) != (void *)(intptr_t)(i + 1))
			map.count = 0;
	}
	for (int i = 1; i < 5000; i += 2)
		seen += all_there(&map, i, i + 1);
	ok(map.count == 2500 && seen == 2500, "after every second one was removed the others are found");
	for (at = seen = 0; map_next(&map, &at, &key, &value);)
		seen++;
	ok(seen == 2500, "each is handed out once");
	return tap_end();
}
