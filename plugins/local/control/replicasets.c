/* replicasets.c: keeps as many pods as each replica set wishes.
 * Source: k8s.io/kubernetes/pkg/controller/replicaset. */
#include <string.h>

#include "api/client.h"
#include "api/queue.h"
#include "api/recorder.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "control/claim.h"
#include "control/controller.h"
#include "control/rank.h"
#include "control/work.h"
#include "formats/jvs.h"
#include "formats/selector.h"

#define BURST 500 /* pods made or removed in one turn */
#define NS_PER_S INT64_C(1000000000)

struct replicasets {
	struct hub *hub;
	struct queue *queue;
	struct recorder *recorder;
	struct map failures; /* by key: why the last pod could not be made; strings */
};

/* Pods being made: one, then twice as many each time, so that what makes them fail is met once and not 500 times. */
struct batch {
	struct replicasets *replicasets;
	struct work *work;
	jv set, pod;
	int left, size, under_way;
	bool failed;
};

static int replicas_of(jv set)
{
	return (int)jvs_get_int(set, "spec.replicas", 1);
}

static bool is_active(jv pod)
{
	return !hub_is_deleted(pod) && !jvs_get_is(pod, "status.phase", "Succeeded") &&
	       !jvs_get_is(pod, "status.phase", "Failed");
}

static struct about about_set(jv set)
{
	return (struct about){ "apps/v1", "ReplicaSet", set, NULL };
}

static jv pod_of(jv set)
{
	static const char *const kept[] = { "labels", "annotations", "finalizers" };
	scoped(jv) jv template = jvs_get(set, "spec.template"), from = jvs_at(template, "metadata");
	scoped_free char *name = jvs_get_text(set, "metadata.name");
	jv metadata = jvs_object("generateName", jv_string_fmt("%s-", name ? name : ""), "ownerReferences",
		JV_ARRAY(claim_reference(HUB_REPLICASETS, set)), NULL);

	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
		scoped(jv) jv value = jvs_at(from, kept[i]);

		if (!jvs_is(value, JV_KIND_NULL))
			jvs_put(&metadata, kept[i], jv_copy(value));
	}
	return jvs_object("apiVersion", jv_string("v1"), "kind", jv_string("Pod"), "metadata", metadata, "spec",
		jvs_at(template, "spec"), NULL);
}

static void make_some(struct batch *batch);

static void batch_free(struct batch *batch)
{
	jv_free(batch->set);
	jv_free(batch->pod);
	free(batch);
}

static void note_failure(struct batch *batch, const struct err *err)
{
	struct about about = about_set(batch->set);

	batch->failed = true;
	/* A namespace that is being deleted says no for good reason. */
	if (err->reason && strcmp(err->reason, "NamespaceTerminating") == 0)
		return;
	free(map_set(&batch->replicasets->failures, work_key(batch->work), mem_dup(err_text(err))));
	recorder_tell(
		batch->replicasets->recorder, &about, "Warning", "FailedCreate", "Error creating: %s", err_text(err));
}

static void made(void *arg, jv pod, const struct err *err)
{
	struct batch *batch = arg;

	if (err->class) {
		note_failure(batch, err);
	} else {
		struct about about = about_set(batch->set);
		scoped_free char *name = jvs_get_text(pod, "metadata.name");

		recorder_tell(
			batch->replicasets->recorder, &about, "Normal", "SuccessfulCreate", "Created pod: %s", name);
	}
	if (--batch->under_way)
		return;
	if (batch->failed || !batch->left) {
		if (!batch->failed)
			free(map_remove(&batch->replicasets->failures, work_key(batch->work)));
		batch_free(batch);
		return;
	}
	batch->size *= 2;
	make_some(batch);
}

static void make_some(struct batch *batch)
{
	scoped_free char *ns = key_ns(work_key(batch->work));
	int count = batch->left < batch->size ? batch->left : batch->size;

	batch->left -= count;
	batch->under_way = count;
	for (int i = 0; i < count; i++) {
		struct call call = { .method = "POST", .target = { .ns = ns }, .body = jv_copy(batch->pod) };

		work_call(batch->work, HUB_PODS, &call, made, batch);
	}
}

