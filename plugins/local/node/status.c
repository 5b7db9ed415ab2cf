#include "node/status.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "node/agent.h"
#include "node/pod.h"
#include "node/slot.h"

#define NS_PER_S 1000000000
#define LOST_EXIT_CODE 137      /* nobody knows how it ended */

static jv time_of(int64_t ns)
{
	scoped_free char *text = clock_format(ns / NS_PER_S);

	return jv_string(text);
}

static jv text_of(const char *text)
{
	return jv_string(text ? text : "");
}

static jv find_named(jv list, const char *key, const char *name)
{
	for (int i = 0; i < jvs_len(list); i++) {
		jv item = jvs_item(list, i);

		if (jvs_get_is(item, key, name))
			return item;
		jv_free(item);
	}
	return jv_null();
}

jv status_of_container(jv status, const char *name, bool init)
{
	scoped(jv) jv list = jvs_at(status, init ? "initContainerStatuses" : "containerStatuses");

	return find_named(list, "name", name);
}

static bool has(jv object, const char *path)
{
	scoped(jv) jv value = jvs_get(object, path);

	return jvs_is(value, JV_KIND_OBJECT);
}

bool status_was_there(jv container_status)
{
	scoped(jv) jv id = jvs_at(container_status, "containerID");

	return *jvs_text(id) || has(container_status, "state.running") || has(container_status, "state.terminated");
}

/* States of a container. */

static jv waiting(const char *reason, const char *message)
{
	jv state = jvs_object("reason", jv_string(reason), NULL);

	if (message)
		jvs_put(&state, "message", jv_string(message));
	return jvs_object("waiting", state, NULL);
}

static char *container_id(const struct pod *pod, const struct box *box)
{
	const char *version = pod->agent->runtime->version, *end = strstr(version, "://");

	return mem_printf("%.*s://%s", end ? (int)(end - version) : 0, version, box->id);
}

static const char *end_reason(const struct box *box)
{
	return box->reason ? box->reason : box->exit_code == 0 ? "Completed" : "Error";
}

static jv terminated(const struct pod *pod, const struct box *box)
{
	scoped_free char *id = container_id(pod, box);
	jv state = jvs_object("exitCode", jv_number(box->exit_code), "reason", jv_string(end_reason(box)), NULL);

	if (box->message)
		jvs_put(&state, "message", jv_string(box->message));
	jvs_put(&state, "startedAt", time_of(box->started_ns));
	jvs_put(&state, "finishedAt", time_of(box->finished_ns));
	jvs_put(&state, "containerID", jv_string(id));
	return jvs_object("terminated", state, NULL);
}

/* The end of a container that nobody saw end. */
static jv lost(const char *when)
{
	scoped_free char *message = mem_printf("The container could not be located when the pod was %s", when);

	return jvs_object("terminated",
		jvs_object("exitCode", jv_number(LOST_EXIT_CODE), "reason", jv_string("ContainerStatusUnknown"),
			"message", jv_string(message), "startedAt", jv_null(), "finishedAt", jv_null(), NULL),
		NULL);
}

/* The state that old tells of a container which is not there any more. */
static jv end_of_lost(jv old)
{
	scoped(jv) jv end = jvs_get(old, "state.terminated");

	if (jvs_is(end, JV_KIND_OBJECT))
		return jvs_object("terminated", jv_copy(end), NULL);
	if (has(old, "state.waiting") && has(old, "lastState.terminated"))
		return jvs_get(old, "lastState");
	return lost("deleted.  The container used to be Running");
}

static const char *wait_reason(const struct slot *slot)
{
	if (slot->reason)
		return slot->reason;
	return slot->pod->slots[0].init ? "PodInitializing" : "ContainerCreating";
}

/* What runs or has ended, and what ran before it: boxes that are made and not started do not count beside an older one.
 */
struct ends {
	const struct box *now, *before;
	bool waits;             /* one is made and not started */
};

