#include "control/hub.h"

#include <string.h>

#include "api/client.h"
#include "api/sender.h"
#include "base/err.h"
#include "base/mem.h"
#include "control/controller.h"
#include "formats/jvs.h"
#include "reach/loop.h"

#define AT_A_TIME 32 /* requests under way */

const struct hub_facts hub_facts[HUB_KINDS] = {
	[HUB_NAMESPACES] = { "v1", NULL, "v1", "namespaces", "Namespace" },
	[HUB_NODES] = { "v1", NULL, "v1", "nodes", "Node" },
	[HUB_PODS] = { "v1", NULL, "v1", "pods", "Pod" },
	[HUB_LEASES] = { "coordination.k8s.io/v1", "coordination.k8s.io", "v1", "leases", "Lease" },
	[HUB_CONFIGMAPS] = { "v1", NULL, "v1", "configmaps", "ConfigMap" },
	[HUB_SECRETS] = { "v1", NULL, "v1", "secrets", "Secret" },
	[HUB_ACCOUNTS] = { "v1", NULL, "v1", "serviceaccounts", "ServiceAccount" },
	[HUB_SERVICES] = { "v1", NULL, "v1", "services", "Service" },
	[HUB_ENDPOINTS] = { "v1", NULL, "v1", "endpoints", "Endpoints" },
	[HUB_EVENTS] = { "v1", NULL, "v1", "events", "Event" },
	[HUB_REPLICASETS] = { "apps/v1", "apps", "v1", "replicasets", "ReplicaSet" },
	[HUB_DEPLOYMENTS] = { "apps/v1", "apps", "v1", "deployments", "Deployment" },
};

struct hub_slot {
	const struct controller *controller;
	void *self; /* NULL: waits for its caches */
};

/* What a cache calls back with. */
struct feed {
	struct hub *hub;
	enum hub_kind kind;
};

struct whole_hub {
	struct hub hub;
	struct feed feeds[HUB_KINDS];
	struct timer begin; /* starting a controller reads caches, which a cache's own callback must not */
};

static void add_index(struct strs *keys, const char *prefix, jv value)
{
	scoped(jv) jv taken = value;

	if (jvs_is(taken, JV_KIND_STRING))
		strs_printf(keys, "%s%s", prefix, jv_string_value(taken));
}

static void index_keys(jv object, struct strs *keys)
{
	scoped(jv) jv metadata = jvs_at(object, "metadata"), owners = jvs_at(metadata, "ownerReferences");
	bool controlled = false;

	add_index(keys, "is/", jvs_at(metadata, "uid"));
	add_index(keys, "in/", jvs_at(metadata, "namespace"));
	add_index(keys, "on/", jvs_get(object, "spec.nodeName"));
	for (int i = 0; i < jvs_len(owners); i++) {
		scoped(jv) jv owner = jvs_item(owners, i);

		controlled = controlled || jvs_get_bool(owner, "controller", false);
		add_index(keys, "of/", jvs_at(owner, "uid"));
	}
	if (!controlled)
		add_index(keys, "free/", jvs_at(metadata, "namespace"));
}

static void changed(void *arg, const char *key, jv before, jv after)
{
	const struct feed *feed = arg;

	for (struct hub_slot *slot = feed->hub->slots; slot->controller; slot++)
		if (slot->self && slot->controller->needs & HUB_HAS(feed->kind))
			slot->controller->seen(slot->self, feed->kind, key, before, after);
}

static void synced(void *arg)
{
	const struct feed *feed = arg;
	struct whole_hub *whole = (struct whole_hub *)feed->hub;

	timer_set(whole->hub.loop, &whole->begin, 0);
}

struct telling {
	struct hub_slot *slot;
	enum hub_kind kind;
};

static void tell_one(void *arg, jv object)
{
	const struct telling *telling = arg;
	scoped_free char *key = reflector_key(object);
	scoped(jv) jv none = jv_null();

	telling->slot->controller->seen(telling->slot->self, telling->kind, key, none, object);
}

static bool caches_whole(const struct hub *hub, unsigned needs)
{
	for (int kind = 0; kind < HUB_KINDS; kind++)
		if (needs & HUB_HAS(kind) && !reflector_synced(hub->caches[kind]))
			return false;
	return true;
}

static void begin(void *arg)
{
	struct hub *hub = arg;

	for (struct hub_slot *slot = hub->slots; slot->controller; slot++) {
		if (slot->self || !caches_whole(hub, slot->controller->needs))
			continue;
		slot->self = slot->controller->start(hub);
		for (int kind = 0; kind < HUB_KINDS; kind++) {
			struct telling telling = { slot, (enum hub_kind)kind };

			if (slot->controller->needs & HUB_HAS(kind))
				hub_each(hub, telling.kind, tell_one, &telling);
		}
	}
}

static struct reflector *cache_of(struct whole_hub *whole, enum hub_kind kind)
{
	const struct hub_facts *facts = &hub_facts[kind];
	struct reflector_options options = { .group = facts->group,
		.version = facts->version,
		.plural = facts->plural,
		.changed = changed,
		.synced = synced,
		.arg = &whole->feeds[kind],
		.index = index_keys };

