#include "control/deployment.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/strs.h"
#include "control/hub.h"
#include "control/template.h"
#include "formats/jvs.h"

#define NO_LIMIT INT32_MAX
#define NS_PER_S INT64_C(1000000000)

static int64_t created_of(jv object)
{
	scoped_free char *text = jvs_get_text(object, "metadata.creationTimestamp");
	int64_t ns = 0;

	return text && clock_parse(text, &ns, NULL) == 0 ? ns / NS_PER_S : 0;
}

char *deployment_annotation(jv object, const char *key)
{
	scoped(jv) jv annotations = jvs_get(object, "metadata.annotations"), value = jvs_at(annotations, key);

	return jvs_is(value, JV_KIND_STRING) ? mem_dup(jv_string_value(value)) : NULL;
}

static int64_t number_annotation(jv object, const char *key)
{
	scoped_free char *text = deployment_annotation(object, key);

	return text ? strtoll(text, NULL, 10) : 0;
}

int64_t deployment_revision(jv object)
{
	return number_annotation(object, DEPLOYMENT_REVISION);
}

bool deployment_is_recreate(jv object)
{
	return jvs_get_is(object, "spec.strategy.type", "Recreate");
}

bool deployment_has_deadline(jv object)
{
	return jvs_get_int(object, "spec.progressDeadlineSeconds", NO_LIMIT) != NO_LIMIT;
}

/* The oldest of those with the deployment's template; count: none. */
static size_t find_fresh(jv object, const jv *sets, size_t count)
{
	scoped(jv) jv template = jvs_get(object, "spec.template");
	size_t found = count;

	for (size_t i = 0; i < count; i++) {
		scoped(jv) jv own = jvs_get(sets[i], "spec.template");

		if (template_same(template, own) && (found == count || created_of(sets[i]) < created_of(sets[found])))
			found = i;
	}
	return found;
}

static void add_set(struct deployment *deployment, size_t at, jv set)
{
	deployment->names[at] = jvs_get_text(set, "metadata.name");
	deployment->sets[at] = (struct rollout_set){ .replicas = (int)jvs_get_int(set, "spec.replicas", 1),
		.available = (int)jvs_get_int(set, "status.availableReplicas", 0),
		.max_before = (int)number_annotation(set, DEPLOYMENT_MAX),
		.created = created_of(set),
		.name = deployment->names[at] };
}

void deployment_init(struct deployment *deployment, jv object, const jv *sets, size_t count)
{
	size_t fresh = find_fresh(object, sets, count);
	scoped(jv) jv rolling =
		deployment_is_recreate(object) ? jv_null() : jvs_get(object, "spec.strategy.rollingUpdate");

	*deployment = (struct deployment){ .object = jv_copy(object),
		.fresh = fresh < count ? jv_copy(sets[fresh]) : jv_null(),
		.old = mem_array(count + 1, sizeof(jv)),
		.sets = mem_array(count + 1, sizeof *deployment->sets),
		.names = mem_array(count + 1, sizeof(char *)) };
	if (fresh < count)
		add_set(deployment, 0, sets[fresh]);
	for (size_t i = 0; i < count; i++)
		if (i != fresh) {
			add_set(deployment, deployment->old_count + 1, sets[i]);
			deployment->old[deployment->old_count++] = jv_copy(sets[i]);
		}
	deployment->rollout = (struct rollout){ .replicas = (int)jvs_get_int(object, "spec.replicas", 1),
		.status_replicas = (int)jvs_get_int(object, "status.replicas", 0),
		.fresh = fresh < count ? &deployment->sets[0] : NULL,
		.old = deployment->sets + 1,
		.old_count = deployment->old_count };
	rollout_limits(&deployment->rollout, rolling);
}

void deployment_release(struct deployment *deployment)
{
	for (size_t i = 0; i < deployment->old_count; i++)
		jv_free(deployment->old[i]);
	for (size_t i = 0; deployment->names && i <= deployment->old_count; i++)
		free(deployment->names[i]);
	jv_free(deployment->object);
	jv_free(deployment->fresh);
	free(deployment->old);
	free(deployment->sets);
	free(deployment->names);
}

static bool has_fresh(const struct deployment *deployment)
{
	return jvs_is(deployment->fresh, JV_KIND_OBJECT);
}

