/* nodes.c: notices nodes that have fallen silent, taints them, and moves their pods away after the toleration time.
 * Source: k8s.io/kubernetes/pkg/controller/nodelifecycle, tainteviction, podgc. */
#include <string.h>

#include "api/client.h"
#include "api/queue.h"
#include "api/recorder.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "control/controller.h"
#include "control/fit.h"
#include "control/work.h"
#include "formats/jvs.h"

#define LEASES "kube-node-lease"
#define GRACE_MS 20000 /* without a sign of life; the kubelet gives one every 10 s */
#define PREFIX "node.kubernetes.io/"
#define NS_PER_MS 1000000

struct nodes {
	struct hub *hub;
	struct queue *queue;	 /* of nodes */
	struct queue *evictions; /* of pods */
	struct recorder *recorder, *evictor;
	struct map beats; /* struct beat by node */
};

/* When a node last gave a sign, by our own clock: its clock may differ. */
struct beat {
	int64_t seen_ms;
};

static void beat(struct nodes *nodes, const char *node)
{
	struct beat *beat = map_get(&nodes->beats, node);

	if (!beat) {
		beat = mem_alloc(sizeof *beat);
		map_set(&nodes->beats, node, beat);
	}
	beat->seen_ms = clock_ms();
}

/* Conditions of a node that nobody reports any more. */
static void tell_unknown(struct nodes *nodes, struct work *work, jv node)
{
	static const char *const types[] = { "Ready", "MemoryPressure", "DiskPressure", "PIDPressure" };
	struct about about = { "v1", "Node", node, NULL };
	struct call call = {
		.method = "PATCH", .patch = "strategic", .target = { .name = work_key(work), .subresource = "status" }
	};
	scoped_free char *now = clock_format_now();
	jv conditions = jv_array();

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		scoped(jv) jv before = hub_condition(node, types[i]);
		jv fresh = jvs_object("type", jv_string(types[i]), "status", jv_string("Unknown"), "reason",
			jv_string("NodeStatusUnknown"), "message", jv_string("Kubelet stopped posting node status."),
			"lastTransitionTime", jv_string(now), NULL);

		if (jvs_is(before, JV_KIND_OBJECT))
			jvs_put(&fresh, "lastHeartbeatTime", jvs_at(before, "lastHeartbeatTime"));
		conditions = jv_array_append(conditions, fresh);
	}
	call.body = jvs_object("status", jvs_object("conditions", conditions, NULL), NULL);
	work_call(work, HUB_NODES, &call, NULL, NULL);
	recorder_tell(nodes->recorder, &about, "Normal", "NodeNotReady", "Node %s status is now: NodeNotReady",
		work_key(work));
}

static bool taint_is(jv taint, const char *key, const char *effect)
{
	return jvs_get_is(taint, "key", key) && jvs_get_is(taint, "effect", effect);
}

/* The taints that follow from a node's state: which are wanted, in the order in which they are put on. */
struct wanted_taint {
	const char *key, *effect;
	bool wanted;
};

static void add_taint(jv *to, jv before, const struct wanted_taint *wanted)
{
	scoped_free char *now = clock_format_now();
	jv fresh = jvs_object(
		"key", jv_string(wanted->key), "effect", jv_string(wanted->effect), "timeAdded", jv_string(now), NULL);

	for (int i = 0; i < jvs_len(before); i++) {
		jv one = jvs_item(before, i);

		if (taint_is(one, wanted->key, wanted->effect)) {
			jv_free(fresh);
			fresh = one;
		} else {
			jv_free(one);
		}
	}
	*to = jv_array_append(*to, fresh);
}

static bool is_derived(jv taint, const struct wanted_taint *wanted, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (taint_is(taint, wanted[i].key, wanted[i].effect))
			return true;
	return false;
}

