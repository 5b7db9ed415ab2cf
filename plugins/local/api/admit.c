#include "api/admit.h"

#include <stdlib.h>
#include <string.h>

#include "api/body.h"
#include "api/collection.h"
#include "api/request.h"
#include "api/reply.h"
#include "api/store.h"
#include "base/clock.h"
#include "base/mem.h"
#include "formats/jvs.h"

/* Upstream looks ten times for the default account of a namespace that may have been made just now. */
#define WAIT_MS 2000
#define AGAIN_MS 50

static struct body *find_body(const struct api *api, const char *plural, const char *ns, const char *name)
{
	const struct kind *kind = kind_find("", "v1", plural);
	scoped_free char *key = ns && *ns ? mem_printf("%s/%s", ns, name) : mem_dup(name);
	struct entry *entry = kind ? collection_find(store_collection(api->store, kind), key) : NULL;

	return entry ? entry->body : NULL;
}

static jv terminating_details(const struct request *request, const char *name)
{
	jv details = reply_details(request->kind, name);
	jv cause = jvs_object("reason", jv_string("NamespaceTerminating"), "message",
		jv_string_fmt("namespace %s is being terminated", request->ns), "field",
		jv_string("metadata.namespace"), NULL);

	jvs_put(&details, "causes", jv_array_append(jv_array(), cause));
	return details;
}

int admit_namespace(struct request *request, const char *name)
{
	struct body *body;

	if (!request->kind->namespaced)
		return 0;
	body = find_body(request->api, "namespaces", NULL, request->ns);
	if (!body)
		return reply_fail(request, 404, "NotFound", jvs_object("name", jv_string(request->ns), "kind",
			jv_string("namespaces"), NULL), "namespaces \"%s\" not found", request->ns);
	if (strcmp(body_field(body, 0), "Terminating") != 0)
		return 0;
	return reply_fail(request, 403, "Forbidden", terminating_details(request, name),
		"%s%s%s \"%s\" is forbidden: unable to create new content in namespace %s because it is being "
		"terminated",
		request->kind->plural, *request->kind->group ? "." : "", request->kind->group, name, request->ns);
}

static jv find(void *arg, const char *plural, const char *ns, const char *name)
{
	struct admission *admission = arg;
	struct body *body = find_body(admission->request->api, plural, ns, name);

	if (body)
		return body_parse(body, kind_find("", "v1", plural));
	admission->missed_default |= strcmp(name, "default") == 0;
	return jv_null();
}

static bool spec_has(jv spec, const char *field, const char *value)
{
	scoped(jv) jv ports = jvs_at(spec, "ports");

	if (strcmp(field, "nodePort") != 0)
		return jvs_get_is(spec, field, value);
	for (int i = 0; i < jvs_len(ports); i++) {
		scoped(jv) jv port = jvs_item(ports, i);

		if (jvs_get_int(port, "nodePort", 0) == atoi(value))
			return true;
	}
	return false;
}

/* Services are few; each is looked at. */
static bool in_use(void *arg, const char *field, const char *value)
{
	struct admission *admission = arg;
	const struct kind *kind = kind_find("", "v1", "services");
	struct collection *services = store_collection(admission->request->api->store, kind);

	for (size_t i = 0; i < services->len; i++) {
		scoped(jv) jv object = body_parse(services->at[i]->body, kind);
		scoped(jv) jv spec = jvs_at(object, "spec");

		if (spec_has(spec, field, value))
			return true;
	}
	return false;
}

struct finder admit_finder(struct admission *admission, struct request *request)
{
	*admission = (struct admission){ .request = request };
	return (struct finder){ .find = find, .in_use = in_use, .arg = admission };
}

bool admit_waits(struct admission *admission)
{
	struct request *request = admission->request;
	int64_t now = clock_ms();

	if (!admission->missed_default || now > request->began_ms + WAIT_MS)
		return false;
	request->answer.again_ms = now + AGAIN_MS;
	return true;
}