static void make_pods(struct replicasets *replicasets, struct work *work, jv set, int count)
{
	struct batch *batch = mem_alloc(sizeof *batch);

	*batch = (struct batch){ .replicasets = replicasets,
		.work = work,
		.set = jv_copy(set),
		.pod = pod_of(set),
		.left = count < BURST ? count : BURST,
		.size = 1 };
	make_some(batch);
}

/* How many pods of the same deployment (or of the set itself) each node runs. */
struct neighbours {
	struct replicasets *replicasets;
	const char *owner; /* the deployment's uid */
	struct map nodes;  /* struct share */
};

struct share {
	size_t pods;
};

static void count_pod(void *arg, jv pod)
{
	struct neighbours *neighbours = arg;
	scoped_free char *node = jvs_get_text(pod, "spec.nodeName");
	struct share *share;

	if (!node || !*node || !is_active(pod))
		return;
	share = map_get(&neighbours->nodes, node);
	if (!share) {
		share = mem_alloc(sizeof *share);
		map_set(&neighbours->nodes, node, share);
	}
	share->pods++;
}

static void count_set(void *arg, jv set)
{
	struct neighbours *neighbours = arg;
	scoped_free char *uid = jvs_get_text(set, "metadata.uid");

	hub_each_owned(neighbours->replicasets->hub, HUB_PODS, uid, count_pod, neighbours);
}

static void count_neighbours(struct neighbours *neighbours, jv set)
{
	scoped(jv) jv owner = hub_controller_of(set);
	scoped_free char *uid = jvs_get_text(owner, "uid");

	if (uid)
		hub_each_owned(neighbours->replicasets->hub, HUB_REPLICASETS, uid, count_set, neighbours);
	else
		count_set(neighbours, set);
}

static void neighbours_release(struct neighbours *neighbours)
{
	const char *key;
	void *value;

	for (size_t at = 0; map_next(&neighbours->nodes, &at, &key, &value);)
		free(value);
	map_release(&neighbours->nodes);
}

/* A removal under way. */
struct removal {
	struct replicasets *replicasets;
	jv set;
	char *name;
};

static void removed(void *arg, jv pod, const struct err *err)
{
	struct removal *removal = arg;
	struct about about = about_set(removal->set);

	(void)pod;
	if (!err->class)
		recorder_tell(removal->replicasets->recorder, &about, "Normal", "SuccessfulDelete", "Deleted pod: %s",
			removal->name);
	else if (err->class != ERR_NOT_FOUND)
		recorder_tell(removal->replicasets->recorder, &about, "Warning", "FailedDelete", "Error deleting: %s",
			err_text(err));
	jv_free(removal->set);
	free(removal->name);
	free(removal);
}

static void remove_pod(struct replicasets *replicasets, struct work *work, jv set, jv pod)
{
	scoped_free char *ns = key_ns(work_key(work)), *name = jvs_get_text(pod, "metadata.name");
	struct removal *removal = mem_alloc(sizeof *removal);
	struct call call = { .method = "DELETE", .target = { .ns = ns, .name = name } };

	*removal = (struct removal){ replicasets, jv_copy(set), mem_dup(name) };
	call.body = jvs_object("apiVersion", jv_string("v1"), "kind", jv_string("DeleteOptions"), "preconditions",
		jvs_object("uid", jvs_get(pod, "metadata.uid"), NULL), NULL);
	work_call(work, HUB_PODS, &call, removed, removal);
}