size_t deployment_set_count(const struct deployment *deployment)
{
	return deployment->old_count + has_fresh(deployment);
}

jv deployment_set(const struct deployment *deployment, size_t index)
{
	if (has_fresh(deployment))
		return index ? deployment->old[index - 1] : deployment->fresh;
	return deployment->old[index];
}

struct rollout_set *deployment_arithmetic(struct deployment *deployment, size_t index)
{
	return &deployment->sets[index + !has_fresh(deployment)];
}

/* Annotations of a deployment that are not its sets' business. */
static bool is_own_annotation(const char *key)
{
	static const char *const own[] = { "kubectl.kubernetes.io/last-applied-configuration", DEPLOYMENT_REVISION,
		DEPLOYMENT_HISTORY, DEPLOYMENT_DESIRED, DEPLOYMENT_MAX, "deprecated.deployment.rollback.to" };

	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (strcmp(own[i], key) == 0)
			return true;
	return false;
}

static void put_number(jv *annotations, const char *key, int64_t number)
{
	scoped_free char *text = mem_printf("%lld", (long long)number);

	jvs_put(annotations, key, jv_string(text));
}

/* A set that comes back under a new revision remembers the ones that it had. */
static void put_revision(jv *annotations, jv set, int64_t revision, bool exists)
{
	scoped_free char *before = deployment_annotation(set, DEPLOYMENT_REVISION);
	scoped_free char *history = deployment_annotation(set, DEPLOYMENT_HISTORY);

	if (deployment_revision(set) >= revision)
		return;
	put_number(annotations, DEPLOYMENT_REVISION, revision);
	if (!exists || !before)
		return;
	jvs_put(annotations, DEPLOYMENT_HISTORY, history ? jv_string_fmt("%s,%s", history, before) : jv_string(before));
}

static int64_t next_revision(const struct deployment *deployment)
{
	int64_t most = 0;

	for (size_t i = 0; i < deployment->old_count; i++) {
		int64_t one = deployment_revision(deployment->old[i]);

		most = one > most ? one : most;
	}
	return most + 1;
}

jv deployment_annotations_for(const struct deployment *deployment, jv set, bool exists)
{
	scoped(jv) jv own = jvs_get(deployment->object, "metadata.annotations");
	jv annotations = jvs_get(set, "metadata.annotations");

	if (!jvs_is(annotations, JV_KIND_OBJECT)) {
		jv_free(annotations);
		annotations = jv_object();
	}
	if (jvs_is(own, JV_KIND_OBJECT))
		jv_object_foreach(own, key, value)
		{
			scoped(jv) jv name = key;

			if (is_own_annotation(jv_string_value(name)))
				jv_free(value);
			else
				annotations = jv_object_set(annotations, jv_copy(name), value);
		}
	put_revision(&annotations, set, next_revision(deployment), exists);
	if (!exists) {
		put_number(&annotations, DEPLOYMENT_DESIRED, deployment->rollout.replicas);
		put_number(&annotations, DEPLOYMENT_MAX, deployment->rollout.replicas + deployment->rollout.surge);
	}
	return annotations;
}

bool deployment_is_scaled(const struct deployment *deployment)
{
	for (size_t i = 0; i < deployment_set_count(deployment); i++) {
		jv set = deployment_set(deployment, i);
		scoped_free char *desired = deployment_annotation(set, DEPLOYMENT_DESIRED);

		if (jvs_get_int(set, "spec.replicas", 1) > 0 && desired &&
			strtoll(desired, NULL, 10) != deployment->rollout.replicas)
			return true;
	}
	return false;
}

jv deployment_condition(jv conditions, const char *type)
{
	for (int i = 0; i < jvs_len(conditions); i++) {
		jv one = jvs_item(conditions, i);

		if (jvs_get_is(one, "type", type))
			return one;
		jv_free(one);
	}
	return jv_null();
}

static void remove_condition(jv *conditions, const char *type)
{
	jv kept = jv_array();

	for (int i = 0; i < jvs_len(*conditions); i++) {
		jv one = jvs_item(*conditions, i);

		if (jvs_get_is(one, "type", type))
			jv_free(one);
		else
			kept = jv_array_append(kept, one);
	}
	jv_free(*conditions);
	*conditions = kept;
}

