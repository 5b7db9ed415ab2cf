#include "control/rank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "control/hub.h"
#include "formats/jvs.h"

static int64_t time_of(jv object, const char *path)
{
	scoped_free char *text = jvs_get_text(object, path);
	int64_t ns = 0;

	return text && clock_parse(text, &ns, NULL) == 0 ? ns : 0;
}

static int phase_of(jv pod)
{
	return jvs_get_is(pod, "status.phase", "Running") ? 2 : jvs_get_is(pod, "status.phase", "Unknown") ? 1 : 0;
}

static int64_t most_restarts(jv pod)
{
	scoped(jv) jv statuses = jvs_get(pod, "status.containerStatuses");
	int64_t most = 0;

	for (int i = 0; i < jvs_len(statuses); i++) {
		scoped(jv) jv one = jvs_item(statuses, i);
		int64_t count = jvs_get_int(one, "restartCount", 0);

		most = count > most ? count : most;
	}
	return most;
}

static int64_t cost_of(jv pod)
{
	scoped(jv) jv annotations = jvs_get(pod, "metadata.annotations");
	scoped(jv) jv cost = jvs_at(annotations, "controller.kubernetes.io/pod-deletion-cost");

	return strtoll(jvs_text(cost), NULL, 10);
}

void rank_init(struct rank_pod *ranked, jv pod, size_t beside)
{
	scoped(jv) jv ready = hub_condition(pod, "Ready"), node = jvs_get(pod, "spec.nodeName");

	*ranked = (struct rank_pod){ .pod = pod,
		.beside = beside,
		.phase = phase_of(pod),
		.assigned = *jvs_text(node),
		.ready = jvs_get_is(ready, "status", "True"),
		.cost = cost_of(pod),
		.ready_ns = time_of(ready, "lastTransitionTime"),
		.created_ns = time_of(pod, "metadata.creationTimestamp"),
		.restarts = most_restarts(pod),
		.uid = jvs_get_text(pod, "metadata.uid") };
}

void rank_release(struct rank_pod *ranked)
{
	jv_free(ranked->pod);
	free(ranked->uid);
}

static int compare(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static int magnitude(int64_t ns)
{
	return ns > 0 ? (int)log2((double)ns) : -1;
}

/* The younger first, by magnitude of their ages; among those the same ones always, by uid. */
static int by_age(const struct rank_pod *a, const struct rank_pod *b, int64_t a_ns, int64_t b_ns, int64_t now)
{
	int order;

	if (!a_ns || !b_ns)
		return compare(a_ns, b_ns);
	order = magnitude(now - a_ns) - magnitude(now - b_ns);
	return order ? order : strcmp(a->uid ? a->uid : "", b->uid ? b->uid : "");
}

static int order(const void *one, const void *other, void *arg)
{
	const struct rank_pod *a = one, *b = other;
	int64_t now = *(const int64_t *)arg;

	if (a->assigned != b->assigned)
		return a->assigned ? 1 : -1;
	if (a->phase != b->phase)
		return a->phase - b->phase;
	if (a->ready != b->ready)
		return a->ready ? 1 : -1;
	if (a->cost != b->cost)
		return compare(a->cost, b->cost);
	if (a->beside != b->beside)
		return a->beside > b->beside ? -1 : 1;
	if (a->ready && b->ready && a->ready_ns != b->ready_ns)
		return by_age(a, b, a->ready_ns, b->ready_ns, now);
	if (a->restarts != b->restarts)
		return a->restarts > b->restarts ? -1 : 1;
	if (a->created_ns != b->created_ns)
		return by_age(a, b, a->created_ns, b->created_ns, now);
	return strcmp(a->uid ? a->uid : "", b->uid ? b->uid : "");
}

void rank_sort(struct rank_pod *pods, size_t count, int64_t now)
{
	if (count)
		qsort_r(pods, count, sizeof *pods, order, &now);
}
