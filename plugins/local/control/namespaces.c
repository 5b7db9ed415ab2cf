/* namespaces.c: empties deleted namespaces and then lets them go.
 * Source: k8s.io/kubernetes/pkg/controller/namespace/deletion. */
#include <string.h>

#include "api/client.h"
#include "api/queue.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "control/controller.h"
#include "control/work.h"
#include "formats/jvs.h"

#define FINALIZER "kubernetes"
#define AGAIN_MS 5000 /* pods take their time to end */

/* What may lie in a namespace. */
static const enum hub_kind contents[] = { HUB_DEPLOYMENTS, HUB_REPLICASETS, HUB_PODS, HUB_SERVICES, HUB_ENDPOINTS,
	HUB_CONFIGMAPS, HUB_SECRETS, HUB_ACCOUNTS, HUB_LEASES, HUB_EVENTS };
#define CONTENTS (sizeof contents / sizeof *contents)

struct namespaces {
	struct hub *hub;
	struct queue *queue;
};

/* One pass over a namespace. */
struct sweep {
	struct namespaces *namespaces;
	struct work *work;
	size_t under_way;
	size_t left[CONTENTS]; /* how many of each were still there */
};

/* One kind of a pass. */
struct swept {
	struct sweep *sweep;
	size_t at;
};

static bool is_to_empty(jv namespace)
{
	scoped(jv) jv finalizers = jvs_get(namespace, "spec.finalizers");

	for (int i = 0; hub_is_deleted(namespace) && i < jvs_len(finalizers); i++) {
		scoped(jv) jv one = jvs_item(finalizers, i);

		if (strcmp(jvs_text(one), FINALIZER) == 0)
			return true;
	}
	return false;
}

static jv condition(jv before, const char *type, bool status, const char *reason, const char *message)
{
	scoped_free char *now = clock_format_now();
	jv fresh = jvs_object("type", jv_string(type), "status", jv_string(status ? "True" : "False"),
		"lastTransitionTime", jv_string(now), "reason", jv_string(reason), "message", jv_string(message), NULL);

	for (int i = 0; i < jvs_len(before); i++) {
		scoped(jv) jv old = jvs_item(before, i);

		if (jvs_get_is(old, "type", type) && jvs_get_is(old, "status", status ? "True" : "False"))
			jvs_put(&fresh, "lastTransitionTime", jvs_at(old, "lastTransitionTime"));
	}
	return fresh;
}

/* What upstream says where something was still there; the caller frees; NULL: nothing was. */
static char *remains(const struct sweep *sweep)
{
	scoped(buf) struct buf text = { 0 };
	size_t kinds = 0;

	for (size_t i = 0; i < CONTENTS; i++) {
		const struct hub_facts *facts = &hub_facts[contents[i]];

		if (!sweep->left[i])
			continue;
		buf_printf(&text, "%sunexpected items still remain in namespace: %s for gvr: %s/%s, Resource=%s",
			kinds ? ", " : "", work_key(sweep->work), facts->group ? facts->group : "", facts->version,
			facts->plural);
		kinds++;
	}
	return kinds ? mem_printf("Failed to delete all resource types, %zu remaining: %s", kinds, buf_text(&text))
		     : NULL;
}

static jv conditions(const struct sweep *sweep, jv namespace)
{
	scoped(jv) jv before = jvs_get(namespace, "status.conditions");
	scoped_free char *left = remains(sweep);

	return JV_ARRAY(condition(before, "NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered",
				"All resources successfully discovered"),
		condition(before, "NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions",
			"All legacy kube types successfully parsed"),
		condition(before, "NamespaceDeletionContentFailure", left,
			left ? "ContentDeletionFailed" : "ContentDeleted",
			left ? left : "All content successfully deleted, may be waiting on finalization"),
		condition(before, "NamespaceContentRemaining", false, "ContentRemoved",
			"All content successfully removed"),
		condition(before, "NamespaceFinalizersRemaining", false, "ContentHasNoFinalizers",
			"All content-preserving finalizers finished"));
}

