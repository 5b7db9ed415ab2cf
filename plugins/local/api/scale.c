#include "api/scale.h"

#include <stdlib.h>
#include <string.h>

#include "api/answer.h"
#include "api/body.h"
#include "api/invalid.h"
#include "api/kind.h"
#include "api/managed.h"
#include "api/negotiate.h"
#include "api/object.h"
#include "api/persist.h"
#include "api/read.h"
#include "api/reply.h"
#include "api/request.h"
#include "api/validate.h"
#include "api/write.h"
#include "api/writing.h"
#include "formats/jvs.h"
#include "formats/selector.h"

static const struct kind scale_kind = {
	.group = "autoscaling", .version = "v1", .kind = "Scale", .plural = "scales", .namespaced = true,
	.schema = "io.k8s.api.autoscaling.v1.Scale", .hooks = &scale_hooks,
};

/* What a Scale shows of its parent's metadata. */
static jv metadata_of(jv parent)
{
	static const char *const keys[] = { "name", "namespace", "uid", "resourceVersion", "creationTimestamp", NULL };
	scoped(jv) jv metadata = jvs_at(parent, "metadata");
	jv shown = jv_object();

	for (const char *const *key = keys; *key; key++) {
		jv value = jvs_at(metadata, *key);

		if (jvs_is(value, JV_KIND_NULL))
			jv_free(value);
		else
			jvs_put(&shown, *key, value);
	}
	return shown;
}

static jv scale_of(jv parent)
{
	scoped(jv) jv wanted = jvs_get(parent, "spec.selector");
	scoped_ptr(selector) struct selector *selector = NULL;
	jv spec = jv_object(), status = jv_object();
	int64_t replicas = jvs_get_int(parent, "spec.replicas", 0);

	if (replicas)
		jvs_put(&spec, "replicas", jv_number((double)replicas));
	jvs_put(&status, "replicas", jv_number((double)jvs_get_int(parent, "status.replicas", 0)));
	if (selector_from_object(wanted, &selector, NULL) == 0 && selector) {
		scoped_free char *text = selector_text(selector);

		jvs_put(&status, "selector", jv_string(text));
	}
	return jvs_object("kind", jv_string("Scale"), "apiVersion", jv_string("autoscaling/v1"), "metadata",
		metadata_of(parent), "spec", spec, "status", status, NULL);
}

static int answer_scale(struct request *request, jv parent)
{
	scoped(jv) jv scale = scale_of(parent);

	answer_json(request, 200, scale);
	return 0;
}

static int check_scale(struct request *request, jv scale, jv live)
{
	scoped_free char *name = object_meta(scale, "name");
	scoped(causes) struct causes causes = {0};
	scoped(jv) jv status = jv_null();

	if (!name || strcmp(name, request->name) != 0)
		return reply_fail(request, 400, "BadRequest", jv_invalid(),
			"the name of the object (%s) does not match the name on the URL (%s)", name ? name : "",
			request->name);
	validate_update(&scale_kind, scale, live, &causes);
	if (!causes_any(&causes))
		return 0;
	status = causes_status(&causes, "autoscaling", "Scale", request->name);
	answer_json(request, 422, status);
	return -1;
}

/* The parent with the number of the scale; and the version that the scale was made from, to be held against it. */
static void put_replicas(jv *parent, jv scale)
{
	scoped_free char *version = object_meta(scale, "resourceVersion"), *uid = object_meta(scale, "uid");

	jvs_set_int(parent, "spec.replicas", jvs_get_int(scale, "spec.replicas", 0));
	object_set_meta(parent, "resourceVersion", jv_string(version ? version : ""));
	if (uid)
		object_set_meta(parent, "uid", jv_string(uid));
}

/* A Scale of 0 has no field replicas, so nobody owns it by way of a Scale any longer. */
static void disown_replicas(jv *parent)
{
	scoped(jv) jv metadata = jvs_at(*parent, "metadata"), old = jvs_at(metadata, "managedFields");
	jv list = jv_array();

	for (int i = 0; i < jvs_len(old); i++) {
		scoped(jv) jv entry = jvs_item(old, i);

		if (!jvs_get_is(entry, "subresource", "scale"))
			list = jv_array_append(list, jv_copy(entry));
	}
	object_set_meta(parent, "managedFields", list);
}

static int change_parent(struct request *request, struct writing *writing, const struct body *body, jv parent, jv scale)
{
	scoped(jv) jv object = jv_copy(parent);
	enum written written;

	put_replicas(&object, scale);
	managed_update(request->kind, parent, &object, &writing->manager);
	if (!jvs_get_int(scale, "spec.replicas", 0))
		disown_replicas(&object);
	writing->applied = true;        /* the books are kept: as of here it is an apply's result */
	if (write_change(request, writing, body, parent, &object, &written) < 0)
		return -1;
	return answer_scale(request, object);
}

/* An apply of a Scale is one of its parent that says nothing but the number. */
static int apply_scale(struct request *request, struct writing *writing, const struct body *body, jv parent)
{
	scoped(jv) jv scale = jv_null(), object = jv_null(), details = jv_null();
	scoped(jv) jv patch = jv_null();
	scoped_free char *version = kind_api_version(request->kind);
	scoped(buf) struct buf text = {0};
	scoped(err) struct err err = {0};
	enum written written;

	if (decode(&scale_kind, buf_slice(&request->body), true, writing->strictness, &scale, &writing->warnings,
		    &err) < 0)
		return reply_err(request, &err, jv_invalid());
	patch = jvs_object("apiVersion", jv_string(version), "kind", jv_string(request->kind->kind), "metadata",
		jvs_object("name", jv_string(request->name), NULL), "spec",
		jvs_object("replicas", jv_number((double)jvs_get_int(scale, "spec.replicas", 0)), NULL), NULL);
	jvs_print(patch, &text);
	if (managed_apply(request->kind, parent, buf_slice(&text), &writing->manager, writing->force,
		    writing->strictness, &object, &writing->warnings, &details, &err) < 0)
		return reply_err(request, &err, jvs_is(details, JV_KIND_NULL) ? jv_invalid() : jv_copy(details));
	if (write_change(request, writing, body, parent, &object, &written) < 0)
		return -1;
	return answer_scale(request, object);
}

static int write_scale(struct request *request, const struct body *body, jv parent)
{
	bool put = request->verb == VERB_UPDATE;
	scoped(writing) struct writing writing = {0};
	scoped(jv) jv scale = jv_null(), live = scale_of(parent);
	const struct kind *kind = request->kind;
	int result;

	if (writing_init(&writing, request, put ? "UpdateOptions" : "PatchOptions") < 0)
		return -1;
	if (writing.applied)
		return apply_scale(request, &writing, body, parent);
	if (put) {
		result = writing_decode(&writing, request, &scale_kind, &scale);
	} else {
		request->kind = &scale_kind;
		result = write_patched(request, &writing, live, &scale);
		request->kind = kind;
	}
	if (result < 0 || check_scale(request, scale, live) < 0)
		return -1;
	return change_parent(request, &writing, body, parent, scale);
}

int scale_handle(struct request *request)
{
	scoped(jv) jv parent = jv_null();
	struct body *body;

	if (negotiate(request) < 0)
		return -1;
	body = read_body(request);
	if (!body)
		return -1;
	parent = persist_read(request, body);
	return request->verb == VERB_GET ? answer_scale(request, parent) : write_scale(request, body, parent);
}
