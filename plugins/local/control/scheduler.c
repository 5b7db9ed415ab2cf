/* scheduler.c: gives pods without a node one: where the fewest of the same owner are, then the fewest pods at all. */
#include <stdio.h>
#include <string.h>

#include "api/client.h"
#include "api/queue.h"
#include "api/recorder.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "control/controller.h"
#include "control/fit.h"
#include "control/work.h"
#include "formats/jvs.h"

#define NAME "default-scheduler"
#define RETRY_MS 60000 /* for what no event announces */

/* A node, and what the pods on it use. */
struct room {
	char *name;
	jv node; /* null: pods are on it, but it is not there */
	struct fit_amounts has, used;
	struct map owners; /* how many pods of which owner: struct share by uid */
};

struct share {
	size_t pods;
};

/* Which room a pod takes, from when it is decided on, before the cache shows it. */
struct seat {
	struct room *room;
	struct fit_amounts takes;
	char *owner, *uid;
};

struct scheduler {
	struct hub *hub;
	struct queue *queue;
	struct recorder *recorder;
	struct map rooms, seats; /* by node's name; by pod's key */
	struct map waiting;	 /* keys of pods that fit nowhere, to themselves */
};

static struct room *room_of(struct scheduler *scheduler, const char *name)
{
	struct room *room = map_get(&scheduler->rooms, name);

	if (room)
		return room;
	room = mem_alloc(sizeof *room);
	room->name = mem_dup(name);
	room->node = jv_null();
	map_set(&scheduler->rooms, name, room);
	return room;
}

static void room_free(struct room *room)
{
	const char *key;
	void *value;

	for (size_t at = 0; map_next(&room->owners, &at, &key, &value);)
		free(value);
	map_release(&room->owners);
	jv_free(room->node);
	free(room->name);
	free(room);
}

static void count(struct room *room, const struct seat *seat, int sign)
{
	struct share *share = seat->owner ? map_get(&room->owners, seat->owner) : NULL;

	room->used.cpu_milli += sign * seat->takes.cpu_milli;
	room->used.memory += sign * seat->takes.memory;
	room->used.storage += sign * seat->takes.storage;
	room->used.pods += sign;
	if (seat->owner && !share) {
		share = mem_alloc(sizeof *share);
		map_set(&room->owners, seat->owner, share);
	}
	if (share)
		share->pods += (size_t)sign;
	if (share && !share->pods)
		free(map_remove(&room->owners, seat->owner));
}

static void seat_free(struct seat *seat)
{
	free(seat->owner);
	free(seat->uid);
	free(seat);
}

/* False: it had none. */
static bool leave(struct scheduler *scheduler, const char *key)
{
	struct seat *seat = map_remove(&scheduler->seats, key);

	if (!seat)
		return false;
	count(seat->room, seat, -1);
	seat_free(seat);
	return true;
}

static void sit(struct scheduler *scheduler, const char *key, jv pod, struct room *room)
{
	struct seat *seat = mem_alloc(sizeof *seat);
	scoped(jv) jv owner = hub_controller_of(pod);

	leave(scheduler, key);
	*seat = (struct seat){ .room = room,
		.takes = fit_requests(pod),
		.owner = jvs_get_text(owner, "uid"),
		.uid = jvs_get_text(pod, "metadata.uid") };
	count(room, seat, 1);
	map_set(&scheduler->seats, key, seat);
}

static bool is_over(jv pod)
{
	return jvs_get_is(pod, "status.phase", "Succeeded") || jvs_get_is(pod, "status.phase", "Failed");
}

static bool is_ours_to_place(jv pod)
{
	scoped(jv) jv node = jvs_get(pod, "spec.nodeName"), gates = jvs_get(pod, "spec.schedulingGates");
	scoped(jv) jv who = jvs_get(pod, "spec.schedulerName");

	return jvs_is(pod, JV_KIND_OBJECT) && !*jvs_text(node) && !jvs_len(gates) && !hub_is_deleted(pod) &&
	       !is_over(pod) && (!*jvs_text(who) || strcmp(jvs_text(who), NAME) == 0);
}

/* Room has come up: what fitted nowhere is tried again. */
static void wake_waiting(struct scheduler *scheduler)
{
	const char *key;
	void *value;

	for (size_t at = 0; map_next(&scheduler->waiting, &at, &key, &value);)
		queue_add(scheduler->queue, key);
}

static void seen_pod(struct scheduler *scheduler, const char *key, jv after)
{
	scoped_free char *node = jvs_get_text(after, "spec.nodeName");

	if (node && *node && !is_over(after)) {
		free(map_remove(&scheduler->waiting, key));
		sit(scheduler, key, after, room_of(scheduler, node));
	} else if (is_ours_to_place(after)) {
		queue_add(scheduler->queue, key);
	} else {
		free(map_remove(&scheduler->waiting, key));
		if (leave(scheduler, key))
			wake_waiting(scheduler);
	}
}

