/* Kinds with little of their own: pod templates, endpoints, service accounts, controller revisions, scales. */
#include "api/checks.h"
#include "api/edit.h"
#include "api/kind.h"
#include "api/podspec.h"
#include "formats/jvs.h"

static void default_template(jv *object)
{
	edit_object(object, "template", pod_template_default);
}

static void validate_template(jv object, const struct finder *finder, struct causes *causes)
{
	scoped(jv) jv template = jvs_at(object, "template");

	(void)finder;
	pod_template_validate(template, at_field(NULL, "template"), causes);
}

const struct kind_hooks pod_template_hooks = {
	.default_fields = default_template,
	.validate = validate_template,
};

static void default_port(jv *port)
{
	edit_default_text(port, "protocol", "TCP");
}

static void default_subset(jv *subset)
{
	edit_items(subset, "ports", default_port);
}

static void default_endpoints(jv *object)
{
	edit_items(object, "subsets", default_subset);
}

const struct kind_hooks endpoints_hooks = {
	.default_fields = default_endpoints,
};

const struct kind_hooks service_account_hooks = { 0 };

static void validate_revision(jv object, const struct finder *finder, struct causes *causes)
{
	scoped(jv) jv data = jvs_at(object, "data");

	(void)finder;
	if (jvs_is(data, JV_KIND_NULL))
		required(causes, at_field(NULL, "data"), NULL);
	check_not_negative(object, "revision", NULL, causes);
}

static void validate_revision_update(jv object, jv old, struct causes *causes)
{
	scoped(jv) jv now = jvs_at(object, "data"), before = jvs_at(old, "data");

	check_same(now, before, at_field(NULL, "data"), causes);
}

const struct kind_hooks controller_revision_hooks = {
	.validate = validate_revision,
	.validate_update = validate_revision_update,
};

static void validate_scale(jv object, const struct finder *finder, struct causes *causes)
{
	scoped(jv) jv spec = jvs_at(object, "spec");

	(void)finder;
	check_not_negative(spec, "replicas", at_field(NULL, "spec"), causes);
}

const struct kind_hooks scale_hooks = {
	.validate = validate_scale,
};
