#include "api/reply.h"

#include "api/answer.h"
#include "api/invalid.h"
#include "api/kind.h"
#include "api/request.h"
#include "base/mem.h"
#include "formats/jvs.h"

static jv status(const char *outcome, const char *message, const char *reason, jv details, int code)
{
	jv object = jvs_object("kind", jv_string("Status"), "apiVersion", jv_string("v1"), "metadata", jv_object(),
		"status", jv_string(outcome), NULL);

	if (message)
		jvs_put(&object, "message", jv_string(message));
	if (*reason)
		jvs_put(&object, "reason", jv_string(reason));
	if (jv_is_valid(details))
		jvs_put(&object, "details", details);
	else
		jv_free(details);
	if (code)
		jvs_put(&object, "code", jv_number(code));
	return object;
}

int reply_fail(struct request *request, int code, const char *reason, jv details, const char *format, ...)
{
	scoped_free char *message = NULL;
	scoped(jv) jv object = jv_null();
	va_list args;

	va_start(args, format);
	message = mem_vprintf(format, args);
	va_end(args);
	object = status("Failure", message, reason, details, code);
	answer_json(request, code, object);
	return -1;
}

jv reply_details(const struct kind *kind, const char *name)
{
	jv details = jv_object();

	if (name && *name)
		jvs_put(&details, "name", jv_string(name));
	if (kind && *kind->group)
		jvs_put(&details, "group", jv_string(kind->group));
	if (kind)
		jvs_put(&details, "kind", jv_string(kind->plural));
	return details;
}

/* "deployments.apps", as messages name a resource. */
static char *resource_name(const struct kind *kind)
{
	return *kind->group ? mem_printf("%s.%s", kind->plural, kind->group) : mem_dup(kind->plural);
}

int reply_not_found(struct request *request, const char *name)
{
	scoped_free char *resource = resource_name(request->kind);

	return reply_fail(request, 404, "NotFound", reply_details(request->kind, name), "%s \"%s\" not found", resource,
		name);
}

int reply_no_resource(struct request *request)
{
	return reply_fail(request, 404, "NotFound", jv_object(), "the server could not find the requested resource");
}

int reply_no_page(struct request *request)
{
	strs_add(&request->answer.headers, "X-Content-Type-Options: nosniff");
	answer_text(request, 404, "404 page not found\n");
	return -1;
}

int reply_no_method(struct request *request)
{
	return reply_fail(request, 405, "MethodNotAllowed", jv_object(),
		"the server does not allow this method on the requested resource");
}

int reply_forbidden(struct request *request, const char *name, const char *why)
{
	scoped_free char *resource = resource_name(request->kind);

	return reply_fail(request, 403, "Forbidden", reply_details(request->kind, name), "%s \"%s\" is forbidden: %s",
		resource, name, why);
}

int reply_conflict(struct request *request, const char *name, const char *why)
{
	scoped_free char *resource = resource_name(request->kind);

	return reply_fail(request, 409, "Conflict", reply_details(request->kind, name),
		"Operation cannot be fulfilled on %s \"%s\": %s", resource, name, why);
}

int reply_invalid(struct request *request, const struct causes *causes, const char *name)
{
	scoped(jv) jv object = causes_status(causes, request->kind->group, request->kind->kind, name);

	answer_json(request, 422, object);
	return -1;
}

int reply_err(struct request *request, const struct err *err, jv details)
{
	return reply_fail(request, err->code ? err->code : 500, err->reason ? err->reason : "", details, "%s",
		err_text(err));
}

int reply_success(struct request *request, int code, jv details)
{
	scoped(jv) jv object = status("Success", NULL, "", details, code == 200 ? 0 : code);

	answer_json(request, code, object);
	return 0;
}