void deployment_set_condition(
	jv *conditions, const char *type, const char *status, const char *reason, const char *message)
{
	scoped(jv) jv before = deployment_condition(*conditions, type);
	scoped_free char *now = clock_format_now();
	jv fresh;

	if (jvs_get_is(before, "status", status) && jvs_get_is(before, "reason", reason))
		return;
	fresh = jvs_object("type", jv_string(type), "status", jv_string(status), "lastUpdateTime", jv_string(now),
		"lastTransitionTime", jv_string(now), "reason", jv_string(reason), "message", jv_string(message), NULL);
	if (jvs_get_is(before, "status", status))
		jvs_put(&fresh, "lastTransitionTime", jvs_at(before, "lastTransitionTime"));
	remove_condition(conditions, type);
	*conditions = jv_array_append(*conditions, fresh);
}

static int64_t sum(const struct deployment *deployment, const char *path)
{
	int64_t total = 0;

	for (size_t i = 0; i < deployment_set_count(deployment); i++)
		total += jvs_get_int(deployment_set(deployment, i), path, 0);
	return total;
}

static void put_count(jv *status, const char *name, int64_t count)
{
	if (count > 0)
		jvs_put(status, name, jv_number((double)count));
}

static jv counts(const struct deployment *deployment)
{
	int64_t available = sum(deployment, "status.availableReplicas");
	scoped(jv) jv collisions = jvs_get(deployment->object, "status.collisionCount");
	jv status = jvs_object("observedGeneration", jvs_get(deployment->object, "metadata.generation"),
		"terminatingReplicas", jv_number((double)sum(deployment, "status.terminatingReplicas")), NULL);

	put_count(&status, "replicas", sum(deployment, "status.replicas"));
	put_count(&status, "updatedReplicas", jvs_get_int(deployment->fresh, "status.replicas", 0));
	put_count(&status, "readyReplicas", sum(deployment, "status.readyReplicas"));
	put_count(&status, "availableReplicas", available);
	put_count(&status, "unavailableReplicas", sum(deployment, "spec.replicas") - available);
	if (jvs_is(collisions, JV_KIND_NUMBER))
		jvs_put(&status, "collisionCount", jv_copy(collisions));
	return status;
}

static void add_availability(const struct deployment *deployment, jv status, jv *conditions)
{
	bool enough = jvs_get_int(status, "availableReplicas", 0) >=
		      deployment->rollout.replicas - deployment->rollout.unavailable;

	if (enough)
		deployment_set_condition(conditions, "Available", "True", "MinimumReplicasAvailable",
			"Deployment has minimum availability.");
	else
		deployment_set_condition(conditions, "Available", "False", "MinimumReplicasUnavailable",
			"Deployment does not have minimum availability.");
}

bool deployment_is_complete(const struct deployment *deployment, jv status)
{
	int64_t wished = deployment->rollout.replicas;

	return jvs_get_int(status, "updatedReplicas", 0) == wished && jvs_get_int(status, "replicas", 0) == wished &&
	       jvs_get_int(status, "availableReplicas", 0) == wished &&
	       jvs_get_int(status, "observedGeneration", 0) >=
		       jvs_get_int(deployment->object, "metadata.generation", 0);
}

static bool has_progressed(jv before, jv after)
{
	int64_t updated = jvs_get_int(after, "updatedReplicas", 0),
		updated_before = jvs_get_int(before, "updatedReplicas", 0);

	return updated > updated_before ||
	       jvs_get_int(after, "replicas", 0) - updated < jvs_get_int(before, "replicas", 0) - updated_before ||
	       jvs_get_int(after, "readyReplicas", 0) > jvs_get_int(before, "readyReplicas", 0) ||
	       jvs_get_int(after, "availableReplicas", 0) > jvs_get_int(before, "availableReplicas", 0);
}

/* What is left of the deadline since the condition was last updated, nanoseconds. */
static int64_t deadline_left(const struct deployment *deployment, jv condition)
{
	scoped_free char *text = jvs_get_text(condition, "lastUpdateTime");
	int64_t from = clock_now_ns();

	if (text)
		clock_parse(text, &from, NULL);
	return from + jvs_get_int(deployment->object, "spec.progressDeadlineSeconds", 0) * NS_PER_S - clock_now_ns();
}