static struct ends look_at_boxes(const struct slot *slot)
{
	struct ends ends = { 0 };
	unsigned back = 0;
	const struct box *newest = slot_box(slot, 0);

	if (newest && newest->state == BOX_CREATED) {
		ends.waits = true;
		back = 1;
	}
	ends.now = slot_box(slot, back);
	ends.before = slot_box(slot, back + 1);
	if (ends.before && ends.before->state != BOX_EXITED)
		ends.before = NULL;
	return ends;
}

/* lastState of one whose box before is not there: as it was told before, if that was of the same container. */
static jv old_last_state(const struct pod *pod, jv old, const struct box *now)
{
	scoped_free char *id = container_id(pod, now);
	scoped(jv) jv last = jvs_at(old, "lastState");

	if (jvs_get_is(old, "containerID", id))
		return jvs_is(last, JV_KIND_OBJECT) ? jv_copy(last) : jv_object();
	return status_was_there(old) && jvs_get_int(old, "restartCount", 0) < now->attempt ? end_of_lost(old) :
											    jv_object();
}

static void put_states(const struct slot *slot, jv *status, jv old, const struct ends *ends, bool ended)
{
	const struct pod *pod = slot->pod;
	const struct slot_view view = slot_look(slot);
	jv state, last = ends->before ? terminated(pod, ends->before) :
		       ends->now      ? old_last_state(pod, old, ends->now) :
					jv_object();

	if (!ends->now && status_was_there(old)) {
		jv_free(last);
		last = end_of_lost(old);
		state = slot_is_done(slot, &view) || ended ? jv_copy(last) : waiting(wait_reason(slot), slot->message);
		if (jvs_equal(state, last)) {
			jv_free(last);
			last = jv_object();
		}
	} else if (!ends->now) {
		state = ended ? lost("terminated") : waiting(wait_reason(slot), slot->message);
	} else if (ends->now->state == BOX_RUNNING) {
		state = jvs_object("running", jvs_object("startedAt", time_of(ends->now->started_ns), NULL), NULL);
	} else if (slot->reason && !ended && !slot_is_done(slot, &view)) {
		state = waiting(slot->reason, slot->message);
		jv_free(last);
		last = terminated(pod, ends->now);
	} else {
		state = terminated(pod, ends->now);
	}
	jvs_put(status, "state", state);
	jvs_put(status, "lastState", last);
}

static void put_mounts(jv *status, jv container)
{
	scoped(jv) jv mounts = jvs_at(container, "volumeMounts");
	jv told = jv_array();

	for (int i = 0; i < jvs_len(mounts); i++) {
		scoped(jv) jv mount = jvs_item(mounts, i);
		jv entry = jvs_object("name", jvs_at(mount, "name"), "mountPath", jvs_at(mount, "mountPath"), NULL);

		if (jvs_get_bool(mount, "readOnly", false)) {
			jvs_put(&entry, "readOnly", jv_true());
			jvs_put(&entry, "recursiveReadOnly", jv_string("Disabled"));
		}
		told = jv_array_append(told, entry);
	}
	if (jvs_len(told))
		jvs_put(status, "volumeMounts", told);
	else
		jv_free(told);
}

static void put_resources(jv *status, jv container)
{
	scoped(jv) jv resources = jvs_at(container, "resources"), requests = jvs_at(resources, "requests");

	jvs_put(status, "resources", jvs_is(resources, JV_KIND_OBJECT) ? jv_copy(resources) : jv_object());
	if (jvs_is(requests, JV_KIND_OBJECT))
		jvs_put(status, "allocatedResources", jv_copy(requests));
}

