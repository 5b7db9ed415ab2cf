/* deployments.c: brings deployments by replica sets to where they are wished. Each pass does the next step that the
 * caches call for; what it wrote makes the pass after it.
 * Source: k8s.io/kubernetes/pkg/controller/deployment. */
#include <string.h>

#include "api/client.h"
#include "api/queue.h"
#include "api/recorder.h"
#include "base/err.h"
#include "base/mem.h"
#include "control/claim.h"
#include "control/controller.h"
#include "control/deployment.h"
#include "control/template.h"
#include "control/work.h"
#include "formats/jvs.h"

#define NO_LIMIT INT32_MAX

struct deployments {
	struct hub *hub;
	struct queue *queue;
	struct recorder *recorder;
};

/* One pass. */
struct pass {
	struct deployments *deployments;
	struct work *work;
	struct deployment deployment;
};

static struct about about_deployment(jv object)
{
	return (struct about){ "apps/v1", "Deployment", object, NULL };
}

/* Writes status, and with it the annotations, where they differ. True: it did. */
static bool put_status(struct pass *pass, jv annotations, jv status)
{
	jv object = pass->deployment.object;
	scoped(jv) jv before = jvs_at(object, "status"), old = jvs_get(object, "metadata.annotations");
	scoped(jv) jv after = jv_copy(object);
	bool same = jvs_is(annotations, JV_KIND_NULL) || jvs_equal(old, annotations);

	if (same && jvs_equal(before, status))
		return false;
	if (!same)
		jvs_set(&after, "metadata.annotations", jv_copy(annotations));
	work_put(pass->work, HUB_DEPLOYMENTS, after, status, NULL, NULL);
	return true;
}

static void tell_status(struct pass *pass, bool progress)
{
	scoped(jv) jv status = deployment_status(&pass->deployment, progress), none = jv_null();
	int64_t in = deployment_deadline_ms(&pass->deployment, status);

	if (!put_status(pass, none, status) && progress && in >= 0)
		queue_add_after(pass->deployments->queue, work_key(pass->work), in);
}

/* The old status with one condition. */
static jv with_condition(jv object, const char *type, const char *status, const char *reason, const char *message)
{
	jv whole = jvs_at(object, "status"), conditions = jvs_at(whole, "conditions");

	if (!jvs_is(conditions, JV_KIND_ARRAY)) {
		jv_free(conditions);
		conditions = jv_array();
	}
	deployment_set_condition(&conditions, type, status, reason, message);
	jvs_put(&whole, "conditions", conditions);
	return whole;
}

static bool told_condition(struct pass *pass, const char *status, const char *reason, const char *message)
{
	scoped(jv) jv whole = with_condition(pass->deployment.object, "Progressing", status, reason, message);
	scoped(jv) jv none = jv_null();

	return put_status(pass, none, whole);
}

/* A pause stops the clock of the deadline: the condition tells when. True: told. */
static bool tell_pause(struct pass *pass)
{
	jv object = pass->deployment.object;
	bool paused = jvs_get_bool(object, "spec.paused", false);
	scoped(jv) jv conditions = jvs_get(object, "status.conditions");
	scoped(jv) jv current = deployment_condition(conditions, "Progressing");
	bool told = jvs_get_is(current, "reason", "DeploymentPaused");

	if (!deployment_has_deadline(object) || jvs_get_is(current, "reason", "ProgressDeadlineExceeded") ||
		paused == told)
		return false;
	return paused ? told_condition(pass, "Unknown", "DeploymentPaused", "Deployment is paused")
		      : told_condition(pass, "Unknown", "DeploymentResumed", "Deployment is resumed");
}