static bool has_timed_out(const struct deployment *deployment, jv condition)
{
	if (!jvs_is(condition, JV_KIND_OBJECT) || jvs_get_is(condition, "reason", "NewReplicaSetAvailable"))
		return false;
	return jvs_get_is(condition, "reason", "ProgressDeadlineExceeded") || deadline_left(deployment, condition) < 0;
}

/* "ReplicaSet "x" WHAT", or of the deployment while there is none. The caller frees. */
static char *say(const struct deployment *deployment, const char *what)
{
	scoped_free char *name =
		jvs_get_text(has_fresh(deployment) ? deployment->fresh : deployment->object, "metadata.name");

	return mem_printf("%s \"%s\" %s", has_fresh(deployment) ? "ReplicaSet" : "Deployment", name, what);
}

static void add_progress(const struct deployment *deployment, jv status, jv *conditions)
{
	scoped(jv) jv before = jvs_get(deployment->object, "status");
	scoped(jv) jv current = deployment_condition(*conditions, "Progressing");
	bool done = jvs_get_int(status, "replicas", 0) == jvs_get_int(status, "updatedReplicas", 0) &&
		    jvs_get_is(current, "reason", "NewReplicaSetAvailable");
	scoped_free char *message = NULL;

	if (done)
		return;
	if (deployment_is_complete(deployment, status)) {
		message = say(deployment, "has successfully progressed.");
		deployment_set_condition(conditions, "Progressing", "True", "NewReplicaSetAvailable", message);
	} else if (has_progressed(before, status)) {
		scoped_free char *now = clock_format_now();
		jv fresh;

		/* Taken out first: progress counts anew even where the words are the same. */
		message = say(deployment, "is progressing.");
		remove_condition(conditions, "Progressing");
		fresh = jvs_object("type", jv_string("Progressing"), "status", jv_string("True"), "lastUpdateTime",
			jv_string(now), "lastTransitionTime", jv_string(now), "reason", jv_string("ReplicaSetUpdated"),
			"message", jv_string(message), NULL);
		if (jvs_get_is(current, "status", "True"))
			jvs_put(&fresh, "lastTransitionTime", jvs_at(current, "lastTransitionTime"));
		*conditions = jv_array_append(*conditions, fresh);
	} else if (has_timed_out(deployment, current)) {
		message = say(deployment, "has timed out progressing.");
		deployment_set_condition(conditions, "Progressing", "False", "ProgressDeadlineExceeded", message);
	}
}

/* Of the fresh set before the others. */
static void add_failures(const struct deployment *deployment, jv *conditions)
{
	for (size_t i = 0; i < deployment_set_count(deployment); i++) {
		scoped(jv) jv failure = hub_condition(deployment_set(deployment, i), "ReplicaFailure");
		scoped_free char *reason = jvs_get_text(failure, "reason"), *message = jvs_get_text(failure, "message");

		if (jvs_is(failure, JV_KIND_OBJECT)) {
			deployment_set_condition(
				conditions, "ReplicaFailure", "True", reason ? reason : "", message ? message : "");
			return;
		}
	}
	remove_condition(conditions, "ReplicaFailure");
}

jv deployment_status(const struct deployment *deployment, bool progress)
{
	jv status = counts(deployment), conditions = jvs_get(deployment->object, "status.conditions");

	if (!jvs_is(conditions, JV_KIND_ARRAY)) {
		jv_free(conditions);
		conditions = jv_array();
	}
	add_availability(deployment, status, &conditions);
	if (progress && deployment_has_deadline(deployment->object))
		add_progress(deployment, status, &conditions);
	else if (progress)
		remove_condition(&conditions, "Progressing");
	if (progress)
		add_failures(deployment, &conditions);
	jvs_put(&status, "conditions", conditions);
	return status;
}

int64_t deployment_deadline_ms(const struct deployment *deployment, jv status)
{
	scoped(jv) jv conditions = jvs_at(status, "conditions");
	scoped(jv) jv current = deployment_condition(conditions, "Progressing");
	int64_t left;

	if (!deployment_has_deadline(deployment->object) || !jvs_is(current, JV_KIND_OBJECT) ||
		deployment_is_complete(deployment, status) ||
		jvs_get_is(current, "reason", "ProgressDeadlineExceeded") ||
		jvs_get_is(current, "reason", "NewReplicaSetAvailable"))
		return -1;
	left = deadline_left(deployment, current) / 1000000;
	return left > 0 ? left + 1000 : 1000;
}