static jv taints_for(jv node, jv before)
{
	scoped(jv) jv ready = hub_condition(node, "Ready");
	bool silent = jvs_get_is(ready, "status", "Unknown") || jvs_is(ready, JV_KIND_NULL);
	bool unready = jvs_get_is(ready, "status", "False");
	const struct wanted_taint wanted[] = {
		{ PREFIX "unschedulable", "NoSchedule", jvs_get_bool(node, "spec.unschedulable", false) },
		{ PREFIX "not-ready", "NoSchedule", unready },
		{ PREFIX "not-ready", "NoExecute", unready },
		{ PREFIX "unreachable", "NoSchedule", silent },
		{ PREFIX "unreachable", "NoExecute", silent },
		{ PREFIX "memory-pressure", "NoSchedule", false },
		{ PREFIX "disk-pressure", "NoSchedule", false },
		{ PREFIX "pid-pressure", "NoSchedule", false },
	};
	size_t count = sizeof wanted / sizeof *wanted;
	jv taints = jv_array();

	for (int i = 0; i < jvs_len(before); i++) {
		jv one = jvs_item(before, i);

		if (is_derived(one, wanted, count))
			jv_free(one);
		else
			taints = jv_array_append(taints, one);
	}
	for (size_t i = 0; i < count; i++)
		if (wanted[i].wanted)
			add_taint(&taints, before, &wanted[i]);
	return taints;
}

static void keep_taints(struct work *work, jv node)
{
	scoped(jv) jv before = jvs_get(node, "spec.taints"), after = taints_for(node, before);
	struct call call = { .method = "PATCH", .patch = "merge", .target = { .name = work_key(work) } };

	if (jvs_len(before) == jvs_len(after) && (!jvs_len(after) || jvs_equal(before, after)))
		return;
	call.body =
		jvs_object("metadata", jvs_object("resourceVersion", jvs_get(node, "metadata.resourceVersion"), NULL),
			"spec", jvs_object("taints", jvs_len(after) ? jv_copy(after) : jv_null(), NULL), NULL);
	work_call(work, HUB_NODES, &call, NULL, NULL);
}

struct pods_of {
	struct nodes *nodes;
	struct work *work;
	const char *node;
};

static void mark_pod(void *arg, jv pod)
{
	struct pods_of *pods = arg;
	scoped_free char *key = reflector_key(pod);

	queue_add(pods->nodes->evictions, key);
}

static void mark_unready(void *arg, jv pod)
{
	struct pods_of *pods = arg;
	scoped(jv) jv ready = hub_condition(pod, "Ready");
	scoped_free char *ns = jvs_get_text(pod, "metadata.namespace"), *name = jvs_get_text(pod, "metadata.name");
	scoped_free char *now = clock_format_now();
	struct about about = { "v1", "Pod", pod, NULL };
	struct call call = {
		.method = "PATCH", .patch = "strategic", .target = { .ns = ns, .name = name, .subresource = "status" }
	};

	if (!jvs_get_is(ready, "status", "True"))
		return;
	call.body = jvs_object("status",
		jvs_object("conditions",
			JV_ARRAY(jvs_object("type", jv_string("Ready"), "status", jv_string("False"),
				"lastTransitionTime", jv_string(now), NULL)),
			NULL),
		NULL);
	work_call(pods->work, HUB_PODS, &call, NULL, NULL);
	recorder_tell(pods->nodes->recorder, &about, "Warning", "NodeNotReady", "Node is not ready");
}

static void sync_node(void *arg, const char *key)
{
	struct nodes *nodes = arg;
	struct work *work = work_begin(nodes->hub, nodes->queue, key);
	scoped(jv) jv node = hub_get(nodes->hub, HUB_NODES, key), ready = hub_condition(node, "Ready");
	struct beat *last = map_get(&nodes->beats, key);
	struct pods_of pods = { nodes, work, key };

	if (jvs_is(node, JV_KIND_OBJECT) && last) {
		int64_t left = last->seen_ms + GRACE_MS - clock_ms();

		if (left > 0)
			queue_add_after(nodes->queue, key, left);
		else if (!jvs_get_is(ready, "status", "Unknown"))
			tell_unknown(nodes, work, node);
		keep_taints(work, node);
		if (jvs_is(ready, JV_KIND_OBJECT) && !jvs_get_is(ready, "status", "True"))
			hub_each_on(nodes->hub, key, mark_unready, &pods);
	}
	work_end(work);
}

