#include "control/fit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "formats/jvs.h"
#include "formats/quantity.h"

static int64_t amount(jv resources, const char *name, bool milli)
{
	scoped(jv) jv value = jvs_at(resources, name);
	struct quantity quantity = { 0 };

	if (!jvs_is(value, JV_KIND_STRING) || quantity_parse(slice_of(jv_string_value(value)), &quantity))
		return 0;
	return milli ? quantity_milli(&quantity) : quantity_value(&quantity);
}

static struct fit_amounts amounts_of(jv resources)
{
	return (struct fit_amounts){ .cpu_milli = amount(resources, "cpu", true),
		.memory = amount(resources, "memory", false),
		.storage = amount(resources, "ephemeral-storage", false),
		.pods = amount(resources, "pods", false) };
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void add(struct fit_amounts *sum, const struct fit_amounts *more)
{
	sum->cpu_milli += more->cpu_milli;
	sum->memory += more->memory;
	sum->storage += more->storage;
}

static void raise(struct fit_amounts *to, const struct fit_amounts *least)
{
	to->cpu_milli = larger(to->cpu_milli, least->cpu_milli);
	to->memory = larger(to->memory, least->memory);
	to->storage = larger(to->storage, least->storage);
}

/* Containers run together; init containers one by one before them, but those that are restarted stay beside all that
 * comes after them. Source: k8s.io/component-helpers/resource, PodRequests. */
struct fit_amounts fit_requests(jv pod)
{
	scoped(jv) jv containers = jvs_get(pod, "spec.containers"), inits = jvs_get(pod, "spec.initContainers");
	scoped(jv) jv overhead_field = jvs_get(pod, "spec.overhead");
	struct fit_amounts sum = { 0 }, before = { 0 }, beside = { 0 }, overhead = amounts_of(overhead_field);

	for (int i = 0; i < jvs_len(containers); i++) {
		scoped(jv) jv container = jvs_item(containers, i), requests = jvs_get(container, "resources.requests");
		struct fit_amounts one = amounts_of(requests);

		add(&sum, &one);
	}
	for (int i = 0; i < jvs_len(inits); i++) {
		scoped(jv) jv container = jvs_item(inits, i), requests = jvs_get(container, "resources.requests");
		struct fit_amounts one = amounts_of(requests);

		add(&one, &beside);
		if (jvs_get_is(container, "restartPolicy", "Always"))
			beside = one;
		raise(&before, &one);
	}
	add(&sum, &beside);
	raise(&sum, &before);
	add(&sum, &overhead);
	sum.pods = 1;
	return sum;
}

struct fit_amounts fit_allocatable(jv node)
{
	scoped(jv) jv allocatable = jvs_get(node, "status.allocatable");

