#include "api/podspec.h"

#include <limits.h>
#include <string.h>

#include "api/checks.h"
#include "base/strs.h"
#include "formats/jvs.h"

static const char *const restart_policies[] = { "Always", "OnFailure", "Never", NULL };
static const char *const dns_policies[] = { "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None", NULL };
static const char *const taint_effects[] = { "NoSchedule", "PreferNoSchedule", "NoExecute", NULL };

static void validate_operator(jv toleration, const struct at *at, struct causes *causes)
{
	static const char *const operators[] = { "Equal", "Exists", NULL };
	scoped(jv) jv op = jvs_at(toleration, "operator"), value = jvs_at(toleration, "value");
	scoped(strs) struct strs faults = { 0 };
	scoped_free char *words = NULL;

	if (!*jvs_text(op) || !strcmp(jvs_text(op), "Equal")) {
		names_check(NAME_VALUE, jvs_text(value), &faults);
		words = strs_join(&faults, ";");
		if (faults.len)
			invalid(causes, at_field(at, "operator"), value, "%s", words);
	} else if (!strcmp(jvs_text(op), "Exists")) {
		if (*jvs_text(value))
			invalid(causes, at_field(at, "operator"), toleration,
				"value must be empty when `operator` is 'Exists'");
	} else {
		unsupported(causes, at_field(at, "operator"), op, operators);
	}
}

void tolerations_validate(jv tolerations, const struct at *at, struct causes *causes)
{
	for (int i = 0; i < jvs_len(tolerations); i++) {
		scoped(jv) jv toleration = jvs_item(tolerations, i), key = jvs_at(toleration, "key"),
			      op = jvs_at(toleration, "operator"), effect = jvs_at(toleration, "effect"),
			      seconds = jvs_at(toleration, "tolerationSeconds");
		const struct at *item = at_item(at, i);

		check_name(toleration, "key", NAME_KEY, false, item, causes);
		if (!*jvs_text(key) && strcmp(jvs_text(op), "Exists") != 0)
			invalid(causes, at_field(item, "operator"), op,
				"operator must be Exists when `key` is empty, which means \"match all values and all "
				"keys\"");
		if (jvs_is(seconds, JV_KIND_NUMBER) && strcmp(jvs_text(effect), "NoExecute") != 0)
			invalid(causes, at_field(item, "effect"), effect,
				"effect must be 'NoExecute' when `tolerationSeconds` is set");
		validate_operator(toleration, item, causes);
		check_choice(toleration, "effect", taint_effects, false, item, causes);
	}
}

static void validate_security(jv spec, const struct at *at, struct causes *causes)
{
	static const char *const ids[] = { "runAsUser", "runAsGroup", "fsGroup" };
	scoped(jv) jv context = jvs_at(spec, "securityContext");
	const struct at *where = at_field(at, "securityContext");

	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		check_between(context, ids[i], 0, INT_MAX, where, causes);
	if (jvs_get_bool(spec, "shareProcessNamespace", false) && jvs_get_bool(spec, "hostPID", false)) {
		scoped(jv) jv yes = jv_true();

		invalid(causes, at_field(at, "shareProcessNamespace"), yes,
			"ShareProcessNamespace and HostPID cannot both be enabled");
	}
}

