#include "formats/podview.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "formats/jvs.h"

#define NS_PER_S INT64_C(1000000000)

/* What is told of a pod while its containers are gone through. */
struct tally {
	char *status;
	int64_t restarts;
	int64_t restarted;      /* seconds; 0: never */
	int ready;
};

static void tell(struct tally *tally, char *taken)
{
	free(tally->status);
	tally->status = taken;
}

static bool has(jv object, const char *path)
{
	scoped(jv) jv value = jvs_get(object, path);

	return !jvs_is(value, JV_KIND_NULL);
}

/* Seconds since 1970; 0 where there is no time. */
static int64_t time_at(jv object, const char *path)
{
	scoped_free char *text = jvs_get_text(object, path);
	int64_t ns;

	return text && clock_parse(text, &ns, NULL) == 0 ? ns / NS_PER_S : 0;
}

/* NULL where it is not there or empty; the caller frees. */
static char *text_at(jv object, const char *path)
{
	char *text = jvs_get_text(object, path);

	if (text && *text)
		return text;
	free(text);
	return NULL;
}

static char *or_none(char *taken)
{
	return taken ? taken : mem_dup("<none>");
}

static bool condition_is_true(jv pod, const char *type)
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

/* An init container that goes on beside the others. */
static bool is_sidecar(jv init_containers, const char *name)
{
	for (int i = 0; i < jvs_len(init_containers); i++) {
		scoped(jv) jv container = jvs_item(init_containers, i);

		if (jvs_get_is(container, "name", name))
			return jvs_get_is(container, "restartPolicy", "Always");
	}
	return false;
}

static void count_restarts(struct tally *tally, jv status)
{
	int64_t finished = time_at(status, "lastState.terminated.finishedAt");

	tally->restarts += jvs_get_int(status, "restartCount", 0);
	if (finished > tally->restarted)
		tally->restarted = finished;
}

/* "Error", else "Signal:9", else "ExitCode:1". The caller frees. */
static char *how_it_ended(jv status)
{
	char *reason = text_at(status, "state.terminated.reason");
	int signal = (int)jvs_get_int(status, "state.terminated.signal", 0);

	if (reason)
		return reason;
	return signal ? mem_printf("Signal:%d", signal) :
			mem_printf("ExitCode:%d", (int)jvs_get_int(status, "state.terminated.exitCode", 0));
}

/* Goes through the init containers up to the first that is not done. True: that one holds the pod up. */
static bool tell_init(struct tally *tally, struct tally *sidecars, jv pod)
{
	scoped(jv) jv specs = jvs_get(pod, "spec.initContainers"), statuses = jvs_get(pod, "status.initContainerStatuses");

	for (int i = 0; i < jvs_len(statuses); i++) {
		scoped(jv) jv status = jvs_item(statuses, i);
		scoped_free char *name = jvs_get_text(status, "name"), *waiting = text_at(status, "state.waiting.reason");
		bool sidecar = is_sidecar(specs, name ? name : ""), ended = has(status, "state.terminated");
		scoped_free char *end = ended ? how_it_ended(status) : NULL;

		count_restarts(tally, status);
		if (sidecar)
			count_restarts(sidecars, status);
		if (ended && jvs_get_int(status, "state.terminated.exitCode", 0) == 0)
			continue;
		if (sidecar && jvs_get_bool(status, "started", false)) {
			sidecars->ready += jvs_get_bool(status, "ready", false);
			continue;
		}
		if (ended)
			tell(tally, mem_printf("Init:%s", end));
		else if (waiting && strcmp(waiting, "PodInitializing") != 0)
			tell(tally, mem_printf("Init:%s", waiting));
		else
			tell(tally, mem_printf("Init:%d/%d", i, jvs_len(specs)));
		return true;
	}
	return false;
}

