/* garbage.c: deletes what has lost its owners, and does the rest of foreground and orphaning deletion.
 * Keys are PLURAL/NAMESPACE/NAME. Source: k8s.io/kubernetes/pkg/controller/garbagecollector. */
#include <string.h>

#include "api/client.h"
#include "api/queue.h"
#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "control/controller.h"
#include "control/work.h"
#include "formats/jvs.h"

#define FOREGROUND "foregroundDeletion"
#define ORPHAN "orphan"

struct garbage {
	struct hub *hub;
	struct queue *queue;
	struct map gone; /* uids of owners that the API has denied: they never come back; to themselves */
};

static void add_key(struct garbage *garbage, enum hub_kind kind, const char *key)
{
	scoped_free char *whole = mem_printf("%s/%s", hub_facts[kind].plural, key);

	queue_add(garbage->queue, whole);
}

static enum hub_kind split_key(const char *whole, const char **key)
{
	size_t len = strcspn(whole, "/");
	int kind = 0;

	*key = whole + len + 1;
	while (kind < HUB_KINDS &&
		(strlen(hub_facts[kind].plural) != len || strncmp(hub_facts[kind].plural, whole, len)))
		kind++;
	return (enum hub_kind)kind;
}

static bool has_finalizer(jv object, const char *finalizer)
{
	scoped(jv) jv finalizers = jvs_get(object, "metadata.finalizers");

	for (int i = 0; i < jvs_len(finalizers); i++) {
		scoped(jv) jv one = jvs_item(finalizers, i);

		if (strcmp(jvs_text(one), finalizer) == 0)
			return true;
	}
	return false;
}

static bool has_owners(jv object)
{
	scoped(jv) jv owners = jvs_get(object, "metadata.ownerReferences");

	return jvs_len(owners) > 0;
}

/* Objects that an owner holds together. */
struct dependents {
	struct garbage *garbage;
	struct work *work;
	enum hub_kind kind; /* of the one that is looked at */
	const char *uid;    /* the owner's */
	size_t count, blocking;
	void (*act)(struct dependents *dependents, jv object);
};

static void one_dependent(void *arg, jv object)
{
	struct dependents *dependents = arg;
	scoped(jv) jv owners = jvs_get(object, "metadata.ownerReferences");

	dependents->count++;
	for (int i = 0; i < jvs_len(owners); i++) {
		scoped(jv) jv owner = jvs_item(owners, i);

		if (jvs_get_is(owner, "uid", dependents->uid) && jvs_get_bool(owner, "blockOwnerDeletion", false))
			dependents->blocking++;
	}
	if (dependents->act)
		dependents->act(dependents, object);
}

static void each_dependent(struct dependents *dependents)
{
	for (int kind = 0; kind < HUB_KINDS; kind++) {
		dependents->kind = (enum hub_kind)kind;
		hub_each_owned(dependents->garbage->hub, dependents->kind, dependents->uid, one_dependent, dependents);
	}
}

static void mark(struct dependents *dependents, jv object)
{
	scoped_free char *key = reflector_key(object);

	add_key(dependents->garbage, dependents->kind, key);
}

/* A patch of the object that holds only for this very state of it. */
static struct call patch_of(const char *ns, const char *name, jv object)
{
	return (struct call){ .method = "PATCH",
		.patch = "merge",
		.target = { .ns = ns, .name = name },
		.body = jvs_object("metadata",
			jvs_object("resourceVersion", jvs_get(object, "metadata.resourceVersion"), "uid",
				jvs_get(object, "metadata.uid"), NULL),
			NULL) };
}

static jv without_finalizer(jv object, const char *finalizer)
{
	scoped(jv) jv finalizers = jvs_get(object, "metadata.finalizers");
	jv kept = jv_array();

	for (int i = 0; i < jvs_len(finalizers); i++) {
		jv one = jvs_item(finalizers, i);

		if (strcmp(jvs_text(one), finalizer) == 0)
			jv_free(one);
		else
			kept = jv_array_append(kept, one);
	}
	return kept;
}

static void drop_finalizer(struct work *work, enum hub_kind kind, jv object, const char *finalizer)
{
	scoped_free char *ns = jvs_get_text(object, "metadata.namespace"),
			 *name = jvs_get_text(object, "metadata.name");
	struct call call = patch_of(ns, name, object);

	jvs_set(&call.body, "metadata.finalizers", without_finalizer(object, finalizer));
	work_call(work, kind, &call, NULL, NULL);
}

/* keep says which owners stay. */
static void patch_owners(struct work *work, enum hub_kind kind, jv object, bool (*keep)(void *arg, jv owner), void *arg)
{
	scoped_free char *ns = jvs_get_text(object, "metadata.namespace"),
			 *name = jvs_get_text(object, "metadata.name");
	scoped(jv) jv owners = jvs_get(object, "metadata.ownerReferences");
	struct call call = patch_of(ns, name, object);
	jv kept = jv_array();

	for (int i = 0; i < jvs_len(owners); i++) {
		jv owner = jvs_item(owners, i);

		if (keep(arg, owner))
			kept = jv_array_append(kept, owner);
		else
			jv_free(owner);
	}
	jvs_set(&call.body, "metadata.ownerReferences", kept);
	work_call(work, kind, &call, NULL, NULL);
}