static void let_go(void *arg, jv namespace, const struct err *err)
{
	scoped_free struct sweep *sweep = arg;
	scoped(jv) jv finalizers = jvs_get(namespace, "spec.finalizers"), kept = jv_array();
	struct call call = { .method = "PUT",
		.target = { .name = work_key(sweep->work), .subresource = "finalize" },
		.body = jv_copy(namespace) };

	for (int i = 0; i < jvs_len(finalizers); i++) {
		jv one = jvs_item(finalizers, i);

		if (strcmp(jvs_text(one), FINALIZER) != 0)
			kept = jv_array_append(kept, jv_copy(one));
		jv_free(one);
	}
	jvs_set(&call.body, "spec.finalizers", jv_copy(kept));
	if (err->class)
		jv_free(call.body);
	else
		work_call(sweep->work, HUB_NAMESPACES, &call, NULL, NULL);
}

static void told(void *arg, jv namespace, const struct err *err)
{
	scoped_free struct sweep *sweep = arg;

	(void)namespace;
	(void)err;
	queue_add_after(sweep->namespaces->queue, work_key(sweep->work), AGAIN_MS);
}

static void finish_pass(struct sweep *sweep)
{
	scoped(jv) jv namespace = hub_get(sweep->namespaces->hub, HUB_NAMESPACES, work_key(sweep->work));
	scoped(jv) jv before = jvs_get(namespace, "status.conditions"), after = conditions(sweep, namespace);
	scoped_free char *left = remains(sweep);
	struct call call = { .method = "PATCH",
		.patch = "merge",
		.target = { .name = work_key(sweep->work), .subresource = "status" } };

	if (left && jvs_equal(before, after)) {
		scoped(err) struct err none = { 0 };

		told(sweep, namespace, &none);
		return;
	}
	call.body = jvs_object("status", jvs_object("conditions", jv_copy(after), NULL), NULL);
	work_call(sweep->work, HUB_NAMESPACES, &call, left ? told : let_go, sweep);
}

static void swept(void *arg, jv list, const struct err *err)
{
	scoped_free struct swept *swept = arg;
	struct sweep *sweep = swept->sweep;
	scoped(jv) jv items = jvs_at(list, "items");

	/* A kind that is not served has nothing here. */
	sweep->left[swept->at] = err->class && err->class != ERR_NOT_FOUND ? 1 : (size_t)jvs_len(items);
	if (--sweep->under_way == 0)
		finish_pass(sweep);
}

static void sweep(struct namespaces *namespaces, struct work *work)
{
	struct sweep *sweep = mem_alloc(sizeof *sweep);

	*sweep = (struct sweep){ .namespaces = namespaces, .work = work, .under_way = CONTENTS };
	for (size_t i = 0; i < CONTENTS; i++) {
		struct swept *one = mem_alloc(sizeof *one);
		struct call call = { .method = "DELETE", .target = { .ns = work_key(work) } };

		*one = (struct swept){ sweep, i };
		work_call(work, contents[i], &call, swept, one);
	}
}

static void sync_namespace(void *arg, const char *key)
{
	struct namespaces *namespaces = arg;
	struct work *work = work_begin(namespaces->hub, namespaces->queue, key);
	scoped(jv) jv namespace = hub_get(namespaces->hub, HUB_NAMESPACES, key);

	if (is_to_empty(namespace))
		sweep(namespaces, work);
	work_end(work);
}

static void seen(void *self, enum hub_kind kind, const char *key, jv before, jv after)
{
	struct namespaces *namespaces = self;

	(void)before;
	if (kind == HUB_NAMESPACES && is_to_empty(after)) {
		queue_add(namespaces->queue, key);
	} else if (kind == HUB_PODS && jvs_is(after, JV_KIND_NULL)) {
		scoped_free char *ns = key_ns(key);
		scoped(jv) jv namespace = hub_get(namespaces->hub, HUB_NAMESPACES, ns);

		if (is_to_empty(namespace))
			queue_add(namespaces->queue, ns);
	}
}

static void *start(struct hub *hub)
{
	struct namespaces *namespaces = mem_alloc(sizeof *namespaces);

	namespaces->hub = hub;
	namespaces->queue = queue_new(hub->loop, sync_namespace, namespaces);
	return namespaces;
}

static void stop(void *self)
{
	struct namespaces *namespaces = self;

	queue_free(namespaces->queue);
	free(namespaces);
}

const struct controller namespaces_controller = { .name = "namespaces",
	.needs = HUB_HAS(HUB_NAMESPACES) | HUB_HAS(HUB_PODS),
	.start = start,
	.stop = stop,
	.seen = seen };
