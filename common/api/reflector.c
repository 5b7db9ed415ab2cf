#include "api/reflector.h"

#include <stdlib.h>
#include <string.h>

#include "api/client.h"
#include "api/list.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "formats/items.h"
#include "formats/jvs.h"
#include "reach/loop.h"

#define EVENTS_A_TURN 256       /* then others get theirs */

struct item {
	jv object;
	int64_t version;
	unsigned round;                 /* of the list that had it last */
	struct strs index_keys;
	char key[];
};

struct reflector {
	struct client *client;
	struct reflector_options options;
	struct stream_options listing;
	struct stream *stream;
	struct timer turn;
	struct map items;               /* by key */
	struct map index;               /* by index key: maps by key */
	unsigned round;
	int64_t newest;                 /* version that the server has told of */
	bool synced;
	unsigned depth;                 /* our callers on the stack */
	bool missed;                    /* a turn that could not be taken for that */
	bool dead;
};

char *reflector_key(jv object)
{
	scoped_free char *ns = jvs_get_text(object, "metadata.namespace");
	scoped_free char *name = jvs_get_text(object, "metadata.name");

	return ns && *ns ? mem_printf("%s/%s", ns, name ? name : "") : mem_dup(name ? name : "");
}

/* Versions are numbers that grow (Kubernetes 1.35 and later promise it, etcd always gave it); 0 for what is none. */
static int64_t version_of(jv object)
{
	scoped_free char *text = jvs_get_text(object, "metadata.resourceVersion");

	return text ? strtoll(text, NULL, 10) : 0;
}

/* The index. */

static void index_add(struct reflector *reflector, struct item *item)
{
	if (!reflector->options.index)
		return;
	reflector->options.index(item->object, &item->index_keys);
	for (size_t i = 0; i < item->index_keys.len; i++) {
		struct map *of = map_get(&reflector->index, item->index_keys.at[i]);

		if (!of) {
			of = mem_alloc(sizeof *of);
			map_set(&reflector->index, item->index_keys.at[i], of);
		}
		map_set(of, item->key, item);
	}
}

static void index_remove(struct reflector *reflector, struct item *item)
{
	for (size_t i = 0; i < item->index_keys.len; i++) {
		struct map *of = map_get(&reflector->index, item->index_keys.at[i]);

		if (!of)
			continue;
		map_remove(of, item->key);
		if (of->count)
			continue;
		map_remove(&reflector->index, item->index_keys.at[i]);
		map_release(of);
		free(of);
	}
	strs_release(&item->index_keys);
}

/* The cache. */

static void tell(struct reflector *reflector, const char *key, jv before, jv after)
{
	if (!reflector->options.changed || reflector->dead)
		return;
	reflector->options.changed(reflector->options.arg, key, before, after);
}

static struct item *item_new(const char *key)
{
	size_t len = strlen(key);
	struct item *item = mem_alloc(sizeof *item + len + 1);

	memcpy(item->key, key, len + 1);
	item->object = jv_null();
	return item;
}

static void item_free(struct item *item)
{
	jv_free(item->object);
	strs_release(&item->index_keys);
	free(item);
}

/* Puts object (taken) in, and tells. */
static void put(struct reflector *reflector, const char *key, jv object, int64_t version)
{
	struct item *item = map_get(&reflector->items, key);
	scoped(jv) jv before = jv_null(), after = jv_copy(object);

	if (!item) {
		item = item_new(key);
		map_set(&reflector->items, key, item);
	}
	index_remove(reflector, item);
	before = item->object;
	item->object = object;
	item->version = version;
	item->round = reflector->round;
	index_add(reflector, item);
	tell(reflector, key, before, after);
}

static void take_out(struct reflector *reflector, const char *key)
{
	struct item *item = map_remove(&reflector->items, key);

	if (!item)
		return;
	index_remove(reflector, item);
	tell(reflector, item->key, item->object, jv_null());
	item_free(item);
}

static bool is_same(const struct item *item, jv object)
{
	scoped_free char *ours = jvs_get_text(item->object, "metadata.uid");
	scoped_free char *uid = jvs_get_text(object, "metadata.uid");

	return ours && uid && strcmp(ours, uid) == 0;
}

/* True where what is there is newer already: a write's answer was learned before the server tells of what came before.
 * snapshot: the version of the list that has the object, 0 where it is no list's. A list is right in any case where its
 * version is older than what was told before: that server was set up anew. */
static bool is_older(const struct reflector *reflector, const struct item *item, jv object, int64_t version,
	int64_t snapshot)
{
	if (snapshot)
		return item->version > snapshot && snapshot >= reflector->newest;
	return version && item->version > version && is_same(item, object);
}

static void see(struct reflector *reflector, jv object, int64_t version, int64_t snapshot)
{
	scoped_free char *key = reflector_key(object);
	struct item *item = map_get(&reflector->items, key);

	if (!snapshot && version > reflector->newest)
		reflector->newest = version;
	if (item && version && (item->version == version || is_older(reflector, item, object, version, snapshot))) {
		item->round = reflector->round;
		return;
	}
	jvs_remove(&object, "metadata.managedFields");
	put(reflector, key, jv_copy(object), version);
}

static void see_deleted(struct reflector *reflector, jv object, int64_t version)
{
	scoped_free char *key = reflector_key(object);
	const struct item *item = map_get(&reflector->items, key);

	if (version > reflector->newest)
		reflector->newest = version;
	if (item && item->version <= version)
		take_out(reflector, key);
}

static void forget_vanished(struct reflector *reflector)
{
	scoped(strs) struct strs gone = { 0 };
	const char *key;
	void *value;

	for (size_t at = 0; map_next(&reflector->items, &at, &key, &value);)
		if (((struct item *)value)->round != reflector->round)
			strs_add(&gone, key);
	for (size_t i = 0; i < gone.len && !reflector->dead; i++)
		take_out(reflector, gone.at[i]);
}