static bool is_another(void *uid, jv owner)
{
	return !jvs_get_is(owner, "uid", uid);
}

static void release(struct dependents *dependents, jv object)
{
	patch_owners(dependents->work, dependents->kind, object, is_another, (void *)dependents->uid);
}

/* True where the object's own deletion is what there was to do. */
static bool finish_deletion(struct garbage *garbage, struct work *work, enum hub_kind kind, jv object)
{
	bool orphans = has_finalizer(object, ORPHAN), foreground = has_finalizer(object, FOREGROUND);
	scoped_free char *uid = jvs_get_text(object, "metadata.uid");
	struct dependents dependents = {
		.garbage = garbage, .work = work, .uid = uid, .act = orphans ? release : mark
	};

	if (!hub_is_deleted(object) || (!orphans && !foreground))
		return false;
	each_dependent(&dependents);
	if (orphans ? !dependents.count : !dependents.blocking)
		drop_finalizer(work, kind, object, orphans ? ORPHAN : FOREGROUND);
	return true;
}

enum standing {
	SOLID,
	GONE,
	WAITING, /* is deleted in the foreground: waits for its dependents to go first */
	UNKNOWN, /* not cached: the API is being asked */
};

struct looking {
	const char *uid;
	enum standing standing;
};

static void look_at(void *arg, jv owner)
{
	struct looking *looking = arg;

	if (jvs_get_is(owner, "metadata.uid", looking->uid))
		looking->standing = hub_is_deleted(owner) && has_finalizer(owner, FOREGROUND) ? WAITING : SOLID;
}

/* The owner as the API has it. */
struct question {
	struct garbage *garbage;
	char *uid, *key;
};

static void answered(void *arg, jv owner, const struct err *err)
{
	struct question *question = arg;

	if (err->class == ERR_NOT_FOUND || (!err->class && !jvs_get_is(owner, "metadata.uid", question->uid))) {
		free(map_set(&question->garbage->gone, question->uid, mem_dup("")));
		queue_add(question->garbage->queue, question->key);
	}
	free(question->uid);
	free(question->key);
	free(question);
}

static void ask(struct garbage *garbage, struct work *work, enum hub_kind kind, const char *ns, jv owner)
{
	scoped_free char *name = jvs_get_text(owner, "name");
	bool cluster_wide = kind == HUB_NODES || kind == HUB_NAMESPACES;
	struct call call = { .method = "GET", .target = { .ns = cluster_wide ? NULL : ns, .name = name } };
	struct question *question = mem_alloc(sizeof *question);

	*question = (struct question){
		.garbage = garbage, .uid = jvs_get_text(owner, "uid"), .key = mem_dup(work_key(work))
	};
	work_call(work, kind, &call, answered, question);
}

/* What the cache says: it may be behind, so that an owner which it does not know is asked for. */
static enum standing standing(struct garbage *garbage, jv owner, enum hub_kind *kind)
{
	scoped_free char *uid = jvs_get_text(owner, "uid"), *api_version = jvs_get_text(owner, "apiVersion");
	scoped_free char *name = jvs_get_text(owner, "kind");
	struct looking looking = { .uid = uid, .standing = UNKNOWN };

	*kind = api_version && name ? hub_kind_of(api_version, name) : HUB_KINDS;
	if (!uid || *kind == HUB_KINDS || !garbage->hub->caches[*kind])
		return SOLID;
	if (map_get(&garbage->gone, uid))
		return GONE;
	hub_each_self(garbage->hub, *kind, uid, look_at, &looking);
	return looking.standing;
}

static bool is_solid(void *garbage, jv owner)
{
	enum hub_kind kind;

	return standing(garbage, owner, &kind) == SOLID;
}

static void delete_it(struct garbage *garbage, struct work *work, enum hub_kind kind, jv object, bool owner_waits)
{
	scoped_free char *ns = jvs_get_text(object, "metadata.namespace"),
			 *name = jvs_get_text(object, "metadata.name");
	scoped_free char *uid = jvs_get_text(object, "metadata.uid");
	struct dependents dependents = { .garbage = garbage, .uid = uid };
	struct call call = { .method = "DELETE", .target = { .ns = ns, .name = name } };
	const char *policy = "Background";

	each_dependent(&dependents);
	if (has_finalizer(object, ORPHAN))
		policy = "Orphan";
	else if (has_finalizer(object, FOREGROUND) || (owner_waits && dependents.count))
		policy = "Foreground";
	call.body = jvs_object("apiVersion", jv_string("v1"), "kind", jv_string("DeleteOptions"), "propagationPolicy",
		jv_string(policy), "preconditions", jvs_object("uid", jv_string(uid), NULL), NULL);
	work_call(work, kind, &call, NULL, NULL);
}