/* Heartbeats change nothing that matters here. */
static bool matters(jv before, jv after)
{
	return !hub_text_same(before, after, "spec") || !hub_text_same(before, after, "metadata.labels") ||
	       !hub_text_same(before, after, "status.allocatable");
}

static void seen_node(struct scheduler *scheduler, const char *key, jv before, jv after)
{
	struct room *room = room_of(scheduler, key);

	jv_free(room->node);
	room->node = jv_copy(after);
	room->has = fit_allocatable(after);
	if (jvs_is(after, JV_KIND_OBJECT) && matters(before, after))
		wake_waiting(scheduler);
}

static void seen(void *self, enum hub_kind kind, const char *key, jv before, jv after)
{
	if (kind == HUB_PODS)
		seen_pod(self, key, after);
	else
		seen_node(self, key, before, after);
}

/* Why it fits nowhere. */
struct refusals {
	size_t nodes, helpless;
	struct strs reasons; /* one for each node and reason */
};

static void refusals_release(struct refusals *refusals)
{
	strs_release(&refusals->reasons);
}

static size_t same_owner(const struct room *room, const char *owner)
{
	const struct share *share = owner ? map_get(&room->owners, owner) : NULL;

	return share ? share->pods : 0;
}

static bool is_better(const struct room *room, const struct room *than, const char *owner)
{
	size_t here = same_owner(room, owner), there = than ? same_owner(than, owner) : 0;

	if (!than || here != there)
		return !than || here < there;
	if (room->used.pods != than->used.pods)
		return room->used.pods < than->used.pods;
	return strcmp(room->name, than->name) < 0;
}

static struct room *choose(struct scheduler *scheduler, jv pod, struct refusals *refusals)
{
	scoped(jv) jv controller = hub_controller_of(pod);
	scoped_free char *owner = jvs_get_text(controller, "uid");
	struct fit_amounts wants = fit_requests(pod);
	struct room *best = NULL;
	const char *name;
	void *value;