static jv container_status(const struct slot *slot, jv before, bool ended)
{
	const struct pod *pod = slot->pod;
	scoped(jv) jv container = slot_container(slot), old = status_of_container(before, slot->name, slot->init);
	struct ends ends = look_at_boxes(slot);
	bool runs = ends.now && ends.now->state == BOX_RUNNING;
	bool ready = slot->init ? ends.now && !runs && ends.now->exit_code == 0 : runs;
	jv status = jvs_object("name", jv_string(slot->name), NULL);

	put_states(slot, &status, old, &ends, ended);
	jvs_put(&status, "ready", jv_bool(ready));
	jvs_put(&status, "restartCount",
		jv_number(ends.now ? ends.now->attempt : (double)jvs_get_int(old, "restartCount", 0)));
	if (ends.now) {
		scoped_free char *id = container_id(pod, ends.now);

		jvs_put(&status, "image", text_of(ends.now->image));
		jvs_put(&status, "imageID", text_of(ends.now->image_id));
		jvs_put(&status, "containerID", jv_string(id));
	} else {
		jvs_put(&status, "image", jvs_at(container, "image"));
		jvs_put(&status, "imageID", jv_string(""));
		if (status_was_there(old)) {
			jvs_put(&status, "containerID", jvs_at(old, "containerID"));
			jvs_put(&status, "imageID", jvs_at(old, "imageID"));
		}
	}
	jvs_put(&status, "started", jv_bool(runs));
	if (ends.now)
		put_resources(&status, container);
	put_mounts(&status, container);
	return status;
}

/* In order of their names, as the kubelet tells them; init containers stay in the order in which they run. */
static jv container_statuses(const struct pod *pod, jv before, bool init, bool ended)
{
	jv statuses = jv_array(), names = jv_array();

	for (size_t i = 0; i < pod->slot_count; i++) {
		if (pod->slots[i].init != init)
			continue;
		statuses = jv_array_append(statuses, container_status(&pod->slots[i], before, ended));
		names = jv_array_append(names, jv_string(pod->slots[i].name));
	}
	if (init) {
		jv_free(names);
		return statuses;
	}
	return jv_sort(statuses, names);
}

/* Phase. */

struct counts {
	unsigned waiting, running, stopped, succeeded;
	unsigned init_pending, init_failed;
};

static void count_init(struct counts *counts, jv pod, jv status)
{
	scoped(jv) jv code = jvs_get(status, "state.terminated.exitCode");
	bool known = jvs_is(code, JV_KIND_NUMBER);

	if (known && jv_number_value(code) == 0)
		return;
	if (known && jvs_get_is(pod, "spec.restartPolicy", "Never"))
		counts->init_failed++;
	else
		counts->init_pending++;
}

static void count_app(struct counts *counts, jv status)
{
	if (has(status, "state.running")) {
		counts->running++;
	} else if (has(status, "state.terminated")) {
		counts->stopped++;
		counts->succeeded += jvs_get_int(status, "state.terminated.exitCode", 1) == 0;
	} else if (has(status, "lastState.terminated")) {
		counts->stopped++;
	} else {
		counts->waiting++;
	}
}

static struct counts count(jv pod, jv init_statuses, jv statuses)
{
	struct counts counts = { 0 };

	for (int i = 0; i < jvs_len(init_statuses); i++) {
		scoped(jv) jv status = jvs_item(init_statuses, i);

		count_init(&counts, pod, status);
	}
	for (int i = 0; i < jvs_len(statuses); i++) {
		scoped(jv) jv status = jvs_item(statuses, i);

		count_app(&counts, status);
	}
	return counts;
}

static const char *phase_of(jv pod, const struct counts *counts, bool ended)
{
	bool started = counts->running || counts->stopped;

	if (counts->init_failed || (ended && counts->init_pending && !started))
		return "Failed";
	if ((counts->init_pending && !started) || counts->waiting)
		return ended ? "Failed" : "Pending";
	if (counts->running)
		return "Running";
	if (!ended && jvs_get_is(pod, "spec.restartPolicy", "Always"))
		return "Running";
	if (counts->stopped == counts->succeeded)
		return "Succeeded";
	return ended || jvs_get_is(pod, "spec.restartPolicy", "Never") ? "Failed" : "Running";
}