static void list_ended(struct reflector *reflector)
{
	forget_vanished(reflector);
	if (reflector->dead)
		return;
	reflector->newest = strtoll(stream_version(reflector->stream), NULL, 10);
	if (reflector->synced)
		return;
	reflector->synced = true;
	if (reflector->options.synced)
		reflector->options.synced(reflector->options.arg);
}

static int parse(const struct stream_event *event, jv *object, struct err *err)
{
	if (jvs_parse(event->object, object, err) < 0)
		return -1;
	if (event->items && event->items->head.api_version && event->items->head.item_kind) {
		jvs_put(object, "apiVersion", jv_string(event->items->head.api_version));
		jvs_put(object, "kind", jv_string(event->items->head.item_kind));
	}
	return 0;
}

static void take(struct reflector *reflector, const struct stream_event *event)
{
	const char *snapshot = event->items ? event->items->head.resource_version : NULL;
	scoped(jv) jv object = jv_null();
	scoped(err) struct err err = { 0 };

	if (event->type == STREAM_LISTING) {
		reflector->round++;
	} else if (event->type == STREAM_LISTED) {
		list_ended(reflector);
	} else if (parse(event, &object, &err) < 0) {
		if (reflector->options.failed)
			reflector->options.failed(reflector->options.arg, &err);
	} else if (event->type == STREAM_DELETED) {
		see_deleted(reflector, object, version_of(object));
	} else {
		see(reflector, object, version_of(object), snapshot ? strtoll(snapshot, NULL, 10) : 0);
	}
}

static void reflector_end(struct reflector *reflector)
{
	const char *key;
	void *value;

	stream_free(reflector->stream);
	for (size_t at = 0; map_next(&reflector->items, &at, &key, &value);)
		item_free(value);
	map_release(&reflector->items);
	for (size_t at = 0; map_next(&reflector->index, &at, &key, &value);) {
		map_release(value);
		free(value);
	}
	map_release(&reflector->index);
	free(reflector);
}

/* Down one call; at the outermost, what had to wait for that is done. reflector may be gone then. */
static void leave(struct reflector *reflector)
{
	if (--reflector->depth)
		return;
	if (reflector->dead) {
		reflector_end(reflector);
	} else if (reflector->missed) {
		reflector->missed = false;
		timer_set(client_loop(reflector->client), &reflector->turn, 0);
	}
}

static void on_turn(void *arg)
{
	struct reflector *reflector = arg;
	struct stream_event event;
	int left = EVENTS_A_TURN;

	if (reflector->depth) {         /* a callback of ours turns the loop */
		reflector->missed = true;
		return;
	}
	reflector->depth++;
	while (left && !reflector->dead && stream_poll(reflector->stream, &event, NULL) > 0) {
		take(reflector, &event);
		left--;
	}
	if (!left)
		reflector->missed = true;
	leave(reflector);
}

static void on_failed(void *arg, const struct err *err)
{
	const struct reflector *reflector = arg;

	if (reflector->options.failed)
		reflector->options.failed(reflector->options.arg, err);
}

struct reflector *reflector_new(struct client *client, const struct reflector_options *options)
{
	struct reflector *reflector = mem_alloc(sizeof *reflector);

	reflector->client = client;
	reflector->options = *options;
	reflector->turn = (struct timer){ .fire = on_turn, .arg = reflector };
	reflector->listing = (struct stream_options){ .group = options->group, .version = options->version,
		.plural = options->plural, .ns = options->ns, .labels = options->label_selector,
		.fields = options->field_selector, .watch = true, .relists = true, .patience_ms = -1,
		.failed = on_failed, .arg = reflector };
	reflector->stream = stream_new(client, &reflector->listing);
	stream_on_ready(reflector->stream, on_turn, reflector);
	return reflector;
}

void reflector_free(struct reflector *reflector)
{
	if (!reflector)
		return;
	timer_clear(client_loop(reflector->client), &reflector->turn);
	stream_on_ready(reflector->stream, NULL, NULL);
	reflector->dead = true;
	if (!reflector->depth)
		reflector_end(reflector);
}

bool reflector_synced(const struct reflector *reflector)
{
	return reflector->synced;
}

jv reflector_get(const struct reflector *reflector, const char *key)
{
	const struct item *item = map_get(&reflector->items, key);

	return item ? jv_copy(item->object) : jv_null();
}

size_t reflector_count(const struct reflector *reflector)
{
	return reflector->items.count;
}

static void each_in(const struct map *map, void (*each)(void *arg, jv object), void *arg)
{
	const char *key;
	void *value;

	for (size_t at = 0; map_next(map, &at, &key, &value);)
		each(arg, ((const struct item *)value)->object);
}

void reflector_each(const struct reflector *reflector, void (*each)(void *arg, jv object), void *arg)
{
	each_in(&reflector->items, each, arg);
}

void reflector_each_of(const struct reflector *reflector, const char *index_key, void (*each)(void *arg, jv object),
	void *arg)
{
	const struct map *of = map_get(&reflector->index, index_key);

	if (of)
		each_in(of, each, arg);
}

/* What the watch told already is older than its newest version; that a deleted object comes back so is kept off. */
void reflector_learn(struct reflector *reflector, jv object)
{
	scoped_free char *key = reflector_key(object);
	const struct item *item = map_get(&reflector->items, key);
	int64_t version = version_of(object);
	jv copy;

	if (!*key || version <= reflector->newest || (item && item->version >= version))
		return;
	copy = jv_copy(object);
	jvs_remove(&copy, "metadata.managedFields");
	reflector->depth++;
	put(reflector, key, copy, version);
	leave(reflector);
}