/* How long the pod may stay: 0 not at all, below 0 for ever; else milliseconds from when the first taint that counts
 * was put on. */
static int64_t stays_ms(jv pod, jv node)
{
	scoped(jv) jv taints = jvs_get(node, "spec.taints"), tolerations = jvs_get(pod, "spec.tolerations");
	int64_t least = -1, now = clock_now_ns();

	for (int i = 0; i < jvs_len(taints); i++) {
		scoped(jv) jv taint = jvs_item(taints, i);
		scoped_free char *added = jvs_get_text(taint, "timeAdded");
		int64_t since = now;
		bool tolerated = false;

		if (!jvs_get_is(taint, "effect", "NoExecute"))
			continue;
		if (added)
			clock_parse(added, &since, NULL);
		for (int n = 0; n < jvs_len(tolerations); n++) {
			scoped(jv) jv one = jvs_item(tolerations, n), alone = JV_ARRAY(jv_copy(one));
			int64_t seconds = jvs_get_int(one, "tolerationSeconds", -1), left;

			if (!fit_tolerates(alone, taint))
				continue;
			tolerated = true;
			left = seconds * 1000 - (now - since) / NS_PER_MS;
			if (seconds >= 0 && (least < 0 || left < least))
				least = left > 0 ? left : 0;
		}
		if (!tolerated)
			return 0;
	}
	return least;
}

static void delete_pod(struct work *work, jv pod, bool now)
{
	scoped_free char *ns = key_ns(work_key(work));
	struct call call = { .method = "DELETE", .target = { .ns = ns, .name = key_name(work_key(work)) } };

	call.body = jvs_object("apiVersion", jv_string("v1"), "kind", jv_string("DeleteOptions"), "preconditions",
		jvs_object("uid", jvs_get(pod, "metadata.uid"), NULL), NULL);
	if (now)
		jvs_put(&call.body, "gracePeriodSeconds", jv_number(0));
	work_call(work, HUB_PODS, &call, NULL, NULL);
}

/* A pod that is told why it goes before it goes. */
struct farewell {
	struct work *work;
	jv pod;
	bool now; /* without grace: nobody is there to end it */
};

static void told(void *arg, jv pod, const struct err *err)
{
	struct farewell *farewell = arg;

	(void)pod;
	if (!err->class)
		delete_pod(farewell->work, farewell->pod, farewell->now);
	jv_free(farewell->pod);
	free(farewell);
}

static void dismiss(struct work *work, jv pod, const char *reason, const char *message, bool now)
{
	scoped_free char *ns = key_ns(work_key(work)), *time = clock_format_now();
	struct farewell *farewell;
	struct call call = { .method = "PATCH",
		.patch = "strategic",
		.target = { .ns = ns, .name = key_name(work_key(work)), .subresource = "status" } };
	scoped(jv) jv before = hub_condition(pod, "DisruptionTarget");

	if (jvs_is(before, JV_KIND_OBJECT)) {
		delete_pod(work, pod, now);
		return;
	}
	farewell = mem_alloc(sizeof *farewell);
	*farewell = (struct farewell){ work, jv_copy(pod), now };
	call.body = jvs_object("metadata", jvs_object("uid", jvs_get(pod, "metadata.uid"), NULL), "status",
		jvs_object("conditions",
			JV_ARRAY(jvs_object("type", jv_string("DisruptionTarget"), "status", jv_string("True"),
				"reason", jv_string(reason), "message", jv_string(message), "lastTransitionTime",
				jv_string(time), NULL)),
			NULL),
		NULL);
	work_call(work, HUB_PODS, &call, told, farewell);
}

static void evict(struct nodes *nodes, struct work *work, jv pod)
{
	struct about about = { "v1", "Pod", pod, NULL };

	recorder_tell(nodes->evictor, &about, "Normal", "TaintManagerEviction", "Marking for deletion Pod %s",
		work_key(work));
	dismiss(work, pod, "DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint", false);
}

