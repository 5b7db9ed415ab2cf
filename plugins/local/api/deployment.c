/* Deployments. Source: k8s.io/kubernetes/pkg/apis/apps/v1/defaults.go, pkg/apis/apps/validation. */
#include <stdlib.h>
#include <string.h>

#include "api/checks.h"
#include "api/edit.h"
#include "api/kind.h"
#include "api/podspec.h"
#include "api/schema.h"
#include "api/typed.h"
#include "api/workload.h"
#include "formats/jvs.h"

static void default_rolling(jv *strategy)
{
	jv rolling;

	edit_default_text(strategy, "type", "RollingUpdate");
	if (!jvs_get_is(*strategy, "type", "RollingUpdate"))
		return;
	rolling = edit_take(strategy, "rollingUpdate");
	if (!jvs_is(rolling, JV_KIND_OBJECT))
		rolling = jv_object();
	edit_default_text(&rolling, "maxUnavailable", "25%");
	edit_default_text(&rolling, "maxSurge", "25%");
	jvs_put(strategy, "rollingUpdate", rolling);
}

static void default_spec(jv *spec)
{
	edit_default_int(spec, "replicas", 1);
	edit_default_int(spec, "revisionHistoryLimit", 10);
	edit_default_int(spec, "progressDeadlineSeconds", 600);
	edit_default(spec, "strategy", jv_object());
	edit_object(spec, "strategy", default_rolling);
	edit_object(spec, "template", pod_template_default);
}

static void default_fields(jv *object)
{
	edit_object(object, "spec", default_spec);
}

static int prepare_create(jv *object, const struct finder *finder, struct err *err)
{
	(void)finder, (void)err;
	jvs_put(object, "status", typed_zero(schema_find("io.k8s.api.apps.v1.DeploymentStatus")));
	return 0;
}

static void prepare_status(jv *object, jv old)
{
	scoped(jv) jv labels = jvs_get(old, "metadata.labels");

	workload_prepare_status(object, old);
	if (jvs_is(labels, JV_KIND_OBJECT))
		jvs_set(object, "metadata.labels", jv_copy(labels));
	else
		jvs_remove(object, "metadata.labels");
}

static bool is_zero(jv value)
{
	return jvs_is(value, JV_KIND_STRING) ? atoi(jv_string_value(value)) == 0
					     : jvs_is(value, JV_KIND_NUMBER) && jv_number_value(value) == 0;
}

static void validate_rolling(jv rolling, const struct at *at, struct causes *causes)
{
	scoped(jv) jv unavailable = jvs_at(rolling, "maxUnavailable"), surge = jvs_at(rolling, "maxSurge");

	if (!jvs_is(rolling, JV_KIND_OBJECT)) {
		required(causes, at, "this should be defaulted and never be nil");
		return;
	}
	check_percent_or_count(unavailable, at_field(at, "maxUnavailable"), causes);
	check_percent_or_count(surge, at_field(at, "maxSurge"), causes);
	if (is_zero(unavailable) && is_zero(surge))
		invalid(causes, at_field(at, "maxUnavailable"), unavailable, "may not be 0 when `maxSurge` is 0");
	if (jvs_is(unavailable, JV_KIND_STRING) && atoi(jv_string_value(unavailable)) > 100)
		invalid(causes, at_field(at, "maxUnavailable"), unavailable, "must not be greater than 100%%");
}

static void validate_strategy(jv strategy, const struct at *at, struct causes *causes)
{
	static const char *const types[] = { "Recreate", "RollingUpdate", NULL };
	scoped(jv) jv rolling = jvs_at(strategy, "rollingUpdate"), type = jvs_at(strategy, "type");

	if (!strcmp(jvs_text(type), "RollingUpdate"))
		validate_rolling(rolling, at_field(at, "rollingUpdate"), causes);
	else if (strcmp(jvs_text(type), "Recreate") != 0)
		unsupported(causes, at_field(at, "type"), strategy, types);
	else if (jvs_is(rolling, JV_KIND_OBJECT))
		forbidden(causes, at_field(at, "rollingUpdate"),
			"may not be specified when strategy `type` is 'Recreate'");
}

static void validate(jv object, const struct finder *finder, struct causes *causes)
{
	scoped(jv) jv spec = jvs_at(object, "spec"), strategy = jvs_at(spec, "strategy"),
		      deadline = jvs_at(spec, "progressDeadlineSeconds");
	const struct at *at = at_field(NULL, "spec");

	(void)finder;
	workload_validate(spec, at, causes);
	validate_strategy(strategy, at_field(at, "strategy"), causes);
	check_not_negative(spec, "revisionHistoryLimit", at, causes);
	check_not_negative(spec, "progressDeadlineSeconds", at, causes);
	if (jvs_is(deadline, JV_KIND_NUMBER) && jv_number_value(deadline) <= jvs_get_int(spec, "minReadySeconds", 0))
		invalid(causes, at_field(at, "progressDeadlineSeconds"), deadline,
			"must be greater than minReadySeconds");
}

static void validate_status(jv object, jv old, struct causes *causes)
{
	static const char *const counts[] = {
		"observedGeneration",
		"replicas",
		"updatedReplicas",
		"readyReplicas",
		"availableReplicas",
	};
	scoped(jv) jv status = jvs_at(object, "status");

	(void)old;
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		check_not_negative(status, counts[i], at_field(NULL, "status"), causes);
}

static const char *const status_resets[] = { "f:labels", NULL };

const struct kind_hooks deployment_hooks = {
	.default_fields = default_fields,
	.prepare_create = prepare_create,
	.prepare_update = workload_prepare_update,
	.prepare_status = prepare_status,
	.validate = validate,
	.validate_update = workload_validate_update,
	.validate_status = validate_status,
	.status_resets = status_resets,
};