static void remove_pods(struct replicasets *replicasets, struct work *work, jv set, const struct claim *pods, int count)
{
	scoped(neighbours) struct neighbours neighbours = { .replicasets = replicasets };
	struct rank_pod *ranked = mem_array(pods->count ? pods->count : 1, sizeof *ranked);
	size_t active = 0;

	count_neighbours(&neighbours, set);
	for (size_t i = 0; i < pods->count; i++) {
		scoped_free char *node = jvs_get_text(pods->held[i], "spec.nodeName");
		const struct share *share = node ? map_get(&neighbours.nodes, node) : NULL;

		if (is_active(pods->held[i]))
			rank_init(&ranked[active++], jv_copy(pods->held[i]), share ? share->pods : 0);
	}
	rank_sort(ranked, active, clock_now_ns());
	for (size_t i = 0; i < active && i < (size_t)count && i < BURST; i++)
		remove_pod(replicasets, work, set, ranked[i].pod);
	for (size_t i = 0; i < active; i++)
		rank_release(&ranked[i]);
	free(ranked);
}

/* Pods as status counts them. */
struct tally {
	int replicas, labelled, ready, available, terminating;
	int64_t next_ns; /* until the next pod becomes available by time alone; 0: none */
};

/* True when it has been ready for long enough; *left: how much is missing of it. */
static bool is_available(jv pod, int64_t min_ready_s, int64_t *left)
{
	scoped(jv) jv ready = hub_condition(pod, "Ready");
	scoped_free char *since = jvs_get_text(ready, "lastTransitionTime");
	int64_t ns = 0;

	*left = 0;
	if (!min_ready_s)
		return true;
	if (!since || clock_parse(since, &ns, NULL) < 0)
		return false;
	*left = ns + min_ready_s * NS_PER_S - clock_now_ns();
	return *left <= 0;
}

static bool is_ready(jv pod)
{
	scoped(jv) jv ready = hub_condition(pod, "Ready");

	return jvs_get_is(ready, "status", "True");
}

static void count_one(struct tally *tally, jv pod, const struct selector *labels, int64_t min_ready_s)
{
	scoped(jv) jv has = jvs_get(pod, "metadata.labels");
	int64_t left;

	if (hub_is_deleted(pod) && !jvs_get_is(pod, "status.phase", "Succeeded") &&
		!jvs_get_is(pod, "status.phase", "Failed"))
		tally->terminating++;
	if (!is_active(pod))
		return;
	tally->replicas++;
	tally->labelled += selector_matches(labels, has);
	if (!is_ready(pod))
		return;
	tally->ready++;
	if (is_available(pod, min_ready_s, &left))
		tally->available++;
	else if (left > 0 && (!tally->next_ns || left < tally->next_ns))
		tally->next_ns = left;
}

static struct tally tally_of(jv set, const struct claim *pods)
{
	struct tally tally = { 0 };
	scoped(jv) jv labels = jvs_get(set, "spec.template.metadata.labels");
	scoped(jv) jv as_selector =
		jvs_object("matchLabels", jvs_is(labels, JV_KIND_OBJECT) ? jv_copy(labels) : jv_object(), NULL);
	scoped_ptr(selector) struct selector *selector = NULL;
	int64_t min_ready_s = jvs_get_int(set, "spec.minReadySeconds", 0);

	selector_from_object(as_selector, &selector, NULL);
	for (size_t i = 0; i < pods->count; i++)
		count_one(&tally, pods->held[i], selector, min_ready_s);
	return tally;
}

static void put_count(jv *status, const char *name, int count)
{
	if (count)
		jvs_put(status, name, jv_number(count));
}

/* The condition ReplicaFailure, with its old time where it said the same. */
static jv failure_condition(jv set, const char *message)
{
	scoped(jv) jv before = hub_condition(set, "ReplicaFailure");
	scoped_free char *now = clock_format_now();

	if (jvs_get_is(before, "status", "True") && jvs_get_is(before, "reason", "FailedCreate"))
		return jv_copy(before);
	return jvs_object("type", jv_string("ReplicaFailure"), "status", jv_string("True"), "lastTransitionTime",
		jv_string(now), "reason", jv_string("FailedCreate"), "message", jv_string(message), NULL);
}

