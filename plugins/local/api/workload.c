#include "api/workload.h"

#include "api/checks.h"
#include "api/edit.h"
#include "api/podspec.h"
#include "formats/jvs.h"
#include "formats/selector.h"

/* Whether the template's labels are what is selected; a selector that is missing or malformed selects nothing. */
static bool selects(jv selector, jv labels)
{
	scoped_ptr(selector) struct selector *parsed = NULL;

	return jvs_is(selector, JV_KIND_OBJECT) && selector_from_object(selector, &parsed, NULL) == 0 &&
	       selector_matches(parsed, labels);
}

static bool is_empty(jv selector)
{
	scoped(jv) jv labels = jvs_at(selector, "matchLabels"), expressions = jvs_at(selector, "matchExpressions");

	return jvs_len(expressions) == 0 && !(jvs_is(labels, JV_KIND_OBJECT) && jv_object_length(jv_copy(labels)) > 0);
}

static void validate_selector(jv selector, const struct at *at, struct causes *causes)
{
	if (!jvs_is(selector, JV_KIND_OBJECT)) {
		required(causes, at, NULL);
		return;
	}
	check_selector(selector, at, causes);
	if (is_empty(selector))
		invalid(causes, at, selector, "empty selector is invalid for deployment");
}

static void validate_template(jv template, jv selector, const struct at *at, struct causes *causes)
{
	static const char *const policies[] = { "Always", NULL };
	scoped(jv) jv labels = jvs_get(template, "metadata.labels"), spec = jvs_at(template, "spec"),
		      deadline = jvs_at(spec, "activeDeadlineSeconds"), policy = jvs_at(spec, "restartPolicy");

	if (!selects(selector, labels) && !(jvs_is(selector, JV_KIND_OBJECT) && is_empty(selector)))
		invalid(causes, at_field(at_field(at, "metadata"), "labels"), labels,
			"`selector` does not match template `labels`");
	pod_template_validate(template, at, causes);
	if (!jvs_get_is(spec, "restartPolicy", "Always"))
		unsupported(causes, at_field(at_field(at, "spec"), "restartPolicy"), policy, policies);
	if (!jvs_is(deadline, JV_KIND_NULL))
		forbidden(causes, at_field(at_field(at, "spec"), "activeDeadlineSeconds"),
			"activeDeadlineSeconds in ReplicaSet is not Supported");
}

void workload_validate(jv spec, const struct at *at, struct causes *causes)
{
	scoped(jv) jv selector = jvs_at(spec, "selector"), template = jvs_at(spec, "template");

	check_not_negative(spec, "replicas", at, causes);
	check_not_negative(spec, "minReadySeconds", at, causes);
	validate_selector(selector, at_field(at, "selector"), causes);
	validate_template(template, selector, at_field(at, "template"), causes);
}

void workload_validate_update(jv object, jv old, struct causes *causes)
{
	scoped(jv) jv now = jvs_get(object, "spec.selector"), before = jvs_get(old, "spec.selector");

	check_same(now, before, at_field(at_field(NULL, "spec"), "selector"), causes);
}

void workload_prepare_update(jv *object, jv old)
{
	scoped(jv) jv status = jvs_at(old, "status");

	jvs_put(object, "status", jv_copy(status));
}

void workload_prepare_status(jv *object, jv old)
{
	scoped(jv) jv spec = jvs_at(old, "spec");

	jvs_put(object, "spec", jv_copy(spec));
}
