#include "api/seen.h"

#include <string.h>

#include "base/mem.h"
#include "formats/peek.h"

/* Texts are as they stood between their quotes. */
struct told {
	unsigned round;
	char *version;
	char *ns, *name, *uid;
};

static void told_free(struct told *told)
{
	free(told->version);
	free(told->ns);
	free(told->name);
	free(told->uid);
	free(told);
}

static const char *key_of(struct seen *seen, const struct peek *peek)
{
	buf_clear(&seen->key);
	if (peek->uid.len) {
		buf_add_slice(&seen->key, peek->uid);
	} else {
		buf_add_slice(&seen->key, peek->ns);
		buf_add_char(&seen->key, '/');
		buf_add_slice(&seen->key, peek->name);
	}
	return buf_text(&seen->key);
}

static char *copy(struct slice text)
{
	return text.at ? slice_dup(text) : NULL;
}

enum seen_what seen_put(struct seen *seen, const struct peek *peek)
{
	const char *key = key_of(seen, peek);
	struct told *told = map_get(&seen->objects, key);

	if (!told) {
		told = mem_alloc(sizeof *told);
		*told = (struct told){ seen->round, slice_dup(peek->version), copy(peek->ns), slice_dup(peek->name),
			copy(peek->uid) };
		map_set(&seen->objects, key, told);
		return SEEN_NEW;
	}
	told->round = seen->round;
	if (peek->version.len && slice_is(peek->version, told->version))
		return SEEN_SAME;
	free(told->version);
	told->version = slice_dup(peek->version);
	return SEEN_CHANGED;
}

bool seen_remove(struct seen *seen, const struct peek *peek)
{
	struct told *told = map_remove(&seen->objects, key_of(seen, peek));

	if (told)
		told_free(told);
	return told != NULL;
}

void seen_begin(struct seen *seen)
{
	seen->round++;
}

static void add_field(struct buf *object, const char *before, const char *value)
{
	if (!value)
		return;
	buf_add_text(object, before);
	buf_add_text(object, value);
	buf_add_char(object, '"');
}

void seen_end(struct seen *seen)
{
	const char *key;
	void *value;
	size_t room = seen->objects.count;

	for (size_t i = 0; i < seen->gone_count; i++)
		told_free(seen->gone[i]);
	seen->gone_count = 0;
	seen->gone = mem_grow(seen->gone, room, sizeof(struct told *));
	for (size_t at = 0; map_next(&seen->objects, &at, &key, &value);)
		if (((struct told *)value)->round != seen->round)
			seen->gone[seen->gone_count++] = value;
	for (size_t i = 0; i < seen->gone_count; i++) {
		const struct told *told = seen->gone[i];
		struct peek peek = { .uid = slice_of(told->uid), .ns = slice_of(told->ns),
			.name = slice_of(told->name) };

		map_remove(&seen->objects, key_of(seen, &peek));
	}
}

bool seen_vanished(struct seen *seen, const char *api_version, const char *kind, struct buf *object)
{
	struct told *told;

	if (!seen->gone_count)
		return false;
	told = seen->gone[--seen->gone_count];
	buf_add_char(object, '{');
	add_field(object, "\"apiVersion\":\"", api_version);
	add_field(object, api_version ? ",\"kind\":\"" : "\"kind\":\"", kind);
	add_field(object, api_version || kind ? ",\"metadata\":{\"name\":\"" : "\"metadata\":{\"name\":\"", told->name);
	add_field(object, ",\"namespace\":\"", told->ns);
	add_field(object, ",\"uid\":\"", told->uid);
	add_field(object, ",\"resourceVersion\":\"", told->version);
	buf_add_text(object, "}}");
	told_free(told);
	return true;
}

void seen_release(struct seen *seen)
{
	const char *key;
	void *value;

	for (size_t at = 0; map_next(&seen->objects, &at, &key, &value);)
		told_free(value);
	for (size_t i = 0; i < seen->gone_count; i++)
		told_free(seen->gone[i]);
	free(seen->gone);
	map_release(&seen->objects);
	buf_release(&seen->key);
	*seen = (struct seen){ 0 };
}