/* Writes a set's wish, and what it was made for. */
static void scale_set(struct pass *pass, jv set, int replicas)
{
	scoped(jv) jv after = jv_copy(set), annotations = jvs_get(set, "metadata.annotations"), none = jv_null();
	scoped_free char *name = jvs_get_text(set, "metadata.name");
	const struct rollout *rollout = &pass->deployment.rollout;
	scoped_free char *desired = mem_printf("%d", rollout->replicas);
	scoped_free char *most = mem_printf("%d", rollout->replicas + rollout->surge);
	struct about about = about_deployment(pass->deployment.object);
	int before = (int)jvs_get_int(set, "spec.replicas", 1);

	jvs_put(&annotations, DEPLOYMENT_DESIRED, jv_string(desired));
	jvs_put(&annotations, DEPLOYMENT_MAX, jv_string(most));
	jvs_set(&after, "metadata.annotations", jv_copy(annotations));
	jvs_set_int(&after, "spec.replicas", replicas);
	if (jvs_equal(after, set))
		return;
	work_put(pass->work, HUB_REPLICASETS, after, none, NULL, NULL);
	if (before != replicas)
		recorder_tell(pass->deployments->recorder, &about, "Normal", "ScalingReplicaSet",
			"Scaled %s replica set %s from %d to %d", before < replicas ? "up" : "down", name, before,
			replicas);
}

/* Writes the sets that the arithmetic has changed (all: also those whose wish stays, for what they were made for). */
static void scale_sets(struct pass *pass, bool all)
{
	struct deployment *deployment = &pass->deployment;

	for (size_t i = 0; i < deployment_set_count(deployment); i++) {
		jv set = deployment_set(deployment, i);
		int wished = deployment_arithmetic(deployment, i)->replicas;

		if (all ? wished || jvs_get_int(set, "spec.replicas", 1)
			: wished != jvs_get_int(set, "spec.replicas", 1))
			scale_set(pass, set, wished);
	}
}

/* A set being made. */
struct making {
	struct pass pass; /* of its own: the pass that began it is over */
	jv set;
	int replicas;
};

static void making_free(struct making *making)
{
	deployment_release(&making->pass.deployment);
	jv_free(making->set);
	free(making);
}

static void tell_made(struct making *making, jv set)
{
	jv object = making->pass.deployment.object;
	scoped_free char *name = jvs_get_text(set, "metadata.name"),
			 *revision = deployment_annotation(set, DEPLOYMENT_REVISION);
	scoped_free char *message = mem_printf("Created new replica set \"%s\"", name);
	scoped(jv) jv status = deployment_has_deadline(object)
				       ? with_condition(object, "Progressing", "True", "NewReplicaSetCreated", message)
				       : jvs_at(object, "status");
	jv annotations = jvs_get(object, "metadata.annotations");
	struct about about = about_deployment(object);

	jvs_put(&annotations, DEPLOYMENT_REVISION, jv_string(revision ? revision : ""));
	if (making->replicas)
		recorder_tell(making->pass.deployments->recorder, &about, "Normal", "ScalingReplicaSet",
			"Scaled up replica set %s from 0 to %d", name, making->replicas);
	put_status(&making->pass, annotations, status);
	jv_free(annotations);
}

/* The name is taken: by our own set, which the cache will soon show, or by another of the same hash. */
static void on_collision(struct making *making)
{
	struct pass *pass = &making->pass;
	scoped_free char *name = jvs_get_text(making->set, "metadata.name"), *ns = key_ns(work_key(pass->work));
	scoped_free char *key = mem_printf("%s/%s", ns, name),
			 *uid = jvs_get_text(pass->deployment.object, "metadata.uid");
	scoped(jv) jv there = hub_get(pass->deployments->hub, HUB_REPLICASETS, key);
	scoped(jv) jv has = jvs_get(there, "spec.template"), wanted = jvs_get(making->set, "spec.template");
	scoped(jv) jv status = jvs_at(pass->deployment.object, "status"), none = jv_null();

	if (jvs_is(there, JV_KIND_NULL) || (uid && hub_is_controlled_by(there, uid) && template_same(has, wanted))) {
		work_failed(pass->work);
		return;
	}
	jvs_put(&status, "collisionCount", jv_number((double)jvs_get_int(status, "collisionCount", 0) + 1));
	put_status(pass, none, status);
}

static void made(void *arg, jv set, const struct err *err)
{
	struct making *making = arg;

	if (!err->class)
		tell_made(making, set);
	else if (err->reason && strcmp(err->reason, "AlreadyExists") == 0)
		on_collision(making);
	making_free(making);
}

