/* Namespaces. Source: k8s.io/kubernetes/pkg/registry/core/namespace. */
#include "api/edit.h"
#include "api/kind.h"
#include "formats/jvs.h"

/* A label for selectors that mean one namespace by its name. */
static void default_fields(jv *object)
{
	jv meta = edit_take(object, "metadata"), labels;
	scoped(jv) jv name = jvs_at(meta, "name");

	if (*jvs_text(name)) {
		labels = edit_take(&meta, "labels");
		jvs_put(&labels, "kubernetes.io/metadata.name", jv_copy(name));
		jvs_put(&meta, "labels", labels);
	}
	jvs_put(object, "metadata", meta);
	if (!jvs_get_is(*object, "status.phase", "Terminating"))
		jvs_set_text(object, "status.phase", "Active");
}

static int prepare_create(jv *object, const struct finder *finder, struct err *err)
{
	(void)finder, (void)err;
	jvs_set(object, "spec.finalizers", JV_ARRAY(jv_string("kubernetes")));
	jvs_put(object, "status", jvs_object("phase", jv_string("Active"), NULL));
	return 0;
}

static void keep(jv *object, jv old, const char *field)
{
	scoped(jv) jv value = jvs_at(old, field);

	jvs_put(object, field, jv_copy(value));
}

static void prepare_update(jv *object, jv old)
{
	keep(object, old, "spec");
	keep(object, old, "status");
}

static void prepare_status(jv *object, jv old)
{
	keep(object, old, "spec");
}

const struct kind_hooks namespace_hooks = {
	.default_fields = default_fields,
	.prepare_create = prepare_create,
	.prepare_update = prepare_update,
	.prepare_status = prepare_status,
};