static void validate_expression(jv expression, const struct at *at, struct causes *causes)
{
	scoped(jv) jv op = jvs_at(expression, "operator"), values = jvs_at(expression, "values");
	const char *text = jvs_text(op);
	int count = jvs_len(values);

	check_name(expression, "key", NAME_KEY, true, at, causes);
	if (!strcmp(text, "In") || !strcmp(text, "NotIn")) {
		if (!count)
			required(
				causes, at_field(at, "values"), "must be specified when `operator` is 'In' or 'NotIn'");
	} else if (!strcmp(text, "Exists") || !strcmp(text, "DoesNotExist")) {
		if (count)
			forbidden(causes, at_field(at, "values"),
				"may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
	} else if (!strcmp(text, "Gt") || !strcmp(text, "Lt")) {
		if (count != 1)
			required(causes, at_field(at, "values"),
				"must be specified single value when `operator` is 'Lt' or 'Gt'");
	} else {
		invalid(causes, at_field(at, "operator"), op, "not a valid selector operator");
	}
}

static void validate_node_affinity(jv spec, const struct at *at, struct causes *causes)
{
	scoped(jv) jv needed = jvs_get(spec, "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution");
	scoped(jv) jv terms = jvs_at(needed, "nodeSelectorTerms");
	const struct at *where = at_field(
		at_field(at_field(at, "affinity"), "nodeAffinity"), "requiredDuringSchedulingIgnoredDuringExecution");

	if (!jvs_is(needed, JV_KIND_OBJECT))
		return;
	if (jvs_len(terms) == 0)
		required(causes, at_field(where, "nodeSelectorTerms"), "must have at least one node selector term");
	for (int i = 0; i < jvs_len(terms); i++) {
		scoped(jv) jv term = jvs_item(terms, i), expressions = jvs_at(term, "matchExpressions");
		const struct at *item = at_item(at_field(where, "nodeSelectorTerms"), i);

		for (int k = 0; k < jvs_len(expressions); k++) {
			scoped(jv) jv expression = jvs_item(expressions, k);

			validate_expression(expression, at_item(at_field(item, "matchExpressions"), k), causes);
		}
	}
}

static void validate_spread(jv spec, const struct at *at, struct causes *causes)
{
	static const char *const actions[] = { "DoNotSchedule", "ScheduleAnyway", NULL };
	scoped(jv) jv list = jvs_at(spec, "topologySpreadConstraints");

	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv constraint = jvs_item(list, i);
		const struct at *item = at_item(at_field(at, "topologySpreadConstraints"), i);

		check_above_zero(constraint, "maxSkew", item, causes);
		check_name(constraint, "topologyKey", NAME_KEY, true, item, causes);
		check_choice(constraint, "whenUnsatisfiable", actions, true, item, causes);
	}
}

void pod_spec_validate(jv spec, const struct at *at, struct causes *causes)
{
	static const char *const preemption[] = { "Never", "PreemptLowerPriority", NULL };
	scoped(jv) jv selector = jvs_at(spec, "nodeSelector"), tolerations = jvs_at(spec, "tolerations");

	volumes_validate(spec, at, causes);
	containers_validate(spec, at, causes);
	check_choice(spec, "restartPolicy", restart_policies, true, at, causes);
	check_choice(spec, "dnsPolicy", dns_policies, true, at, causes);
	check_labels(selector, at_field(at, "nodeSelector"), causes);
	validate_security(spec, at, causes);
	validate_node_affinity(spec, at, causes);
	validate_spread(spec, at, causes);
	check_name(spec, "serviceAccountName", NAME_SUBDOMAIN, false, at, causes);
	check_name(spec, "nodeName", NAME_SUBDOMAIN, false, at, causes);
	check_between(spec, "activeDeadlineSeconds", 1, INT_MAX, at, causes);
	check_name(spec, "hostname", NAME_LABEL, false, at, causes);
	check_name(spec, "subdomain", NAME_LABEL, false, at, causes);
	tolerations_validate(tolerations, at_field(at, "tolerations"), causes);
	check_name(spec, "priorityClassName", NAME_SUBDOMAIN, false, at, causes);
	check_choice(spec, "preemptionPolicy", preemption, false, at, causes);
	check_not_negative(spec, "terminationGracePeriodSeconds", at, causes);
}

void pod_template_validate(jv template, const struct at *at, struct causes *causes)
{
	scoped(jv) jv spec = jvs_at(template, "spec"), labels = jvs_get(template, "metadata.labels"),
		      annotations = jvs_get(template, "metadata.annotations");

	check_labels(labels, at_field(at, "labels"), causes);
	check_annotations(annotations, at_field(at, "annotations"), causes);
	pod_spec_validate(spec, at_field(at, "spec"), causes);
}
