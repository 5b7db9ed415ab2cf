#include "api/store.h"

#include <inttypes.h>

#include "api/disk.h"
#include "api/kind.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "formats/jvs.h"

#define FORGET_STEP 500

struct store {
	struct disk *disk;
	struct collection *collections; /* one for each kind of kinds[], also for those stored as another */
	char **names;                   /* PLURAL.GROUP of each */
	size_t count;
	uint64_t version, floor;
	uint64_t disk_floor;            /* the file's: it follows in steps, so that not every turn deletes */
	uint64_t began;                 /* the version before the turn */
	size_t changes, bytes;          /* in the log */
	bool in_turn;
};

static void name_kinds(struct store *store)
{
	while (kinds[store->count])
		store->count++;
	store->collections = mem_array(store->count, sizeof *store->collections);
	store->names = mem_array(store->count, sizeof *store->names);
	for (size_t i = 0; i < store->count; i++) {
		const struct kind *kind = kinds[i];

		store->collections[i].kind = kind;
		store->names[i] = *kind->group ? mem_printf("%s.%s", kind->plural, kind->group)
			: mem_dup(kind->plural);
	}
}

static size_t index_of(const struct store *store, const struct collection *collection)
{
	return (size_t)(collection - store->collections);
}

struct collection *store_collection(struct store *store, const struct kind *kind)
{
	size_t index = 0;

	if (kind->stored_as)
		kind = kind->stored_as;
	while (index + 1 < store->count && kinds[index] != kind)
		index++;
	return &store->collections[index];
}

static struct collection *named(struct store *store, const char *name)
{
	for (size_t i = 0; i < store->count; i++)
		if (strcmp(store->names[i], name) == 0)
			return &store->collections[i];
	return NULL;
}

static int loaded_object(void *arg, const char *name, const char *key, int64_t row, struct body *body)
{
	struct store *store = arg;
	struct collection *collection = named(store, name);
	struct entry *entry;

	if (!collection)
		return 0;       /* of a kind that a newer or older version serves: it stays where it is */
	entry = collection_add(collection, key);
	entry->row = row;
	entry->body = body_ref(body);
	if (body->version > store->version)
		store->version = body->version;
	return 0;
}

/* What a change weighs in memory: the state before it is mostly another change's. */
static size_t weight(const struct change *change)
{
	return change->now->len + change->now->facts_len + sizeof *change + sizeof *change->now;
}

static void remember(struct store *store, struct collection *collection, const struct change *change)
{
	collection_append(collection, change);
	store->changes++;
	store->bytes += weight(change);
}

/* The body that memory has already, rather than a second copy of it. */
static struct body *shared(const struct collection *collection, const char *key, struct body *body)
{
	const struct entry *entry = collection_find(collection, key);
	size_t index;

	if (!body || (entry && entry->body->version == body->version))
		return body_ref(body ? entry->body : NULL);
	index = collection_after(collection, body->version - 1);
	if (index < collection->count && collection_change(collection, index)->version == body->version)
		return body_ref(collection_change(collection, index)->now);
	return body_ref(body);
}

static int loaded_change(void *arg, const char *name, const char *key, struct change *change)
{
	struct store *store = arg;
	struct collection *collection = named(store, name);
	struct change mine = *change;

	if (!store->version || change->version > store->version)
		store->version = change->version;
	if (!store->changes)
		store->floor = change->version - 1;
	if (!collection)
		return 0;
	mine.now = shared(collection, key, change->now);
	mine.before = shared(collection, key, change->before);
	remember(store, collection, &mine);
	return 0;
}

struct store *store_open(const char *path, struct err *err)
{
	scoped_ptr(store) struct store *store = mem_alloc(sizeof *store);
	struct disk_reader reader = { .object = loaded_object, .change = loaded_change, .arg = store };

	name_kinds(store);
	store->disk = disk_open(path, err);
	if (!store->disk || disk_load(store->disk, &reader, err) < 0)
		return NULL;
	if (!store->changes)
		store->floor = store->version;
	store->disk_floor = store->floor;
	for (size_t i = 0; i < store->count; i++)
		store->collections[i].floor = store->floor;
	return steal(store);
}

void store_free(struct store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->count; i++) {
		collection_release(&store->collections[i]);
		free(store->names[i]);
	}
	free(store->collections);
	free(store->names);
	disk_free(store->disk);
	free(store);
}

uint64_t store_version(const struct store *store)
{
	return store->version;
}

/* The collection with the oldest change, or NULL. */
static struct collection *oldest(struct store *store)
{
	struct collection *found = NULL;

	for (size_t i = 0; i < store->count; i++) {
		struct collection *collection = &store->collections[i];

		if (collection->count && (!found || collection_change(collection, 0)->version
				< collection_change(found, 0)->version))
			found = collection;
	}
	return found;
}

