/* Replica sets. Source: k8s.io/kubernetes/pkg/apis/apps/v1/defaults.go, pkg/apis/apps/validation. */
#include "api/checks.h"
#include "api/edit.h"
#include "api/kind.h"
#include "api/podspec.h"
#include "api/schema.h"
#include "api/typed.h"
#include "api/workload.h"
#include "formats/jvs.h"

static void default_spec(jv *spec)
{
	edit_default_int(spec, "replicas", 1);
	edit_object(spec, "template", pod_template_default);
}

static void default_fields(jv *object)
{
	edit_object(object, "spec", default_spec);
}

static int prepare_create(jv *object, const struct finder *finder, struct err *err)
{
	(void)finder, (void)err;
	jvs_put(object, "status", typed_zero(schema_find("io.k8s.api.apps.v1.ReplicaSetStatus")));
	return 0;
}

static void validate(jv object, const struct finder *finder, struct causes *causes)
{
	scoped(jv) jv spec = jvs_at(object, "spec");

	(void)finder;
	workload_validate(spec, at_field(NULL, "spec"), causes);
}

static void validate_status(jv object, jv old, struct causes *causes)
{
	static const char *const parts[] = { "fullyLabeledReplicas", "readyReplicas", "availableReplicas" };
	scoped(jv) jv status = jvs_at(object, "status");
	const struct at *at = at_field(NULL, "status");
	int64_t all = jvs_get_int(status, "replicas", 0);

	(void)old;
	check_not_negative(status, "replicas", at, causes);
	check_not_negative(status, "observedGeneration", at, causes);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		scoped(jv) jv part = jvs_at(status, parts[i]);

		check_not_negative(status, parts[i], at, causes);
		if (jvs_get_int(status, parts[i], 0) > all)
			invalid(causes, at_field(at, parts[i]), part, "cannot be greater than status.replicas");
	}
}

const struct kind_hooks replica_set_hooks = {
	.default_fields = default_fields,
	.prepare_create = prepare_create,
	.prepare_update = workload_prepare_update,
	.prepare_status = workload_prepare_status,
	.validate = validate,
	.validate_update = workload_validate_update,
	.validate_status = validate_status,
};