	return amounts_of(allocatable);
}

static bool tolerates(jv toleration, jv taint)
{
	scoped(jv) jv effect = jvs_at(toleration, "effect"), key = jvs_at(toleration, "key");
	scoped(jv) jv taint_key = jvs_at(taint, "key"), value = jvs_at(toleration, "value");
	scoped(jv) jv taint_value = jvs_at(taint, "value");
	bool exists = jvs_get_is(toleration, "operator", "Exists");

	if (*jvs_text(effect) && !jvs_get_is(taint, "effect", jvs_text(effect)))
		return false;
	if (!*jvs_text(key))
		return exists;
	if (strcmp(jvs_text(key), jvs_text(taint_key)) != 0)
		return false;
	return exists || strcmp(jvs_text(value), jvs_text(taint_value)) == 0;
}

bool fit_tolerates(jv tolerations, jv taint)
{
	for (int i = 0; i < jvs_len(tolerations); i++) {
		scoped(jv) jv toleration = jvs_item(tolerations, i);

		if (tolerates(toleration, taint))
			return true;
	}
	return false;
}

/* Whether the pod stays off: a taint that forbids scheduling and that it does not tolerate. */
static bool is_tainted(jv pod, jv node)
{
	scoped(jv) jv taints = jvs_get(node, "spec.taints"), tolerations = jvs_get(pod, "spec.tolerations");

	for (int i = 0; i < jvs_len(taints); i++) {
		scoped(jv) jv taint = jvs_item(taints, i);

		if (!jvs_get_is(taint, "effect", "PreferNoSchedule") && !fit_tolerates(tolerations, taint))
			return true;
	}
	return false;
}

static bool is_cordoned(jv pod, jv node)
{
	scoped(jv) jv tolerations = jvs_get(pod, "spec.tolerations");
	scoped(jv) jv taint = jvs_object(
		"key", jv_string("node.kubernetes.io/unschedulable"), "effect", jv_string("NoSchedule"), NULL);

	return jvs_get_bool(node, "spec.unschedulable", false) && !fit_tolerates(tolerations, taint);
}

static bool list_has(jv values, jv value)
{
	for (int i = 0; i < jvs_len(values); i++) {
		scoped(jv) jv one = jvs_item(values, i);

		if (jvs_equal(one, value))
			return true;
	}
	return false;
}

/* One of matchExpressions or matchFields against what the node has there (null: nothing). */
static bool meets(jv requirement, jv value)
{
	scoped(jv) jv values = jvs_at(requirement, "values"), operator= jvs_at(requirement, "operator");
	scoped(jv) jv bound = jvs_item(values, 0);
	const char *how = jvs_text(operator);
	bool there = jvs_is(value, JV_KIND_STRING);

	if (strcmp(how, "In") == 0)
		return there && list_has(values, value);
	if (strcmp(how, "NotIn") == 0)
		return !there || !list_has(values, value);
	if (strcmp(how, "Exists") == 0)
		return there;
	if (strcmp(how, "DoesNotExist") == 0)
		return !there;
	if (strcmp(how, "Gt") == 0)
		return there && strtoll(jvs_text(value), NULL, 10) > strtoll(jvs_text(bound), NULL, 10);
	return strcmp(how, "Lt") == 0 && there &&
	       strtoll(jvs_text(value), NULL, 10) < strtoll(jvs_text(bound), NULL, 10);
}

static bool meets_all(jv requirements, jv map)
{
	for (int i = 0; i < jvs_len(requirements); i++) {
		scoped(jv) jv requirement = jvs_item(requirements, i), key = jvs_at(requirement, "key");
		scoped(jv) jv value = jvs_at(map, jvs_text(key));

		if (!meets(requirement, value))
			return false;
	}
	return true;
}

/* A term without requirements matches nothing. */
static bool term_matches(jv term, jv node)
{
	scoped(jv) jv labels = jvs_get(node, "metadata.labels"), expressions = jvs_at(term, "matchExpressions");
	scoped(jv) jv fields = jvs_at(term, "matchFields");
	scoped(jv) jv own = jvs_object("metadata.name", jvs_get(node, "metadata.name"), NULL);

	return jvs_len(expressions) + jvs_len(fields) && meets_all(expressions, labels) && meets_all(fields, own);
}

static bool is_selected(jv pod, jv node)
{
	scoped(jv) jv labels = jvs_get(node, "metadata.labels"), wanted = jvs_get(pod, "spec.nodeSelector");
	scoped(jv) jv terms = jvs_get(
		pod, "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms");
	bool any = !jvs_is(terms, JV_KIND_ARRAY);

	if (jvs_is(wanted, JV_KIND_OBJECT))
		jv_object_foreach(wanted, key, value)
		{
			scoped(jv) jv name = key, want = value, have = jvs_at(labels, jvs_text(name));

			if (!jvs_equal(want, have))
				return false;
		}
	for (int i = 0; i < jvs_len(terms) && !any; i++) {
		scoped(jv) jv term = jvs_item(terms, i);

		any = term_matches(term, node);
	}
	return any;
}

static void check_room(const struct fit_amounts *wants, const struct fit_amounts *has, const struct fit_amounts *used,
	struct strs *reasons)
{
	if (used->pods + 1 > has->pods)
		strs_add(reasons, "Too many pods");
	if (wants->cpu_milli && used->cpu_milli + wants->cpu_milli > has->cpu_milli)
		strs_add(reasons, "Insufficient cpu");
	if (wants->memory && used->memory + wants->memory > has->memory)
		strs_add(reasons, "Insufficient memory");
	if (wants->storage && used->storage + wants->storage > has->storage)
		strs_add(reasons, "Insufficient ephemeral-storage");
}

bool fit_check(jv pod, const struct fit_amounts *wants, jv node, const struct fit_amounts *has,
	const struct fit_amounts *used, struct strs *reasons, bool *helpless)
{
	size_t before = reasons->len;

	*helpless = true;
	if (is_cordoned(pod, node))
		strs_add(reasons, "node(s) were unschedulable");
	else if (is_tainted(pod, node))
		strs_add(reasons, "node(s) had untolerated taint(s)");
	else if (!is_selected(pod, node))
		strs_add(reasons, "node(s) didn't match Pod's node affinity/selector");
	if (reasons->len == before) {
		check_room(wants, has, used, reasons);
		*helpless = false;
	}
	return reasons->len == before;
}