static int first_replicas(struct pass *pass)
{
	struct rollout rollout = pass->deployment.rollout;
	struct rollout_set fresh = { .name = "" };
	struct rollout_set *old = mem_array(rollout.old_count + 1, sizeof *old);

	if (deployment_is_recreate(pass->deployment.object)) {
		free(old);
		return rollout.replicas;
	}
	for (size_t i = 0; i < rollout.old_count; i++)
		old[i] = rollout.old[i];
	rollout.fresh = &fresh;
	rollout.old = old;
	rollout_roll(&rollout);
	free(old);
	return fresh.replicas;
}

static jv set_for(const struct pass *pass, int replicas)
{
	jv object = pass->deployment.object;
	scoped(jv) jv template = jvs_get(object, "spec.template"), none = jv_object();
	scoped_free char *hash = template_hash(template, jvs_get_int(object, "status.collisionCount", 0));
	scoped_free char *name = jvs_get_text(object, "metadata.name");
	scoped(jv) jv hashed = template_with_hash(template, hash);
	jv selector = jvs_get(object, "spec.selector");
	int64_t min_ready = jvs_get_int(object, "spec.minReadySeconds", 0);
	jv spec;

	jvs_set_text(&selector, "matchLabels." TEMPLATE_HASH, hash);
	spec = jvs_object("replicas", jv_number(replicas), "selector", selector, "template", jv_copy(hashed), NULL);
	if (min_ready)
		jvs_put(&spec, "minReadySeconds", jv_number((double)min_ready));
	return jvs_object("apiVersion", jv_string("apps/v1"), "kind", jv_string("ReplicaSet"), "metadata",
		jvs_object("name", jv_string_fmt("%s-%s", name, hash), "labels", jvs_get(hashed, "metadata.labels"),
			"annotations", deployment_annotations_for(&pass->deployment, none, false), "ownerReferences",
			JV_ARRAY(claim_reference(HUB_DEPLOYMENTS, object)), NULL),
		"spec", spec, NULL);
}

static void make_set(struct pass *pass)
{
	struct making *making = mem_alloc(sizeof *making);
	scoped_free char *ns = key_ns(work_key(pass->work));
	struct call call = { .method = "POST", .target = { .ns = ns } };

	making->pass = (struct pass){ .deployments = pass->deployments, .work = pass->work };
	making->pass.deployment.object = jv_copy(pass->deployment.object);
	making->pass.deployment.fresh = jv_null();
	making->replicas = first_replicas(pass);
	making->set = set_for(pass, making->replicas);
	call.body = jv_copy(making->set);
	work_call(pass->work, HUB_REPLICASETS, &call, made, making);
}

/* The fresh set bears the deployment's annotations and the next revision, the deployment the set's. True: there was
 * something to write. */
static bool put_revision(struct pass *pass)
{
	struct deployment *deployment = &pass->deployment;
	scoped(jv) jv wanted = deployment_annotations_for(deployment, deployment->fresh, true);
	scoped(jv) jv has = jvs_get(deployment->fresh, "metadata.annotations"), none = jv_null();
	scoped_free char *revision = deployment_annotation(deployment->fresh, DEPLOYMENT_REVISION);
	scoped_free char *own = deployment_annotation(deployment->object, DEPLOYMENT_REVISION);
	int64_t min_ready = jvs_get_int(deployment->object, "spec.minReadySeconds", 0);

	if (!jvs_equal(wanted, has) || min_ready != jvs_get_int(deployment->fresh, "spec.minReadySeconds", 0)) {
		scoped(jv) jv after = jv_copy(deployment->fresh);

		jvs_set(&after, "metadata.annotations", jv_copy(wanted));
		jvs_set_int(&after, "spec.minReadySeconds", min_ready);
		work_put(pass->work, HUB_REPLICASETS, after, none, NULL, NULL);
		return true;
	}
	if (revision && (!own || strcmp(own, revision) != 0)) {
		scoped(jv) jv status = jvs_at(deployment->object, "status");
		jv annotations = jvs_get(deployment->object, "metadata.annotations");
		bool put;

		jvs_put(&annotations, DEPLOYMENT_REVISION, jv_string(revision));
		put = put_status(pass, annotations, status);
		jv_free(annotations);
		return put;
	}
	return false;
}

