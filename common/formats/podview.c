#include "formats/podview.h"

#include "base/clock.h"
#include "base/mem.h"
#include "formats/jvs.h"

#define NANO INT64_C(1000000000)

/* What is gathered on the way through a pod's containers. */
struct tally {
	char *reason;           /* the status to be shown */
	int64_t restarts, ready, total;
	int64_t last;           /* when a container ended that was started again: nanoseconds; 0: none */
	bool initializing;
};

static void tally_release(struct tally *tally)
{
	free(tally->reason);
}

/* Takes reason. */
static void set_reason(struct tally *tally, char *reason)
{
	free(tally->reason);
	tally->reason = reason;
}

static char *text_or(jv value, const char *path, const char *otherwise)
{
	char *text = jvs_get_text(value, path);

	if (text && *text)
		return text;
	free(text);
	return mem_dup(otherwise);
}

/* "5m" since a time; takes and frees it, NULL and what is none give <unknown>. */
static char *age_of(char *time, int64_t now)
{
	scoped_free char *text = time;
	int64_t then;

	if (!text || clock_parse(text, &then, NULL) < 0)
		return mem_dup("<unknown>");
	return clock_age(now - then / NANO);
}

static bool has_condition(jv pod, const char *type)
{
	scoped(jv) jv conditions = jvs_get(pod, "status.conditions");

	for (int i = 0; i < jvs_len(conditions); i++) {
		scoped(jv) jv condition = jvs_item(conditions, i);

		if (jvs_get_is(condition, "type", type))
			return jvs_get_is(condition, "status", "True");
	}
	return false;
}

static bool is_gated(jv pod)
{
	scoped(jv) jv conditions = jvs_get(pod, "status.conditions");

	for (int i = 0; i < jvs_len(conditions); i++) {
		scoped(jv) jv condition = jvs_item(conditions, i);

		if (jvs_get_is(condition, "type", "PodScheduled") && jvs_get_is(condition, "reason", "SchedulingGated"))
			return true;
	}
	return false;
}

/* An init container that goes on beside the others, by its name. */
static bool is_sidecar(jv pod, jv status)
{
	scoped(jv) jv containers = jvs_get(pod, "spec.initContainers");
	scoped_free char *name = text_or(status, "name", "");

	for (int i = 0; i < jvs_len(containers); i++) {
		scoped(jv) jv container = jvs_item(containers, i);

		if (jvs_get_is(container, "name", name))
			return jvs_get_is(container, "restartPolicy", "Always");
	}
	return false;
}

static int64_t count_containers(jv pod)
{
	scoped(jv) jv containers = jvs_get(pod, "spec.containers"), inits = jvs_get(pod, "spec.initContainers");
	int64_t count = jvs_len(containers);

	for (int i = 0; i < jvs_len(inits); i++) {
		scoped(jv) jv init = jvs_item(inits, i);

		count += jvs_get_is(init, "restartPolicy", "Always");
	}
	return count;
}

static void count_restarts(struct tally *tally, jv status)
{
	scoped_free char *ended = jvs_get_text(status, "lastState.terminated.finishedAt");
	int64_t then;

	tally->restarts += jvs_get_int(status, "restartCount", 0);
	if (ended && clock_parse(ended, &then, NULL) == 0 && then > tally->last)
		tally->last = then;
}

/* "Error", "Signal:9", "ExitCode:1". */
static char *end_reason(jv terminated)
{
	char *reason = text_or(terminated, "reason", "");
	int64_t signal = jvs_get_int(terminated, "signal", 0);

	if (*reason)
		return reason;
	free(reason);
	if (signal)
		return mem_printf("Signal:%d", (int)signal);
	return mem_printf("ExitCode:%d", (int)jvs_get_int(terminated, "exitCode", 0));
}

/* The index-th init container is not through: why. */
static void set_init_reason(struct tally *tally, jv pod, jv status, int index)
{
	scoped(jv) jv terminated = jvs_get(status, "state.terminated"), inits = jvs_get(pod, "spec.initContainers");
	scoped_free char *waiting = text_or(status, "state.waiting.reason", "PodInitializing");
	scoped_free char *ended = NULL;

	if (jvs_is(terminated, JV_KIND_OBJECT)) {
		ended = end_reason(terminated);
		set_reason(tally, mem_printf("Init:%s", ended));
	} else if (strcmp(waiting, "PodInitializing") != 0) {
		set_reason(tally, mem_printf("Init:%s", waiting));
	} else {
		set_reason(tally, mem_printf("Init:%d/%d", index, jvs_len(inits)));
	}
}

/* Init containers up to the first that is not through. sidecars gets the restarts of those that go on. */
static void tally_inits(struct tally *tally, struct tally *sidecars, jv pod)
{
	scoped(jv) jv statuses = jvs_get(pod, "status.initContainerStatuses");

	for (int i = 0; i < jvs_len(statuses); i++) {
		scoped(jv) jv status = jvs_item(statuses, i), terminated = jvs_get(status, "state.terminated");
		bool sidecar = is_sidecar(pod, status);

		count_restarts(tally, status);
		if (sidecar)
			count_restarts(sidecars, status);
		if (jvs_is(terminated, JV_KIND_OBJECT) && jvs_get_int(terminated, "exitCode", 0) == 0)
			continue;
		if (sidecar && jvs_get_bool(status, "started", false)) {
			tally->ready += jvs_get_bool(status, "ready", false);
			continue;
		}
		set_init_reason(tally, pod, status, i);
		tally->initializing = true;
		return;
	}
}

