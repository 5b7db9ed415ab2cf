/* Nodes. Source: k8s.io/kubernetes/pkg/registry/core/node, plugin/pkg/admission/nodetaint. */
#include <string.h>

#include "api/checks.h"
#include "api/edit.h"
#include "api/kind.h"
#include "formats/jvs.h"

#define NOT_READY "node.kubernetes.io/not-ready"

/* Until the node says otherwise all of it can be used. */
static void default_status(jv *status)
{
	scoped(jv) jv capacity = jvs_at(*status, "capacity");

	if (jvs_is(capacity, JV_KIND_OBJECT))
		edit_default(status, "allocatable", jv_copy(capacity));
}

static void default_fields(jv *object)
{
	edit_object(object, "status", default_status);
}

/* No pods before the node lifecycle controller saw it ready. */
static int prepare_create(jv *object, const struct finder *finder, struct err *err)
{
	jv spec = edit_take(object, "spec"), taints = edit_take(&spec, "taints");

	(void)finder, (void)err;
	if (!jvs_is(taints, JV_KIND_ARRAY))
		taints = jv_array();
	for (int i = 0; i < jvs_len(taints); i++) {
		scoped(jv) jv taint = jvs_item(taints, i);

		if (jvs_get_is(taint, "key", NOT_READY) && jvs_get_is(taint, "effect", "NoSchedule")) {
			jvs_put(&spec, "taints", taints);
			jvs_put(object, "spec", spec);
			return 0;
		}
	}
	taints = jv_array_append(
		taints, jvs_object("key", jv_string(NOT_READY), "effect", jv_string("NoSchedule"), NULL));
	jvs_put(&spec, "taints", taints);
	jvs_put(object, "spec", spec);
	return 0;
}

static void keep(jv *object, jv old, const char *field)
{
	scoped(jv) jv value = jvs_at(old, field);

	jvs_put(object, field, jv_copy(value));
}

static void prepare_update(jv *object, jv old)
{
	keep(object, old, "status");
}

static void prepare_status(jv *object, jv old)
{
	keep(object, old, "spec");
}

static void validate_taint(jv taint, const struct at *at, struct causes *causes)
{
	static const char *const effects[] = { "NoSchedule", "PreferNoSchedule", "NoExecute", NULL };

	check_name(taint, "key", NAME_KEY, true, at, causes);
	check_name(taint, "value", NAME_VALUE, false, at, causes);
	check_choice(taint, "effect", effects, true, at, causes);
}

static bool same_taint(jv a, jv b)
{
	scoped(jv) jv key = jvs_at(a, "key"), effect = jvs_at(a, "effect");

	return jvs_get_is(b, "key", jvs_text(key)) && jvs_get_is(b, "effect", jvs_text(effect));
}

static void validate(jv object, const struct finder *finder, struct causes *causes)
{
	scoped(jv) jv taints = jvs_get(object, "spec.taints");
	const struct at *at = at_field(at_field(NULL, "spec"), "taints");

	(void)finder;
	for (int i = 0; i < jvs_len(taints); i++) {
		scoped(jv) jv taint = jvs_item(taints, i);

		validate_taint(taint, at_item(at, i), causes);
		for (int k = 0; k < i; k++) {
			scoped(jv) jv before = jvs_item(taints, k);

			if (same_taint(taint, before))
				duplicate(causes, at_item(at, i), taint);
		}
	}
}

const struct kind_hooks node_hooks = {
	.default_fields = default_fields,
	.prepare_create = prepare_create,
	.prepare_update = prepare_update,
	.prepare_status = prepare_status,
	.validate = validate,
};