static void tell_containers(struct tally *tally, jv pod)
{
	scoped(jv) jv statuses = jvs_get(pod, "status.containerStatuses");
	bool running = false;

	for (int i = jvs_len(statuses) - 1; i >= 0; i--) {
		scoped(jv) jv status = jvs_item(statuses, i);
		char *waiting = text_at(status, "state.waiting.reason");

		count_restarts(tally, status);
		if (waiting) {
			tell(tally, waiting);
		} else if (has(status, "state.terminated")) {
			tell(tally, how_it_ended(status));
		} else if (jvs_get_bool(status, "ready", false) && has(status, "state.running")) {
			running = true;
			tally->ready++;
		}
	}
	/* One that is done does not make the pod done while another runs. */
	if (running && strcmp(tally->status, "Completed") == 0)
		tell(tally, mem_dup(condition_is_true(pod, "Ready") ? "Running" : "NotReady"));
}

static void tell_deletion(struct tally *tally, jv pod)
{
	if (!has(pod, "metadata.deletionTimestamp"))
		return;
	if (jvs_get_is(pod, "status.reason", "NodeLost"))
		tell(tally, mem_dup("Unknown"));
	else if (!jvs_get_is(pod, "status.phase", "Succeeded") && !jvs_get_is(pod, "status.phase", "Failed"))
		tell(tally, mem_dup("Terminating"));
}

static int count_expected(jv pod)
{
	scoped(jv) jv containers = jvs_get(pod, "spec.containers"), inits = jvs_get(pod, "spec.initContainers");
	int count = jvs_len(containers);

	for (int i = 0; i < jvs_len(inits); i++) {
		scoped(jv) jv container = jvs_item(inits, i);

		count += jvs_get_is(container, "restartPolicy", "Always");
	}
	return count;
}

static char *gates(jv pod)
{
	scoped(jv) jv gates = jvs_get(pod, "spec.readinessGates");
	int open = 0;

	for (int i = 0; i < jvs_len(gates); i++) {
		scoped(jv) jv gate = jvs_item(gates, i), type = jvs_at(gate, "conditionType");

		open += condition_is_true(pod, jvs_text(type));
	}
	return jvs_len(gates) ? mem_printf("%d/%d", open, jvs_len(gates)) : NULL;
}

static char *first_ip(jv pod)
{
	scoped(jv) jv ips = jvs_get(pod, "status.podIPs"), first = jvs_len(ips) ? jvs_item(ips, 0) : jv_null();

	return text_at(first, "ip");
}

static char *restarts_text(const struct tally *tally, int64_t now)
{
	scoped_free char *ago = tally->restarted ? clock_age(now - tally->restarted) : NULL;

	return tally->restarts && ago ? mem_printf("%d (%s ago)", (int)tally->restarts, ago) :
					mem_printf("%d", (int)tally->restarts);
}

void podview_init(struct podview *view, jv pod, int64_t now)
{
	struct tally tally = { .status = text_at(pod, "status.reason") }, sidecars = { 0 };
	int64_t created = time_at(pod, "metadata.creationTimestamp");
	bool initializing;

	if (!tally.status)
		tally.status = jvs_get_text(pod, "status.phase");
	if (is_gated(pod) || !tally.status)
		tell(&tally, mem_dup(is_gated(pod) ? "SchedulingGated" : ""));
	initializing = tell_init(&tally, &sidecars, pod);
	tally.ready = sidecars.ready;
	if (!initializing || condition_is_true(pod, "Initialized")) {
		tally.restarts = sidecars.restarts;
		tally.restarted = sidecars.restarted;
		tell_containers(&tally, pod);
	}
	tell_deletion(&tally, pod);
	*view = (struct podview){
		.ready = mem_printf("%d/%d", tally.ready, count_expected(pod)),
		.restarts = restarts_text(&tally, now),
		.age = created ? clock_age(now - created) : mem_dup("<unknown>"),
		.ip = or_none(first_ip(pod)),
		.node = or_none(text_at(pod, "spec.nodeName")),
		.nominated_node = or_none(text_at(pod, "status.nominatedNodeName")),
		.readiness_gates = or_none(gates(pod)),
		.restart_count = tally.restarts,
		.status = tally.status,
	};
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