static void check_owners(struct garbage *garbage, struct work *work, enum hub_kind kind, jv object)
{
	scoped(jv) jv owners = jvs_get(object, "metadata.ownerReferences");
	scoped_free char *ns = jvs_get_text(object, "metadata.namespace");
	size_t counts[UNKNOWN + 1] = { 0 };

	for (int i = 0; i < jvs_len(owners); i++) {
		scoped(jv) jv owner = jvs_item(owners, i);
		enum hub_kind owner_kind;
		enum standing how = standing(garbage, owner, &owner_kind);

		counts[how]++;
		if (how == UNKNOWN)
			ask(garbage, work, owner_kind, ns, owner);
	}
	if (counts[UNKNOWN] || counts[GONE] + counts[WAITING] == 0)
		return;
	if (counts[SOLID])
		patch_owners(work, kind, object, is_solid, garbage);
	else if (!hub_is_deleted(object))
		delete_it(garbage, work, kind, object, counts[WAITING]);
}

static void sync_object(void *arg, const char *whole)
{
	struct garbage *garbage = arg;
	struct work *work = work_begin(garbage->hub, garbage->queue, whole);
	const char *key;
	enum hub_kind kind = split_key(whole, &key);
	scoped(jv) jv object = hub_get(garbage->hub, kind, key);

	if (jvs_is(object, JV_KIND_OBJECT) && !finish_deletion(garbage, work, kind, object) && has_owners(object))
		check_owners(garbage, work, kind, object);
	work_end(work);
}

/* Whether something about ownership may have to be done: most changes are of other things. */
static bool matters(jv before, jv after)
{
	return jvs_is(before, JV_KIND_NULL) || !hub_text_same(before, after, "metadata.ownerReferences") ||
	       !hub_text_same(before, after, "metadata.finalizers") ||
	       !hub_text_same(before, after, "metadata.deletionTimestamp");
}

struct ending {
	struct garbage *garbage;
	enum hub_kind kind;
};

/* An owner that is on its way out may have waited for this one. */
static void mark_if_ending(void *arg, jv owner)
{
	const struct ending *ending = arg;
	scoped_free char *key = reflector_key(owner);

	if (hub_is_deleted(owner))
		add_key(ending->garbage, ending->kind, key);
}

static void mark_owners(struct garbage *garbage, jv object)
{
	scoped(jv) jv owners = jvs_get(object, "metadata.ownerReferences");

	for (int i = 0; i < jvs_len(owners); i++) {
		scoped(jv) jv owner = jvs_item(owners, i);
		scoped_free char *uid = jvs_get_text(owner, "uid"), *kind = jvs_get_text(owner, "kind");
		scoped_free char *api_version = jvs_get_text(owner, "apiVersion");
		struct ending ending = { garbage, kind && api_version ? hub_kind_of(api_version, kind) : HUB_KINDS };

		if (uid && ending.kind < HUB_KINDS)
			hub_each_self(garbage->hub, ending.kind, uid, mark_if_ending, &ending);
	}
}

static void seen(void *self, enum hub_kind kind, const char *key, jv before, jv after)
{
	struct garbage *garbage = self;

	if (jvs_is(after, JV_KIND_NULL)) {
		scoped_free char *uid = jvs_get_text(before, "metadata.uid");
		struct dependents dependents = { .garbage = garbage, .uid = uid, .act = mark };

		mark_owners(garbage, before);
		each_dependent(&dependents);
	} else if (matters(before, after)) {
		if (has_owners(after) || hub_is_deleted(after))
			add_key(garbage, kind, key);
		if (jvs_is(before, JV_KIND_OBJECT))
			mark_owners(garbage, before);
	}
}

static void *start(struct hub *hub)
{
	struct garbage *garbage = mem_alloc(sizeof *garbage);

	garbage->hub = hub;
	garbage->queue = queue_new(hub->loop, sync_object, garbage);
	return garbage;
}

static void stop(void *self)
{
	struct garbage *garbage = self;
	const char *key;
	void *value;

	for (size_t at = 0; map_next(&garbage->gone, &at, &key, &value);)
		free(value);
	map_release(&garbage->gone);
	queue_free(garbage->queue);
	free(garbage);
}

const struct controller garbage_controller = { .name = "garbage",
	.needs = HUB_HAS(HUB_NODES) | HUB_HAS(HUB_PODS) | HUB_HAS(HUB_LEASES) | HUB_HAS(HUB_CONFIGMAPS) |
		 HUB_HAS(HUB_SECRETS) | HUB_HAS(HUB_ACCOUNTS) | HUB_HAS(HUB_SERVICES) | HUB_HAS(HUB_ENDPOINTS) |
		 HUB_HAS(HUB_REPLICASETS) | HUB_HAS(HUB_DEPLOYMENTS),
	.start = start,
	.stop = stop,
	.seen = seen };