static bool too_much(const struct store *store, const struct change *change, int64_t now)
{
	if (store->bytes > STORE_BYTES)
		return true;
	return store->changes > STORE_CHANGES && now - change->at_ms > STORE_PAST_MS;
}

static void forget(struct store *store)
{
	int64_t now = clock_ms();
	struct collection *collection;

	while ((collection = oldest(store)) && too_much(store, collection_change(collection, 0), now)) {
		const struct change *change = collection_change(collection, 0);

		store->floor = change->version;
		store->bytes -= weight(change);
		store->changes--;
		collection_forget_oldest(collection);
	}
}

/* Memory as it was before the turn: its changes backwards. */
static void undo_collection(struct store *store, struct collection *collection)
{
	while (collection->count) {
		const struct change *change = collection_change(collection, collection->count - 1);
		scoped_free char *key = NULL;
		struct entry *entry;

		if (change->version <= store->began)
			return;
		key = *body_namespace(change->now)
			? mem_printf("%s/%s", body_namespace(change->now), body_name(change->now))
			: mem_dup(body_name(change->now));
		entry = collection_find(collection, key);
		if (change->type == CHANGE_ADDED) {
			collection_drop(collection, key);
		} else {
			if (!entry)
				entry = collection_add(collection, key);
			body_unref(entry->body);
			entry->body = body_ref(change->before);
			entry->row = change->row;
		}
		store->bytes -= weight(change);
		store->changes--;
		collection_take_back(collection);
	}
}

void store_undo(struct store *store)
{
	if (!store->in_turn)
		return;
	disk_rollback(store->disk);
	for (size_t i = 0; i < store->count; i++)
		undo_collection(store, &store->collections[i]);
	store->version = store->began;
	store->in_turn = false;
}

int store_begin(struct store *store, struct err *err)
{
	if (disk_begin(store->disk, err) < 0)
		return -1;
	store->in_turn = true;
	store->began = store->version;
	if (store->floor < store->disk_floor + FORGET_STEP)
		return 0;
	store->disk_floor = store->floor;
	if (disk_forget(store->disk, store->floor, err) == 0)
		return 0;
	store_undo(store);
	return -1;
}

int store_commit(struct store *store, struct err *err)
{
	if (!store->in_turn)
		return err_set(err, ERR_FAILED, "InternalError", "store: the turn is lost");
	if (disk_commit(store->disk, err) < 0) {
		store_undo(store);
		return -1;
	}
	store->in_turn = false;
	forget(store);
	return 0;
}

static int log_change(struct store *store, struct collection *collection, const char *key, const struct change *change,
	struct err *err)
{
	const char *name = store->names[index_of(store, collection)];

	remember(store, collection, change);
	if (disk_append(store->disk, name, key, change, err) < 0) {
		store_undo(store);
		return -1;
	}
	return 0;
}

int store_put(struct store *store, struct collection *collection, const char *key, jv *object, struct err *err)
{
	const char *name = store->names[index_of(store, collection)];
	struct entry *entry = collection_find(collection, key);
	struct change change = { .version = store->version + 1, .at_ms = clock_ms() };
	scoped_free char *version = mem_printf("%" PRIu64, change.version);

	if (!store->in_turn)
		return err_set(err, ERR_FAILED, "InternalError", "store: the turn is lost");
	jvs_set_text(object, "metadata.resourceVersion", version);
	change.type = entry ? CHANGE_MODIFIED : CHANGE_ADDED;
	if (!entry)
		entry = collection_add(collection, key);
	change.row = entry->row;
	change.before = entry->body;
	change.now = body_new(collection->kind, *object);
	entry->body = body_ref(change.now);
	store->version = change.version;
	if (log_change(store, collection, key, &change, err) < 0)
		return -1;
	if (disk_put(store->disk, name, entry, err) < 0) {
		store_undo(store);
		return -1;
	}
	return 0;
}

int store_remove(struct store *store, struct collection *collection, const char *key, struct err *err)
{
	struct entry *entry = collection_find(collection, key);
	struct change change = { .version = store->version + 1, .at_ms = clock_ms(), .type = CHANGE_DELETED };

	if (!store->in_turn || !entry)
		return err_set(err, ERR_FAILED, "InternalError", "store: nothing to remove at %s", key);
	if (disk_remove(store->disk, entry, err) < 0) {
		store_undo(store);
		return -1;
	}
	change.row = entry->row;
	change.before = body_ref(entry->body);
	change.now = body_with_version(entry->body, change.version);
	collection_drop(collection, key);
	store->version = change.version;
	return log_change(store, collection, key, &change, err);
}
