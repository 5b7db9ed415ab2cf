#include "api/route.h"

#include "api/access.h"
#include "api/delete.h"
#include "api/discover.h"
#include "api/health.h"
#include "api/kind.h"
#include "api/read.h"
#include "api/request.h"
#include "api/review.h"
#include "api/reply.h"
#include "api/subresource.h"
#include "api/write.h"
#include "base/mem.h"

static const char *part(const struct request *request, size_t index)
{
	return index < request->parts.len ? request->parts.at[index] : NULL;
}

static bool part_is(const struct request *request, size_t index, const char *text)
{
	const char *have = part(request, index);

	return have && strcmp(have, text) == 0;
}

/* Splits at every slash: an empty part is one. A slash at the end is none. */
static void split(struct request *request)
{
	const char *at = request->path;

	while (*at == '/' && at[1]) {
		const char *end = strchrnul(at + 1, '/');

		strs_take(&request->parts, mem_dup_n(at + 1, (size_t)(end - at - 1)));
		at = end;
	}
}

/* Which parts name what, as upstream's RequestInfo takes them. Source: k8s.io/apiserver/pkg/endpoints/request. */
static void name_parts(struct request *request)
{
	size_t at = part_is(request, 0, "api") ? 2 : 3;

	request->group = at == 2 ? "" : part(request, 1);
	request->version = part(request, at - 1);
	request->resource = part(request, at);
	if (request->resource && strcmp(request->resource, "watch") == 0 && part(request, at + 1)) {
		request->old_watch = true;
		at++;
	}
	if (part_is(request, at, "namespaces") && part(request, at + 1)) {
		const char *third = part(request, at + 2);

		request->ns = part(request, at + 1);
		if (third && strcmp(third, "status") != 0 && strcmp(third, "finalize") != 0)
			at += 2;
	}
	request->resource = part(request, at);
	request->name = part(request, at + 1);
	request->sub = part(request, at + 2);
	request->rest = part(request, at + 3);
}

static enum verb verb_of(const struct request *request)
{
	static const struct {
		const char *method;
		enum verb of_object, of_collection;
	} methods[] = {
		{ "GET", VERB_GET, VERB_LIST },
		{ "POST", VERB_NONE, VERB_CREATE },
		{ "PUT", VERB_UPDATE, VERB_NONE },
		{ "PATCH", VERB_PATCH, VERB_NONE },
		{ "DELETE", VERB_DELETE, VERB_DELETE_ALL },
	};

	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		if (strcmp(request->method, methods[i].method) != 0)
			continue;
		if (i == 0 && (request->old_watch || (!request->name && query_flag(&request->query, "watch"))))
			return VERB_WATCH;
		if (i == 1 && request->sub)
			return VERB_CREATE;
		return request->name ? methods[i].of_object : methods[i].of_collection;
	}
	return VERB_NONE;
}

static const struct subresource *find_subresource(const struct kind *kind, const char *name)
{
	for (size_t i = 0; i < kind->subresource_count; i++)
		if (strcmp(kind->subresources[i].name, name) == 0)
			return &kind->subresources[i];
	return NULL;
}

int route_parse(struct request *request, const char *method, const char *uri)
{
	size_t len = strcspn(uri, "?");

	request->method = mem_dup(method);
	request->path = url_unescape(uri, len, false);
	if (!request->path)
		return reply_fail(request, 400, "BadRequest", jv_invalid(), "invalid URL escape");
	query_parse(&request->query, uri[len] ? uri + len + 1 : "");
	split(request);
	if ((part_is(request, 0, "api") && request->parts.len > 2) ||
			(part_is(request, 0, "apis") && request->parts.len > 3)) {
		name_parts(request);
		request->verb = verb_of(request);
		request->kind = kind_find(request->group, request->version, request->resource);
		if (request->kind && request->sub)
			request->subresource = find_subresource(request->kind, request->sub);
		/* A namespace is not in a namespace, but its name is where one stands. */
		if (request->kind && !request->kind->namespaced)
			request->ns = NULL;
	}
	return 0;
}

bool route_writes(const struct request *request)
{
	return request->resource && strcmp(request->method, "GET") != 0;
}

static bool has_verb(const char *const *verbs, const char *verb)
{
	for (; verbs && *verbs; verbs++)
		if (strcmp(*verbs, verb) == 0)
			return true;
	return false;
}

static const char *const verb_names[] = {
	[VERB_NONE] = "",
	[VERB_GET] = "get",
	[VERB_LIST] = "list",
	[VERB_WATCH] = "watch",
	[VERB_CREATE] = "create",
	[VERB_UPDATE] = "update",
	[VERB_PATCH] = "patch",
	[VERB_DELETE] = "delete",
	[VERB_DELETE_ALL] = "deletecollection",
};

/* A resource that is there, at a place where it can be: a namespaced one is listed over all namespaces too. */
static bool is_served(const struct request *request)
{
	for (size_t i = 0; i < request->parts.len; i++)
		if (!*request->parts.at[i] || strcmp(request->parts.at[i], ".") == 0 ||
				strcmp(request->parts.at[i], "..") == 0)
			return false;
	if (!request->kind || (request->sub && !request->subresource))
		return false;
	if (request->rest && (!request->subresource || strcmp(request->sub, "proxy") != 0))
		return false;
	if (request->kind->namespaced && !request->ns)
		return !request->name;
	return true;
}

static int handle_resource(struct request *request)
{
	static int (*const handlers[])(struct request *request) = {
		[VERB_GET] = read_get, [VERB_LIST] = read_list, [VERB_WATCH] = read_watch, [VERB_CREATE] = write_create,
		[VERB_UPDATE] = write_update, [VERB_PATCH] = write_patch, [VERB_DELETE] = delete_one,
		[VERB_DELETE_ALL] = delete_all,
	};
	const char *const *verbs;

	if (!is_served(request))
		return reply_no_resource(request);
	verbs = request->subresource ? request->subresource->verbs : request->kind->verbs;
	if (!has_verb(verbs, verb_names[request->verb]))
		return reply_no_method(request);
	if (request->kind->namespaced && !request->ns && request->verb == VERB_CREATE && !review_is(request->kind))
		return reply_no_method(request);
	if (request->subresource)
		return subresource_handle(request);
	if (review_is(request->kind))
		return review_create(request);
	return handlers[request->verb](request);
}

void route_handle(struct request *request)
{
	request->answer.again_ms = 0;
	if (access_check(request, verb_names[request->verb]) < 0)
		return;
	if (request->resource && kind_version_served(request->group, request->version)) {
		handle_resource(request);
		if (request->answer.code && request->kind && request->kind->deprecated)
			strs_printf(&request->answer.headers, "Warning: 299 - \"%s\"", request->kind->deprecated);
	} else if (health_handle(request) == 0) {
		discover_handle(request);
	}
}