/* One of the pod's containers; failed gets the reason of one that ended badly. True: it is running and ready. */
static bool tally_container(struct tally *tally, jv status, char **failed)
{
	scoped(jv) jv terminated = jvs_get(status, "state.terminated"), running = jvs_get(status, "state.running");
	scoped_free char *waiting = text_or(status, "state.waiting.reason", "");

	count_restarts(tally, status);
	if (*waiting) {
		set_reason(tally, steal(waiting));
	} else if (jvs_is(terminated, JV_KIND_OBJECT)) {
		set_reason(tally, end_reason(terminated));
		if (jvs_get_int(terminated, "exitCode", 0)) {
			free(*failed);
			*failed = mem_dup(tally->reason);
		}
	} else if (jvs_get_bool(status, "ready", false) && jvs_is(running, JV_KIND_OBJECT)) {
		tally->ready++;
		return true;
	}
	return false;
}

/* The pod's containers, the last first: the first one's reason is what is shown. */
static void tally_containers(struct tally *tally, jv pod)
{
	scoped(jv) jv statuses = jvs_get(pod, "status.containerStatuses");
	scoped_free char *failed = NULL;
	bool running = false;

	for (int i = jvs_len(statuses) - 1; i >= 0; i--) {
		scoped(jv) jv status = jvs_item(statuses, i);

		running |= tally_container(tally, status, &failed);
	}
	if (strcmp(tally->reason, "Completed") != 0)
		return;
	if (running && has_condition(pod, "Ready"))
		set_reason(tally, mem_dup("Running"));
	else if (failed)
		set_reason(tally, steal(failed));
	else if (running)
		set_reason(tally, mem_dup("NotReady"));
}

static void tally_pod(struct tally *tally, jv pod)
{
	scoped_free char *deleted = jvs_get_text(pod, "metadata.deletionTimestamp");
	scoped_free char *phase = text_or(pod, "status.phase", "");
	struct tally sidecars = { 0 };

	tally->total = count_containers(pod);
	tally->reason = text_or(pod, "status.reason", phase);
	if (is_gated(pod))
		set_reason(tally, mem_dup("SchedulingGated"));
	tally_inits(tally, &sidecars, pod);
	if (!tally->initializing || has_condition(pod, "Initialized")) {
		tally->restarts = sidecars.restarts;
		tally->last = sidecars.last;
		tally_containers(tally, pod);
	}
	if (!deleted)
		return;
	if (jvs_get_is(pod, "status.reason", "NodeLost"))
		set_reason(tally, mem_dup("Unknown"));
	else if (strcmp(phase, "Succeeded") != 0 && strcmp(phase, "Failed") != 0)
		set_reason(tally, mem_dup("Terminating"));
}

static char *show_gates(jv pod)
{
	scoped(jv) jv gates = jvs_get(pod, "spec.readinessGates");
	int open = 0;

	if (!jvs_len(gates))
		return mem_dup("<none>");
	for (int i = 0; i < jvs_len(gates); i++) {
		scoped(jv) jv gate = jvs_item(gates, i);
		scoped_free char *type = text_or(gate, "conditionType", "");

		open += has_condition(pod, type);
	}
	return mem_printf("%d/%d", open, jvs_len(gates));
}

static char *show_ip(jv pod)
{
	scoped(jv) jv all = jvs_get(pod, "status.podIPs"), first = jvs_item(all, 0);
	scoped_free char *only = text_or(pod, "status.podIP", "<none>");

	return text_or(first, "ip", only);
}

void podview_init(struct podview *view, jv pod, int64_t now)
{
	scoped(tally) struct tally tally = { 0 };

	tally_pod(&tally, pod);
	*view = (struct podview){
		.ready = mem_printf("%d/%d", (int)tally.ready, (int)tally.total),
		.status = steal(tally.reason),
		.age = age_of(jvs_get_text(pod, "metadata.creationTimestamp"), now),
		.ip = show_ip(pod),
		.node = text_or(pod, "spec.nodeName", "<none>"),
		.nominated_node = text_or(pod, "status.nominatedNodeName", "<none>"),
		.readiness_gates = show_gates(pod),
		.restart_count = tally.restarts,
	};
	if (tally.restarts && tally.last) {
		scoped_free char *age = clock_age(now - tally.last / NANO);

		view->restarts = mem_printf("%d (%s ago)", (int)tally.restarts, age);
	} else {
		view->restarts = mem_printf("%d", (int)tally.restarts);
	}
}

void podview_release(struct podview *view)
{
	free(view->ready);
	free(view->status);
	free(view->restarts);
	free(view->age);
	free(view->ip);
	free(view->node);
	free(view->nominated_node);
	free(view->readiness_gates);
	*view = (struct podview){ 0 };
}