	whole->feeds[kind] = (struct feed){ &whole->hub, kind };
	return reflector_new(whole->hub.client, &options);
}

struct hub *hub_new(struct client *client, const char *state_dir, const struct controller *const *controllers)
{
	struct whole_hub *whole = mem_alloc(sizeof *whole);
	struct hub *hub = &whole->hub;
	unsigned needs = 0;
	size_t count = 0;

	*hub = (struct hub){ .loop = client_loop(client), .client = client, .state_dir = state_dir };
	hub->sender = sender_new(client, AT_A_TIME);
	whole->begin = (struct timer){ .fire = begin, .arg = hub };
	for (; controllers[count]; count++)
		needs |= controllers[count]->needs;
	hub->slots = mem_array(count + 1, sizeof *hub->slots);
	for (size_t i = 0; i < count; i++)
		hub->slots[i].controller = controllers[i];
	for (int kind = 0; kind < HUB_KINDS; kind++)
		if (needs & HUB_HAS(kind))
			hub->caches[kind] = cache_of(whole, (enum hub_kind)kind);
	return hub;
}

void hub_free(struct hub *hub)
{
	if (!hub)
		return;
	for (struct hub_slot *slot = hub->slots; slot->controller; slot++)
		if (slot->self)
			slot->controller->stop(slot->self);
	for (int kind = 0; kind < HUB_KINDS; kind++)
		reflector_free(hub->caches[kind]);
	timer_clear(hub->loop, &((struct whole_hub *)hub)->begin);
	sender_free(hub->sender);
	free(hub->slots);
	free(hub);
}

jv hub_get(const struct hub *hub, enum hub_kind kind, const char *key)
{
	return reflector_get(hub->caches[kind], key);
}

void hub_each(const struct hub *hub, enum hub_kind kind, void (*each)(void *arg, jv object), void *arg)
{
	reflector_each(hub->caches[kind], each, arg);
}

static void each_under(const struct hub *hub, enum hub_kind kind, const char *prefix, const char *name,
	void (*each)(void *arg, jv object), void *arg)
{
	scoped_free char *key = mem_printf("%s%s", prefix, name);

	if (hub->caches[kind])
		reflector_each_of(hub->caches[kind], key, each, arg);
}

void hub_each_owned(
	const struct hub *hub, enum hub_kind kind, const char *uid, void (*each)(void *arg, jv object), void *arg)
{
	each_under(hub, kind, "of/", uid, each, arg);
}

void hub_each_in(
	const struct hub *hub, enum hub_kind kind, const char *ns, void (*each)(void *arg, jv object), void *arg)
{
	each_under(hub, kind, "in/", ns, each, arg);
}

void hub_each_free(
	const struct hub *hub, enum hub_kind kind, const char *ns, void (*each)(void *arg, jv object), void *arg)
{
	each_under(hub, kind, "free/", ns, each, arg);
}

void hub_each_on(const struct hub *hub, const char *node, void (*each)(void *arg, jv pod), void *arg)
{
	each_under(hub, HUB_PODS, "on/", node, each, arg);
}

void hub_each_self(
	const struct hub *hub, enum hub_kind kind, const char *uid, void (*each)(void *arg, jv object), void *arg)
{
	each_under(hub, kind, "is/", uid, each, arg);
}

enum hub_kind hub_kind_of(const char *api_version, const char *kind)
{
	int at = 0;

	while (at < HUB_KINDS && (strcmp(hub_facts[at].kind, kind) || strcmp(hub_facts[at].api_version, api_version)))
		at++;
	return (enum hub_kind)at;
}

jv hub_controller_of(jv object)
{
	scoped(jv) jv owners = jvs_get(object, "metadata.ownerReferences");

	for (int i = 0; i < jvs_len(owners); i++) {
		jv owner = jvs_item(owners, i);

		if (jvs_get_bool(owner, "controller", false))
			return owner;
		jv_free(owner);
	}
	return jv_null();
}

bool hub_is_controlled_by(jv object, const char *uid)
{
	scoped(jv) jv owner = hub_controller_of(object);

	return jvs_get_is(owner, "uid", uid);
}

bool hub_is_deleted(jv object)
{
	scoped(jv) jv when = jvs_get(object, "metadata.deletionTimestamp");

	return jvs_is(when, JV_KIND_STRING);
}

jv hub_condition(jv object, const char *type)
{
	scoped(jv) jv conditions = jvs_get(object, "status.conditions");

	for (int i = 0; i < jvs_len(conditions); i++) {
		jv one = jvs_item(conditions, i);

		if (jvs_get_is(one, "type", type))
			return one;
		jv_free(one);
	}
	return jv_null();
}

bool hub_text_same(jv before, jv after, const char *path)
{
	scoped(jv) jv a = jvs_get(before, path), b = jvs_get(after, path);

	return jvs_equal(a, b);
}