static bool tell_found(struct pass *pass)
{
	jv object = pass->deployment.object;
	scoped(jv) jv conditions = jvs_get(object, "status.conditions");
	scoped(jv) jv current = deployment_condition(conditions, "Progressing");
	scoped_free char *name = jvs_get_text(pass->deployment.fresh, "metadata.name"), *message = NULL;

	if (!deployment_has_deadline(object) || jvs_is(current, JV_KIND_OBJECT))
		return false;
	message = mem_printf("Found new replica set \"%s\"", name);
	return told_condition(pass, "True", "FoundNewReplicaSet", message);
}

/* True: the fresh set, or what is written of it, was not yet as it has to be. */
static bool sync_revision(struct pass *pass, bool make)
{
	if (!jvs_is(pass->deployment.fresh, JV_KIND_OBJECT)) {
		if (make)
			make_set(pass);
		return make;
	}
	return put_revision(pass) || tell_found(pass);
}

static int by_revision(const void *a, const void *b)
{
	int64_t one = deployment_revision(*(const jv *)a), other = deployment_revision(*(const jv *)b);

	return one < other ? -1 : one > other;
}

static bool is_spent(jv set)
{
	return !hub_is_deleted(set) && !jvs_get_int(set, "status.replicas", 0) &&
	       !jvs_get_int(set, "spec.replicas", 1) &&
	       jvs_get_int(set, "metadata.generation", 0) <= jvs_get_int(set, "status.observedGeneration", 0);
}

/* Old sets beyond the history limit go, the oldest revisions first. */
static void drop_history(struct pass *pass)
{
	struct deployment *deployment = &pass->deployment;
	int64_t limit = jvs_get_int(deployment->object, "spec.revisionHistoryLimit", NO_LIMIT);
	scoped_free char *ns = key_ns(work_key(pass->work));

	if (limit == NO_LIMIT || (int64_t)deployment->old_count <= limit)
		return;
	qsort(deployment->old, deployment->old_count, sizeof *deployment->old, by_revision);
	for (size_t i = 0; i < deployment->old_count - (size_t)limit; i++) {
		scoped_free char *name = jvs_get_text(deployment->old[i], "metadata.name");
		struct call call = { .method = "DELETE", .target = { .ns = ns, .name = name } };

		if (is_spent(deployment->old[i]))
			work_call(pass->work, HUB_REPLICASETS, &call, NULL, NULL);
	}
}

/* The wish has changed, or nothing may roll: sets keep their shares. */
static void sync_shares(struct pass *pass)
{
	if (sync_revision(pass, false))
		return;
	rollout_spread(&pass->deployment.rollout);
	scale_sets(pass, true);
	if (jvs_get_bool(pass->deployment.object, "spec.paused", false))
		drop_history(pass);
	tell_status(pass, false);
}

static void roll(struct pass *pass)
{
	bool moved;

	if (sync_revision(pass, true))
		return;
	moved = rollout_roll(&pass->deployment.rollout);
	scale_sets(pass, false);
	if (!moved) {
		scoped(jv) jv status = jvs_at(pass->deployment.object, "status");

		if (deployment_is_complete(&pass->deployment, status))
			drop_history(pass);
	}
	tell_status(pass, true);
}

static void count_pod(void *arg, jv pod)
{
	if (!jvs_get_is(pod, "status.phase", "Succeeded") && !jvs_get_is(pod, "status.phase", "Failed"))
		++*(size_t *)arg;
}

static size_t old_pods(const struct pass *pass)
{
	size_t count = 0;

	for (size_t i = 0; i < pass->deployment.old_count; i++) {
		scoped_free char *uid = jvs_get_text(pass->deployment.old[i], "metadata.uid");

		hub_each_owned(pass->deployments->hub, HUB_PODS, uid, count_pod, &count);
	}
	return count;
}

