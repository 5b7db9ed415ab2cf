#include "node/report.h"

#include "api/client.h"
#include "api/reflector.h"
#include "base/clock.h"
#include "base/err.h"
#include "formats/jvs.h"
#include "node/agent.h"
#include "node/pod.h"
#include "node/status.h"

#define RETRY_MS 200
#define RETRY_MOST 6            /* doublings */

static void replace(jv *value, jv by)
{
	jv_free(*value);
	*value = jv_copy(by);
}

/* What is equal is kept once: of thousands of pods a status each. */
static bool is_known(struct pod *pod)
{
	scoped(jv) jv there = jvs_at(pod->object, "status");

	if (jvs_equal(pod->status, there)) {
		replace(&pod->status, there);
		replace(&pod->sent, there);
		replace(&pod->answered, there);
		return true;
	}
	return jvs_equal(pod->status, pod->sent) && jvs_equal(there, pod->answered);
}

bool report_is_done(struct pod *pod)
{
	return !pod->writing && is_known(pod);
}

static void try_again(struct pod *pod)
{
	unsigned doublings = pod->failures < RETRY_MOST ? pod->failures : RETRY_MOST;

	pod->failures++;
	pod->retry_ms = clock_ms() + ((int64_t)RETRY_MS << doublings);
	pod_wake_at(pod, pod->retry_ms);
}

static void written(void *arg, jv object, struct err *err)
{
	struct pod *pod = arg;

	pod->calls--;
	pod->writing = false;
	if (err && err->class != ERR_NONE) {
		jv_free(pod->sent);
		pod->sent = jv_null();
		try_again(pod);
		return;
	}
	pod->failures = 0;
	jv_free(pod->answered);
	pod->answered = jvs_at(object, "status");
	reflector_learn(pod->agent->reflector, object);
	pod_wake(pod);
}

static struct target target_of(const struct pod *pod, const char *subresource)
{
	return (struct target){ .version = "v1", .plural = "pods", .ns = pod->ns, .name = pod->name,
		.subresource = subresource };
}

void report(struct pod *pod)
{
	struct call call = { .method = "PATCH", .patch = "merge", .target = target_of(pod, "status") };
	scoped(jv) jv there = jvs_at(pod->object, "status");

	if (!pod->final) {
		jv status = status_make(pod, pod->status, false);

		jv_free(pod->status);
		pod->status = status;
	}
	if (pod->writing || pod->deleting || is_known(pod))
		return;
	if (clock_ms() < pod->retry_ms) {
		pod_wake_at(pod, pod->retry_ms);
		return;
	}
	/* The uid keeps it from a pod that has this one's name by now. */
	call.body = jvs_object("metadata", jvs_object("uid", jv_string(pod->uid), NULL), "status",
		jvs_diff(there, pod->status), NULL);
	jv_free(pod->sent);
	pod->sent = jv_copy(pod->status);
	pod->writing = true;
	pod->calls++;
	client_start(pod->agent->client, &call, written, pod);
}

static void deleted(void *arg, jv object, struct err *err)
{
	struct pod *pod = arg;

	(void)object;
	pod->calls--;
	if (err && err->class != ERR_NONE && err->class != ERR_NOT_FOUND && err->class != ERR_CONFLICT) {
		pod->deleting = false;
		try_again(pod);
	}
	pod_wake(pod);
}

void report_delete(struct pod *pod)
{
	struct call call = { .method = "DELETE", .target = target_of(pod, NULL) };

	if (pod->deleting)
		return;
	if (clock_ms() < pod->retry_ms) {
		pod_wake_at(pod, pod->retry_ms);
		return;
	}
	call.body = jvs_object("apiVersion", jv_string("v1"), "kind", jv_string("DeleteOptions"), "gracePeriodSeconds",
		jv_number(0), "preconditions", jvs_object("uid", jv_string(pod->uid), NULL), NULL);
	pod->deleting = true;
	pod->calls++;
	client_start(pod->agent->client, &call, deleted, pod);
}