/* Conditions. */

static jv condition(const char *type, bool good, const char *reason, const char *message)
{
	jv made = jvs_object("type", jv_string(type), "status", jv_string(good ? "True" : "False"), NULL);

	if (reason)
		jvs_put(&made, "reason", jv_string(reason));
	if (message)
		jvs_put(&made, "message", jv_string(message));
	return made;
}

/* The names of those that are not ready: "[a b]"; NULL: all are. The caller frees. */
static char *unready(jv statuses)
{
	struct buf names = { 0 };

	for (int i = 0; i < jvs_len(statuses); i++) {
		scoped(jv) jv status = jvs_item(statuses, i);
		scoped(jv) jv name = jvs_at(status, "name");

		if (!jvs_get_bool(status, "ready", false))
			buf_printf(&names, "%s%s", names.len ? " " : "[", jvs_text(name));
	}
	if (!names.len)
		return NULL;
	buf_add_char(&names, ']');
	return buf_steal(&names);
}

static jv initialized(jv init_statuses, const struct counts *counts, const char *phase)
{
	scoped_free char *names = unready(init_statuses), *message = NULL;

	if (strcmp(phase, "Succeeded") == 0)
		return condition("Initialized", true, "PodCompleted", NULL);
	if (!names || counts->running || counts->stopped)
		return condition("Initialized", true, NULL, NULL);
	message = mem_printf("containers with incomplete status: %s", names);
	return condition("Initialized", false, "ContainersNotInitialized", message);
}

static jv containers_ready(const char *type, jv statuses, const char *phase)
{
	scoped_free char *names = unready(statuses), *message = NULL;

	if (strcmp(phase, "Succeeded") == 0)
		return condition(type, false, "PodCompleted", NULL);
	if (strcmp(phase, "Failed") == 0)
		return condition(type, false, "PodFailed", NULL);
	if (!names)
		return condition(type, true, NULL, NULL);
	message = mem_printf("containers with unready status: %s", names);
	return condition(type, false, "ContainersNotReady", message);
}

/* Ready asks for the pod's own gates too, which others fill in. */
static jv ready(jv pod, jv statuses, const char *phase, jv foreign)
{
	jv made = containers_ready("Ready", statuses, phase);
	scoped(jv) jv gates = jvs_get(pod, "spec.readinessGates");

	for (int i = 0; jvs_get_is(made, "status", "True") && i < jvs_len(gates); i++) {
		scoped(jv) jv gate = jvs_item(gates, i);
		scoped_free char *type = jvs_get_text(gate, "conditionType"), *message = NULL;
		scoped(jv) jv told = find_named(foreign, "type", type ? type : "");

		if (jvs_get_is(told, "status", "True"))
			continue;
		message = mem_printf("the status of pod readiness gate \"%s\" is not \"True\", but %s", type,
			jvs_is(told, JV_KIND_OBJECT) ? "False" : "not found");
		jv_free(made);
		made = condition("Ready", false, "ReadinessGatesNotReady", message);
	}
	return made;
}

/* Since when it is so; and of which generation of the spec it speaks. */
static jv dated(jv made, jv before, int64_t generation)
{
	scoped(jv) jv type = jvs_at(made, "type"), status = jvs_at(made, "status");
	scoped(jv) jv old = find_named(before, "type", jvs_text(type));

	if (generation)
		jvs_put(&made, "observedGeneration", jv_number((double)generation));
	jvs_put(&made, "lastProbeTime", jv_null());
	if (jvs_get_is(old, "status", jvs_text(status)))
		jvs_put(&made, "lastTransitionTime", jvs_at(old, "lastTransitionTime"));
	else
		jvs_put(&made, "lastTransitionTime", time_of(clock_now_ns()));
	return made;
}

static bool sandbox_is_ready(const struct pod *pod)
{
	const struct box *sandbox = pod_sandbox(pod);

	return sandbox && sandbox->state == BOX_RUNNING;
}