static void write_status(struct replicasets *replicasets, struct work *work, jv set, const struct tally *tally)
{
	scoped(jv) jv before = jvs_at(set, "status");
	const char *failure = map_get(&replicasets->failures, work_key(work));
	scoped(jv) jv status = jvs_object("replicas", jv_number(tally->replicas), "terminatingReplicas",
		jv_number(tally->terminating), "observedGeneration", jvs_get(set, "metadata.generation"), NULL);

	put_count(&status, "fullyLabeledReplicas", tally->labelled);
	put_count(&status, "readyReplicas", tally->ready);
	put_count(&status, "availableReplicas", tally->available);
	if (failure)
		jvs_put(&status, "conditions", JV_ARRAY(failure_condition(set, failure)));
	if (!jvs_equal(before, status))
		work_put(work, HUB_REPLICASETS, set, status, NULL, NULL);
}

static void manage(
	struct replicasets *replicasets, struct work *work, jv set, const struct claim *pods, const struct tally *tally)
{
	int missing = replicas_of(set) - tally->replicas;

	if (missing > 0)
		make_pods(replicasets, work, set, missing);
	else
		free(map_remove(&replicasets->failures, work_key(work)));
	if (missing < 0)
		remove_pods(replicasets, work, set, pods, -missing);
}

static void sync_set(void *arg, const char *key)
{
	struct replicasets *replicasets = arg;
	struct work *work = work_begin(replicasets->hub, replicasets->queue, key);
	scoped(jv) jv set = hub_get(replicasets->hub, HUB_REPLICASETS, key);
	scoped(claim) struct claim pods = { 0 };

	if (jvs_is(set, JV_KIND_OBJECT)) {
		claim_fill(&pods, replicasets->hub, work, HUB_REPLICASETS, set, HUB_PODS);
		if (!pods.changing) {
			struct tally tally = tally_of(set, &pods);

			if (!hub_is_deleted(set))
				manage(replicasets, work, set, &pods, &tally);
			write_status(replicasets, work, set, &tally);
			if (tally.next_ns)
				queue_add_after(replicasets->queue, key, tally.next_ns / 1000000 + 1);
		}
	} else {
		free(map_remove(&replicasets->failures, key));
	}
	work_end(work);
}

static void seen_pod(struct replicasets *replicasets, const char *key, jv before, jv after)
{
	scoped_free char *ns = key_ns(key);
	scoped(jv) jv owner = hub_controller_of(after);

	claim_mark_owner(replicasets->queue, HUB_REPLICASETS, ns, before);
	claim_mark_owner(replicasets->queue, HUB_REPLICASETS, ns, after);
	if (jvs_is(after, JV_KIND_OBJECT) && jvs_is(owner, JV_KIND_NULL) &&
		(!hub_text_same(before, after, "metadata.labels") ||
			!hub_text_same(before, after, "metadata.ownerReferences")))
		claim_mark_adopters(replicasets->queue, replicasets->hub, HUB_REPLICASETS, ns, after);
}

static void seen(void *self, enum hub_kind kind, const char *key, jv before, jv after)
{
	struct replicasets *replicasets = self;

	if (kind == HUB_PODS)
		seen_pod(replicasets, key, before, after);
	else
		queue_add(replicasets->queue, key);
}

static void *start(struct hub *hub)
{
	struct replicasets *replicasets = mem_alloc(sizeof *replicasets);

	replicasets->hub = hub;
	replicasets->queue = queue_new(hub->loop, sync_set, replicasets);
	replicasets->recorder = recorder_new(hub->client, "replicaset-controller", NULL);
	return replicasets;
}

static void stop(void *self)
{
	struct replicasets *replicasets = self;
	const char *key;
	void *value;

	for (size_t at = 0; map_next(&replicasets->failures, &at, &key, &value);)
		free(value);
	map_release(&replicasets->failures);
	queue_free(replicasets->queue);
	recorder_free(replicasets->recorder);
	free(replicasets);
}

const struct controller replicasets_controller = { .name = "replicasets",
	.needs = HUB_HAS(HUB_REPLICASETS) | HUB_HAS(HUB_PODS),
	.start = start,
	.stop = stop,
	.seen = seen };
