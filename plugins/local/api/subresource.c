#include "api/subresource.h"

#include <stdlib.h>
#include <string.h>

#include "api/answer.h"
#include "api/body.h"
#include "api/delete.h"
#include "api/kind.h"
#include "api/negotiate.h"
#include "api/object.h"
#include "api/persist.h"
#include "api/read.h"
#include "api/reply.h"
#include "api/request.h"
#include "api/scale.h"
#include "api/write.h"
#include "api/writing.h"
#include "base/mem.h"
#include "formats/jvs.h"

/* status and finalize are the object itself, of which the kind's rules let only a part be written. */
static int whole(struct request *request)
{
	switch (request->verb) {
	case VERB_GET:
		return read_get(request);
	case VERB_UPDATE:
		return write_update(request);
	default:
		return write_patch(request);
	}
}

static const struct kind binding_kind = {
	.group = "", .version = "v1", .kind = "Binding", .plural = "bindings", .schema = "io.k8s.api.core.v1.Binding",
};

static const struct kind eviction_kind = {
	.group = "policy", .version = "v1", .kind = "Eviction", .plural = "evictions",
	.also = "policy/v1beta1", .schema = "io.k8s.api.policy.v1.Eviction",
};

/* A PodScheduled condition that says yes. */
static void set_scheduled(jv *pod, const char *time)
{
	scoped(jv) jv old = jvs_get(*pod, "status.conditions"), metadata = jvs_at(*pod, "metadata");
	jv list = jv_array();
	jv scheduled = jvs_object("type", jv_string("PodScheduled"), "observedGeneration",
		jv_number((double)jvs_get_int(metadata, "generation", 0)), "status", jv_string("True"), "lastProbeTime",
		jv_null(), "lastTransitionTime", jv_string(time), NULL);

	for (int i = 0; i < jvs_len(old); i++) {
		scoped(jv) jv condition = jvs_item(old, i);

		if (!jvs_get_is(condition, "type", "PodScheduled"))
			list = jv_array_append(list, jv_copy(condition));
	}
	jvs_set(pod, "status.conditions", jv_array_append(list, scheduled));
}

static int bind_conflict(struct request *request, const char *why)
{
	return reply_fail(request, 409, "Conflict",
		jvs_object("name", jv_string(request->name), "kind", jv_string("pods/binding"), NULL),
		"Operation cannot be fulfilled on pods/binding \"%s\": %s", request->name, why);
}

static int bind_pod(struct request *request, const struct writing *writing, jv *pod, const char *node)
{
	scoped_free char *assigned = jvs_get_text(*pod, "spec.nodeName"), *why = NULL;

	if (object_has_meta(*pod, "deletionTimestamp"))
		why = mem_printf("pod %s is being deleted, cannot be assigned to a host", request->name);
	else if (assigned && *assigned)
		why = mem_printf("pod %s is already assigned to node \"%s\"", request->name, assigned);
	if (why)
		return bind_conflict(request, why);
	jvs_set_text(pod, "spec.nodeName", node);
	set_scheduled(pod, writing->time);
	if (!writing->dry_run && persist_store(request, request->name, pod) < 0)
		return -1;
	return reply_success(request, 201, jv_invalid());
}

/* A pod is given to a node: what the scheduler does. */
static int bind(struct request *request)
{
	scoped(writing) struct writing writing = {0};
	scoped(jv) jv binding = jv_null(), pod = jv_null();
	scoped_free char *name = NULL, *node = NULL;
	struct body *body;

	if (negotiate(request) < 0 || writing_init(&writing, request, "CreateOptions") < 0 ||
			writing_decode(&writing, request, &binding_kind, &binding) < 0)
		return -1;
	name = object_meta(binding, "name");
	node = jvs_get_text(binding, "target.name");
	if (!name || strcmp(name, request->name) != 0)
		return reply_fail(
			request, 400, "BadRequest", jv_invalid(), "name in URL does not match name in Binding object");
	if (!node || !*node)
		return reply_fail(request, 422, "Invalid", jv_invalid(),
			"Binding \"%s\" is invalid: target.name: Required value", name);
	body = read_body(request);
	if (!body)
		return -1;
	pod = persist_read(request, body);
	return bind_pod(request, &writing, &pod, node);
}

/* A deletion that asks first. There are no disruption budgets here, so nothing forbids it. */
static int evict(struct request *request)
{
	scoped(writing) struct writing writing = {0};
	scoped(jv) jv eviction = jv_null(), options = jv_null();
	scoped_free char *name = NULL;

	if (negotiate(request) < 0 || writing_init(&writing, request, "CreateOptions") < 0 ||
			writing_decode(&writing, request, &eviction_kind, &eviction) < 0)
		return -1;
	name = object_meta(eviction, "name");
	if (!name || strcmp(name, request->name) != 0)
		return reply_fail(
			request, 400, "BadRequest", jv_invalid(), "name in URL does not match name in Eviction object");
	options = jvs_at(eviction, "deleteOptions");
	if (writing.dry_run)
		jvs_put(&options, "dryRun", jv_array_append(jv_array(), jv_string("All")));
	if (delete_by(request, options) < 0)
		return -1;
	return reply_success(request, 201, jv_invalid());
}

static bool is_assigned(struct request *request, bool *found)
{
	struct body *body = read_body(request);
	scoped(jv) jv pod = body ? persist_read(request, body) : jv_null();
	scoped_free char *node = jvs_get_text(pod, "spec.nodeName");

	*found = body != NULL;
	return node && *node;
}

static int not_served(struct request *request)
{
	return reply_fail(request, 501, "NotImplemented", jv_invalid(), "%s/%s is not served by this cluster",
		request->kind->plural, request->sub);
}

static int log_of(struct request *request)
{
	bool found, assigned = is_assigned(request, &found);

	if (!found)
		return -1;
	if (assigned)
		return not_served(request);
	request->answer.code = 204;
	return 0;
}

static int stream(struct request *request)
{
	bool found, assigned = is_assigned(request, &found);

	if (!found)
		return -1;
	if (assigned)
		return not_served(request);
	return reply_fail(
		request, 400, "BadRequest", jv_invalid(), "pod %s does not have a host assigned", request->name);
}

static int proxy(struct request *request)
{
	bool found, assigned = is_assigned(request, &found);

	if (!found)
		return -1;
	return assigned ? not_served(request)
		: reply_fail(request, 400, "BadRequest", jv_invalid(), "address not allowed");
}

int subresource_handle(struct request *request)
{
	static const struct {
		const char *name;
		int (*handle)(struct request *request);
	} handlers[] = {
		{ "status", whole }, { "finalize", whole }, { "scale", scale_handle }, { "binding", bind },
		{ "eviction", evict }, { "log", log_of }, { "exec", stream }, { "attach", stream },
		{ "portforward", stream }, { "proxy", proxy },
	};

	for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++)
		if (strcmp(handlers[i].name, request->sub) == 0)
			return handlers[i].handle(request);
	return reply_no_resource(request);
}