struct findings {
	jv init_statuses, statuses;     /* lent */
	struct counts counts;
	const char *phase;
	bool ended;
};

static jv conditions(struct pod *pod, jv before, const struct findings *found)
{
	static const char *const own[] = { "PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady",
		"PodScheduled" };
	scoped(jv) jv old = jvs_at(before, "conditions"), foreign = jvs_get(pod->object, "status.conditions");
	int64_t generation = jvs_get_int(pod->object, "metadata.generation", 0);
	jv list = jv_array();

	list = jv_array_append(
		list, dated(condition("PodReadyToStartContainers", sandbox_is_ready(pod) && !found->ended, NULL, NULL),
			      old, generation));
	list = jv_array_append(
		list, dated(initialized(found->init_statuses, &found->counts, found->phase), old, generation));
	list = jv_array_append(
		list, dated(ready(pod->object, found->statuses, found->phase, foreign), old, generation));
	list = jv_array_append(
		list, dated(containers_ready("ContainersReady", found->statuses, found->phase), old, generation));
	list = jv_array_append(list, dated(condition("PodScheduled", true, NULL, NULL), old, generation));
	for (int i = 0; i < jvs_len(foreign); i++) {
		jv other = jvs_item(foreign, i);
		bool is_own = false;

		for (size_t j = 0; j < sizeof own / sizeof *own; j++)
			is_own = is_own || jvs_get_is(other, "type", own[j]);
		if (is_own)
			jv_free(other);
		else
			list = jv_array_append(list, other);
	}
	return list;
}

static jv ip_list(const char *ip)
{
	return jv_array_append(jv_array(), jvs_object("ip", jv_string(ip), NULL));
}

static void put_addresses(struct pod *pod, jv *status)
{
	const struct box *sandbox = pod_sandbox(pod);
	const char *ip = sandbox ? sandbox->ip : NULL;

	if (jvs_get_bool(pod->object, "spec.hostNetwork", false))
		ip = pod->agent->host_ip;
	jvs_put(status, "hostIP", jv_string(pod->agent->host_ip));
	jvs_put(status, "hostIPs", ip_list(pod->agent->host_ip));
	if (ip && sandbox && sandbox->state == BOX_RUNNING) {
		jvs_put(status, "podIP", jv_string(ip));
		jvs_put(status, "podIPs", ip_list(ip));
	}
}

jv status_make(struct pod *pod, jv before, bool ended)
{
	scoped(jv) jv init_statuses = container_statuses(pod, before, true, ended);
	scoped(jv) jv statuses = container_statuses(pod, before, false, ended);
	scoped(jv) jv start = jvs_at(before, "startTime");
	int64_t generation = jvs_get_int(pod->object, "metadata.generation", 0);
	struct findings found = { init_statuses, statuses, count(pod->object, init_statuses, statuses), NULL, ended };
	jv status = jvs_is(before, JV_KIND_OBJECT) ? jv_copy(before) : jv_object();

	/* What has ended stays so. */
	found.phase = jvs_get_is(before, "phase", "Succeeded") ? "Succeeded" :
		      jvs_get_is(before, "phase", "Failed")    ? "Failed" :
								 phase_of(pod->object, &found.counts, ended);
	if (generation)
		jvs_put(&status, "observedGeneration", jv_number((double)generation));
	jvs_put(&status, "phase", jv_string(found.phase));
	jvs_put(&status, "conditions", conditions(pod, before, &found));
	put_addresses(pod, &status);
	if (!jvs_is(start, JV_KIND_STRING))
		jvs_put(&status, "startTime", time_of(clock_now_ns()));
	if (jvs_len(init_statuses))
		jvs_put(&status, "initContainerStatuses", jv_copy(init_statuses));
	jvs_put(&status, "containerStatuses", jv_copy(statuses));
	jvs_put(&status, "resources", jv_object());
	return status;
}
