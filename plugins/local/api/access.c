#include "api/access.h"

#include <strings.h>

#include "api/kind.h"
#include "api/request.h"
#include "api/reply.h"
#include "base/mem.h"
#include "formats/jvs.h"

bool access_is_admin(const struct strs *groups)
{
	return strs_has(groups, "system:masters");
}

/* What every user may read: system:discovery, system:public-info-viewer. A * at the end stands for anything. */
static const char *const open_paths[] = {
	"/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/readyz", "/openapi", "/openapi/*", "/version",
	"/version/", NULL,
};

bool access_allows(const struct strs *groups, const char *path, const char *verb)
{
	if (access_is_admin(groups))
		return true;
	if (!path || strcasecmp(verb, "get") != 0)
		return false;
	for (const char *const *open = open_paths; *open; open++) {
		size_t len = strcspn(*open, "*");

		if ((*open)[len] ? strncmp(path, *open, len) == 0 : strcmp(path, *open) == 0)
			return true;
	}
	return false;
}

static jv details(const struct request *request)
{
	jv object = jv_object();

	if (!request->resource)
		return object;
	if (request->name)
		jvs_put(&object, "name", jv_string(request->name));
	if (*request->group)
		jvs_put(&object, "group", jv_string(request->group));
	jvs_put(&object, "kind", jv_string(request->resource));
	return object;
}

static int refuse_path(struct request *request)
{
	scoped_free char *verb = mem_dup(request->method);

	for (char *at = verb; *at; at++)
		*at |= 0x20;
	return reply_fail(request, 403, "Forbidden", jv_object(), "forbidden: User \"%s\" cannot %s path \"%s\"",
		request->user.name, verb, request->path);
}

static int refuse_access(struct request *request, const char *verb)
{
	scoped(buf) struct buf what = {0};

	strs_add(&request->answer.headers, "X-Content-Type-Options: nosniff");
	if (!request->resource)
		return refuse_path(request);
	buf_printf(&what, "%s%s%s ", request->resource, *request->group ? "." : "", request->group);
	if (request->name)
		buf_printf(&what, "\"%s\" ", request->name);
	buf_printf(&what, "is forbidden: User \"%s\" cannot %s resource \"%s%s%s\" in API group \"%s\" ",
		request->user.name, verb, request->resource, request->sub ? "/" : "", request->sub ? request->sub : "",
		request->group);
	if (request->ns)
		buf_printf(&what, "in the namespace \"%s\"", request->ns);
	else
		buf_add_text(&what, "at the cluster scope");
	return reply_fail(request, 403, "Forbidden", details(request), "%s", buf_text(&what));
}

/* Whoever is somebody may ask about himself. Source: the default role system:basic-user. */
static bool asks_about_self(const struct request *request, const char *verb)
{
	return request->kind && strcmp(verb, "create") == 0 && strncmp(request->resource, "selfsubject", 11) == 0;
}

int access_check(struct request *request, const char *verb)
{
	if (asks_about_self(request, verb) ||
		access_allows(&request->user.groups, request->resource ? NULL : request->path, request->method))
		return 0;
	return refuse_access(request, verb);
}

static void become(struct user *user, const char *name, const char *uid, const struct strs *groups)
{
	free(user->name);
	free(user->uid);
	strs_release(&user->groups);
	user->name = mem_dup(name);
	user->uid = mem_dup(uid);
	for (size_t i = 0; i < groups->len; i++)
		strs_add(&user->groups, groups->at[i]);
	if (!strs_has(&user->groups, "system:authenticated"))
		strs_add(&user->groups, "system:authenticated");
}

int access_impersonate(struct request *request, const char *name, const char *uid, const struct strs *groups)
{
	scoped_free char *listed = strs_join(groups, "\", \"");

	if (!name && !uid && !groups->len)
		return 0;
	if (!name) {
		strs_add(&request->answer.headers, "X-Content-Type-Options: nosniff");
		return reply_fail(request, 400, "BadRequest", jv_invalid(),
			"requested &user.DefaultInfo{Name:\"\", UID:\"%s\", Groups:[]string{\"%s\"}, "
			"Extra:map[string][]string(nil)} without impersonating a user name", uid ? uid : "", listed);
	}
	if (!access_is_admin(&request->user.groups))
		return refuse_access(request, "impersonate-on:user-info:list");
	become(&request->user, name, uid, groups);
	return 0;
}