static void recreate(struct pass *pass)
{
	size_t pods = old_pods(pass);
	bool moved;

	if (sync_revision(pass, false))
		return;
	moved = rollout_recreate(&pass->deployment.rollout, pods);
	if (!moved && !pods && !jvs_is(pass->deployment.fresh, JV_KIND_OBJECT)) {
		make_set(pass);
		return;
	}
	scale_sets(pass, false);
	if (!moved)
		drop_history(pass);
	tell_status(pass, true);
}

static void step(struct pass *pass)
{
	jv object = pass->deployment.object;

	if (hub_is_deleted(object)) {
		tell_status(pass, false);
	} else if (tell_pause(pass)) {
		return;
	} else if (jvs_get_bool(object, "spec.paused", false) || deployment_is_scaled(&pass->deployment)) {
		sync_shares(pass);
	} else if (deployment_is_recreate(object)) {
		recreate(pass);
	} else {
		roll(pass);
	}
}

static void sync_deployment(void *arg, const char *key)
{
	struct deployments *deployments = arg;
	struct pass pass = { .deployments = deployments,
		.work = work_begin(deployments->hub, deployments->queue, key) };
	scoped(jv) jv object = hub_get(deployments->hub, HUB_DEPLOYMENTS, key);
	scoped(claim) struct claim sets = { 0 };

	if (jvs_is(object, JV_KIND_OBJECT)) {
		claim_fill(&sets, deployments->hub, pass.work, HUB_DEPLOYMENTS, object, HUB_REPLICASETS);
		if (!sets.changing) {
			deployment_init(&pass.deployment, object, sets.held, sets.count);
			step(&pass);
			deployment_release(&pass.deployment);
		}
	}
	work_end(pass.work);
}

static void seen_set(struct deployments *deployments, const char *key, jv before, jv after)
{
	scoped_free char *ns = key_ns(key);
	scoped(jv) jv owner = hub_controller_of(after);

	claim_mark_owner(deployments->queue, HUB_DEPLOYMENTS, ns, before);
	claim_mark_owner(deployments->queue, HUB_DEPLOYMENTS, ns, after);
	if (jvs_is(after, JV_KIND_OBJECT) && jvs_is(owner, JV_KIND_NULL))
		claim_mark_adopters(deployments->queue, deployments->hub, HUB_DEPLOYMENTS, ns, after);
}

/* Recreate waits for the last pod of the old sets to be gone. */
static void seen_pod(struct deployments *deployments, const char *key, jv before, jv after)
{
	scoped_free char *ns = key_ns(key), *name = NULL, *set_key = NULL;
	scoped(jv) jv owner = hub_controller_of(before), set = jv_null();

	if (!jvs_is(after, JV_KIND_NULL) || !jvs_get_is(owner, "kind", "ReplicaSet"))
		return;
	name = jvs_get_text(owner, "name");
	set_key = mem_printf("%s/%s", ns, name);
	jv_free(set);
	set = hub_get(deployments->hub, HUB_REPLICASETS, set_key);
	claim_mark_owner(deployments->queue, HUB_DEPLOYMENTS, ns, set);
}

static void seen(void *self, enum hub_kind kind, const char *key, jv before, jv after)
{
	struct deployments *deployments = self;

	if (kind == HUB_PODS)
		seen_pod(deployments, key, before, after);
	else if (kind == HUB_REPLICASETS)
		seen_set(deployments, key, before, after);
	else
		queue_add(deployments->queue, key);
}

static void *start(struct hub *hub)
{
	struct deployments *deployments = mem_alloc(sizeof *deployments);

	deployments->hub = hub;
	deployments->queue = queue_new(hub->loop, sync_deployment, deployments);
	deployments->recorder = recorder_new(hub->client, "deployment-controller", NULL);
	return deployments;
}

static void stop(void *self)
{
	struct deployments *deployments = self;

	queue_free(deployments->queue);
	recorder_free(deployments->recorder);
	free(deployments);
}

const struct controller deployments_controller = { .name = "deployments",
	.needs = HUB_HAS(HUB_DEPLOYMENTS) | HUB_HAS(HUB_REPLICASETS) | HUB_HAS(HUB_PODS),
	.start = start,
	.stop = stop,
	.seen = seen };