	for (size_t at = 0; map_next(&scheduler->rooms, &at, &name, &value);) {
		struct room *room = value;
		bool helpless;

		if (!jvs_is(room->node, JV_KIND_OBJECT))
			continue;
		refusals->nodes++;
		if (!fit_check(pod, &wants, room->node, &room->has, &room->used, &refusals->reasons, &helpless))
			refusals->helpless += helpless;
		else if (is_better(room, best, owner))
			best = room;
	}
	return best;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "2 node(s) were unschedulable, 1 Insufficient cpu" in the order of the alphabet. */
static void add_reasons(struct buf *text, struct strs *reasons)
{
	scoped(strs) struct strs counted = { 0 };
	scoped_free char *joined = NULL;

	if (reasons->len)
		qsort(reasons->at, reasons->len, sizeof *reasons->at, by_text);
	for (size_t i = 0, n; i < reasons->len; i += n) {
		for (n = 1; i + n < reasons->len && strcmp(reasons->at[i], reasons->at[i + n]) == 0; n++)
			;
		strs_printf(&counted, "%zu %s", n, reasons->at[i]);
	}
	if (counted.len)
		qsort(counted.at, counted.len, sizeof *counted.at, by_text);
	joined = strs_join(&counted, ", ");
	buf_add_text(text, joined);
}

static void describe(struct refusals *refusals, struct buf *text)
{
	size_t hopeful = refusals->nodes - refusals->helpless;

	if (!refusals->nodes) {
		buf_add_text(text, "no nodes available to schedule pods");
		return;
	}
	buf_printf(text, "0/%zu nodes are available: ", refusals->nodes);
	add_reasons(text, &refusals->reasons);
	buf_printf(text, ". no new claims to deallocate, preemption: 0/%zu nodes are available: ", refusals->nodes);
	if (hopeful)
		buf_printf(text, "%zu No preemption victims found for incoming pod%s", hopeful,
			refusals->helpless ? ", " : ".");
	if (refusals->helpless)
		buf_printf(text, "%zu Preemption is not helpful for scheduling.", refusals->helpless);
}

static jv condition(jv pod, const char *message)
{
	scoped(jv) jv generation = jvs_get(pod, "metadata.generation");
	scoped_free char *now = clock_format_now();
	jv condition = jvs_object("type", jv_string("PodScheduled"), "status", jv_string("False"), "reason",
		jv_string("Unschedulable"), "message", jv_string(message), "lastProbeTime", jv_null(),
		"lastTransitionTime", jv_string(now), NULL);

	if (jvs_is(generation, JV_KIND_NUMBER))
		jvs_put(&condition, "observedGeneration", jv_copy(generation));
	return condition;
}

static bool says_so_already(jv pod, const char *message)
{
	scoped(jv) jv conditions = jvs_get(pod, "status.conditions");

	for (int i = 0; i < jvs_len(conditions); i++) {
		scoped(jv) jv one = jvs_item(conditions, i);

		if (jvs_get_is(one, "type", "PodScheduled"))
			return jvs_get_is(one, "status", "False") && jvs_get_is(one, "message", message);
	}
	return false;
}

static void refuse(struct scheduler *scheduler, struct work *work, jv pod, const char *message)
{
	scoped_free char *ns = key_ns(work_key(work));
	struct about about = { "v1", "Pod", pod, NULL };
	struct call call = { .method = "PATCH",
		.patch = "strategic",
		.target = { .ns = ns, .name = key_name(work_key(work)), .subresource = "status" } };

	free(map_set(&scheduler->waiting, work_key(work), mem_dup("")));
	queue_add_after(scheduler->queue, work_key(work), RETRY_MS);
	if (says_so_already(pod, message))
		return;
	recorder_tell_action(scheduler->recorder, &about, "Warning", "FailedScheduling", "Scheduling", "%s", message);
	call.body = jvs_object("status", jvs_object("conditions", JV_ARRAY(condition(pod, message)), NULL), NULL);
	work_call(work, HUB_PODS, &call, NULL, NULL);
}

/* A binding under way. */
struct binding {
	struct scheduler *scheduler;
	char *key, *node;
	jv pod;
};

static void bound(void *arg, jv object, const struct err *err)
{
	struct binding *binding = arg;
	struct scheduler *scheduler = binding->scheduler;
	scoped_free char *ns = key_ns(binding->key);
	struct about about = { "v1", "Pod", binding->pod, NULL };

	(void)object;
	if (err->class)
		leave(scheduler, binding->key);
	else
		recorder_tell_action(scheduler->recorder, &about, "Normal", "Scheduled", "Binding",
			"Successfully assigned %s/%s to %s", ns, key_name(binding->key), binding->node);
	jv_free(binding->pod);
	free(binding->key);
	free(binding->node);
	free(binding);
}

static void bind_to(struct scheduler *scheduler, struct work *work, jv pod, struct room *room)
{
	scoped_free char *ns = key_ns(work_key(work));
	const char *name = key_name(work_key(work));
	struct binding *binding = mem_alloc(sizeof *binding);
	struct call call = { .method = "POST", .target = { .ns = ns, .name = name, .subresource = "binding" } };

	*binding = (struct binding){
		.scheduler = scheduler, .key = mem_dup(work_key(work)), .node = mem_dup(room->name), .pod = jv_copy(pod)
	};
	free(map_remove(&scheduler->waiting, work_key(work)));
	sit(scheduler, work_key(work), pod, room);
	call.body = jvs_object("apiVersion", jv_string("v1"), "kind", jv_string("Binding"), "metadata",
		jvs_object(
			"name", jv_string(name), "namespace", jv_string(ns), "uid", jvs_get(pod, "metadata.uid"), NULL),
		"target", jvs_object("kind", jv_string("Node"), "name", jv_string(room->name), NULL), NULL);
	work_call(work, HUB_PODS, &call, bound, binding);
}

static bool is_seated(const struct scheduler *scheduler, const char *key, jv pod)
{
	const struct seat *seat = map_get(&scheduler->seats, key);

	return seat && seat->uid && jvs_get_is(pod, "metadata.uid", seat->uid);
}

static void sync_pod(void *arg, const char *key)
{
	struct scheduler *scheduler = arg;
	struct work *work = work_begin(scheduler->hub, scheduler->queue, key);
	scoped(jv) jv pod = hub_get(scheduler->hub, HUB_PODS, key);

	if (is_ours_to_place(pod) && !is_seated(scheduler, key, pod)) {
		scoped(refusals) struct refusals refusals = { 0 };
		scoped(buf) struct buf message = { 0 };
		struct room *room = choose(scheduler, pod, &refusals);

		if (room) {
			bind_to(scheduler, work, pod, room);
		} else {
			describe(&refusals, &message);
			refuse(scheduler, work, pod, buf_text(&message));
		}
	}
	work_end(work);
}

static void *start(struct hub *hub)
{
	struct scheduler *scheduler = mem_alloc(sizeof *scheduler);

	scheduler->hub = hub;
	scheduler->queue = queue_new(hub->loop, sync_pod, scheduler);
	scheduler->recorder = recorder_new(hub->client, NAME, NULL);
	return scheduler;
}

static void stop(void *self)
{
	struct scheduler *scheduler = self;
	const char *key;
	void *value;

	for (size_t at = 0; map_next(&scheduler->seats, &at, &key, &value);)
		seat_free(value);
	for (size_t at = 0; map_next(&scheduler->rooms, &at, &key, &value);)
		room_free(value);
	for (size_t at = 0; map_next(&scheduler->waiting, &at, &key, &value);)
		free(value);
	map_release(&scheduler->seats);
	map_release(&scheduler->rooms);
	map_release(&scheduler->waiting);
	queue_free(scheduler->queue);
	recorder_free(scheduler->recorder);
	free(scheduler);
}

const struct controller scheduler_controller = {
	.name = "scheduler", .needs = HUB_HAS(HUB_PODS) | HUB_HAS(HUB_NODES), .start = start, .stop = stop, .seen = seen
};