static void sync_pod(void *arg, const char *key)
{
	struct nodes *nodes = arg;
	struct work *work = work_begin(nodes->hub, nodes->evictions, key);
	scoped(jv) jv pod = hub_get(nodes->hub, HUB_PODS, key);
	scoped_free char *name = jvs_get_text(pod, "spec.nodeName");
	scoped(jv) jv node = name && *name ? hub_get(nodes->hub, HUB_NODES, name) : jv_null();

	if (name && *name && jvs_is(node, JV_KIND_NULL)) {
		dismiss(work, pod, "DeletionByPodGC", "PodGC: node no longer exists", true);
	} else if (jvs_is(node, JV_KIND_OBJECT) && !hub_is_deleted(pod)) {
		int64_t stays = stays_ms(pod, node);

		if (stays == 0)
			evict(nodes, work, pod);
		else if (stays > 0)
			queue_add_after(nodes->evictions, key, stays);
	} else if (hub_is_deleted(pod) && !(name && *name)) {
		delete_pod(work, pod, true); /* no node will ever end it */
	}
	work_end(work);
}

static bool shows_life(jv before, jv after)
{
	return jvs_is(before, JV_KIND_NULL) || !hub_text_same(before, after, "status.conditions");
}

static void seen_node(struct nodes *nodes, const char *key, jv before, jv after)
{
	struct pods_of pods = { nodes, NULL, key };
	scoped(jv) jv ready = hub_condition(after, "Ready");

	if (jvs_is(after, JV_KIND_NULL))
		free(map_remove(&nodes->beats, key));
	else if (shows_life(before, after) && !jvs_get_is(ready, "status", "Unknown"))
		beat(nodes, key);
	else if (!map_get(&nodes->beats, key))
		beat(nodes, key);
	queue_add(nodes->queue, key);
	if (!hub_text_same(before, after, "spec.taints") || jvs_is(after, JV_KIND_NULL))
		hub_each_on(nodes->hub, key, mark_pod, &pods);
}

static void seen(void *self, enum hub_kind kind, const char *key, jv before, jv after)
{
	struct nodes *nodes = self;

	if (kind == HUB_NODES) {
		seen_node(nodes, key, before, after);
	} else if (kind == HUB_PODS) {
		if (jvs_is(after, JV_KIND_OBJECT) &&
			(!hub_text_same(before, after, "spec.nodeName") ||
				!hub_text_same(before, after, "spec.tolerations") || hub_is_deleted(after)))
			queue_add(nodes->evictions, key);
	} else if (strncmp(key, LEASES "/", sizeof LEASES) == 0 && jvs_is(after, JV_KIND_OBJECT)) {
		beat(nodes, key_name(key));
	}
}

static void *start(struct hub *hub)
{
	struct nodes *nodes = mem_alloc(sizeof *nodes);

	nodes->hub = hub;
	nodes->queue = queue_new(hub->loop, sync_node, nodes);
	nodes->evictions = queue_new(hub->loop, sync_pod, nodes);
	nodes->recorder = recorder_new(hub->client, "node-controller", NULL);
	nodes->evictor = recorder_new(hub->client, "taint-eviction-controller", NULL);
	return nodes;
}

static void stop(void *self)
{
	struct nodes *nodes = self;
	const char *key;
	void *value;

	for (size_t at = 0; map_next(&nodes->beats, &at, &key, &value);)
		free(value);
	map_release(&nodes->beats);
	queue_free(nodes->queue);
	queue_free(nodes->evictions);
	recorder_free(nodes->recorder);
	recorder_free(nodes->evictor);
	free(nodes);
}

const struct controller nodes_controller = { .name = "nodes",
	.needs = HUB_HAS(HUB_NODES) | HUB_HAS(HUB_PODS) | HUB_HAS(HUB_LEASES),
	.start = start,
	.stop = stop,
	.seen = seen };
