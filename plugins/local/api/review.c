#include "api/review.h"

#include <stdlib.h>
#include <string.h>

#include "api/access.h"
#include "api/answer.h"
#include "api/invalid.h"
#include "api/kind.h"
#include "api/login.h"
#include "api/negotiate.h"
#include "api/object.h"
#include "api/reply.h"
#include "api/request.h"
#include "api/writing.h"
#include "base/mem.h"
#include "formats/jvs.h"

bool review_is(const struct kind *kind)
{
	return !kind->storage_hash && strcmp(kind->plural, "bindings") != 0;
}

static jv groups_of(const struct strs *groups)
{
	jv list = jv_array();

	for (size_t i = 0; i < groups->len; i++)
		list = jv_array_append(list, jv_string(groups->at[i]));
	return list;
}

static jv user_of(const struct user *user)
{
	jv object = jvs_object("username", jv_string(user->name), NULL);

	if (*user->uid)
		jvs_put(&object, "uid", jv_string(user->uid));
	jvs_put(&object, "groups", groups_of(&user->groups));
	return object;
}

static int who_am_i(struct request *request, jv *review)
{
	scoped_free char *now = object_now();

	object_set_meta(review, "creationTimestamp", jv_string(now));
	jvs_put(review, "status", jvs_object("userInfo", user_of(&request->user), NULL));
	return 0;
}

static void user_release(struct user *user)
{
	free(user->name);
	free(user->uid);
	strs_release(&user->groups);
}

static int whose_token(struct request *request, jv *review)
{
	scoped_free char *token = jvs_get_text(*review, "spec.token");
	scoped(user) struct user user = {0};

	if (!token || !*token || !login_token(request->api->login, token, &user)) {
		jvs_put(review, "status",
			jvs_object("user", jv_object(), "error", jv_string("invalid bearer token"), NULL));
		return 0;
	}
	jvs_put(review, "status", jvs_object("authenticated", jv_true(), "user", user_of(&user), "audiences",
		jv_array_append(jv_array(), jv_string("https://kubernetes.default.svc")), NULL));
	return 0;
}

/* Upstream's conversion forgets the review's kind before it complains, so its name is empty. */
static int refuse_review(struct request *request, const struct causes *causes)
{
	scoped_free char *message = causes_message(causes, request->kind->group, "", "");

	return reply_fail(request, 422, "Invalid", causes_details(causes, request->kind->group, "", ""), "%s", message);
}

static jv go_attributes(jv attributes)
{
	scoped_free char *path = jvs_get_text(attributes, "path"), *verb = jvs_get_text(attributes, "verb");

	return jvs_object("Path", jv_string(path ? path : ""), "Verb", jv_string(verb ? verb : ""), NULL);
}

static void check_attributes(jv spec, struct causes *causes)
{
	scoped(jv) jv resource = jvs_at(spec, "resourceAttributes"), path = jvs_at(spec, "nonResourceAttributes");
	bool has_resource = jvs_is(resource, JV_KIND_OBJECT), has_path = jvs_is(path, JV_KIND_OBJECT);
	scoped(jv) jv shown = has_path ? go_attributes(path) : jv_null();
	const struct at *at = at_field(NULL, "spec");

	if (has_resource && has_path)
		invalid(causes, at_field(at, "nonResourceAttributes"), shown,
			"cannot be specified in combination with resourceAttributes");
	else if (!has_resource && !has_path)
		invalid(causes, at_field(at, "resourceAttributes"), shown,
			"exactly one of nonResourceAttributes or resourceAttributes must be specified");
}

static bool verdict(jv spec, const struct strs *groups)
{
	scoped_free char *path = jvs_get_text(spec, "nonResourceAttributes.path");
	scoped_free char *verb = jvs_get_text(spec, "nonResourceAttributes.verb");

	return access_allows(groups, path, verb ? verb : "");
}

static int may_i(struct request *request, jv *review)
{
	scoped(jv) jv spec = jvs_at(*review, "spec");
	scoped(causes) struct causes causes = {0};

	check_attributes(spec, &causes);
	if (causes_any(&causes))
		return refuse_review(request, &causes);
	jvs_put(review, "status",
		jvs_object("allowed", verdict(spec, &request->user.groups) ? jv_true() : jv_false(), NULL));
	return 0;
}

static void check_local(const struct request *request, jv spec, struct causes *causes)
{
	scoped(jv) jv ns = jvs_get(spec, "resourceAttributes.namespace");

	if (!request->ns)
		return;
	if (strcmp(jvs_text(ns), request->ns) != 0)
		invalid(causes, at_field(at_field(at_field(NULL, "spec"), "resourceAttributes"), "namespace"), ns,
			"must match metadata.namespace");
}

static int may_they(struct request *request, jv *review)
{
	scoped(jv) jv spec = jvs_at(*review, "spec"), user = jvs_at(spec, "user"), list = jvs_at(spec, "groups");
	scoped(strs) struct strs groups = {0};
	scoped(causes) struct causes causes = {0};
	scoped(jv) jv nobody = jv_string("");

	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv group = jvs_item(list, i);

		strs_add(&groups, jvs_text(group));
	}
	check_attributes(spec, &causes);
	if (!*jvs_text(user) && !groups.len)
		invalid(&causes, at_field(at_field(NULL, "spec"), "user"), nobody,
			"at least one of user or group must be specified");
	check_local(request, spec, &causes);
	if (causes_any(&causes))
		return refuse_review(request, &causes);
	jvs_put(review, "status", jvs_object("allowed", verdict(spec, &groups) ? jv_true() : jv_false(), NULL));
	return 0;
}

static jv list_of(const char *const *texts)
{
	jv list = jv_array();

	for (; *texts; texts++)
		list = jv_array_append(list, jv_string(*texts));
	return list;
}

static jv resource_rule(const char *verb, const char *group, const char *const *plurals)
{
	return jvs_object("verbs", jv_array_append(jv_array(), jv_string(verb)), "apiGroups",
		jv_array_append(jv_array(), jv_string(group)), "resources", list_of(plurals), NULL);
}

static jv path_rule(const char *verb, const char *const *paths)
{
	return jvs_object(
		"verbs", jv_array_append(jv_array(), jv_string(verb)), "nonResourceURLs", list_of(paths), NULL);
}

/* Source: the default roles cluster-admin, system:basic-user, system:discovery and system:public-info-viewer. */
static int what_may_i(struct request *request, jv *review)
{
	static const char *const everything[] = { "*", NULL };
	static const char *const access[] = { "selfsubjectaccessreviews", "selfsubjectrulesreviews", NULL };
	static const char *const self[] = { "selfsubjectreviews", NULL };
	static const char *const discovery[] = {
		"/api",
		"/api/*",
		"/apis",
		"/apis/*",
		"/healthz",
		"/livez",
		"/openapi",
		"/openapi/*",
		"/readyz",
		"/version",
		"/version/",
		NULL,
	};
	static const char *const info[] = { "/healthz", "/livez", "/readyz", "/version", "/version/", NULL };
	jv resources = jv_array(), paths = jv_array();

	if (access_is_admin(&request->user.groups)) {
		resources = jv_array_append(resources, resource_rule("*", "*", everything));
		paths = jv_array_append(paths, path_rule("*", everything));
	}
	resources = jv_array_append(resources, resource_rule("create", "authorization.k8s.io", access));
	resources = jv_array_append(resources, resource_rule("create", "authentication.k8s.io", self));
	paths = jv_array_append(paths, path_rule("get", discovery));
	paths = jv_array_append(paths, path_rule("get", info));
	jvs_put(review, "status",
		jvs_object("resourceRules", resources, "nonResourceRules", paths, "incomplete", jv_false(), NULL));
	return 0;
}

int review_create(struct request *request)
{
	static const struct {
		const char *kind;
		int (*answer)(struct request *request, jv *review);
	} reviews[] = {
		{ "SelfSubjectReview", who_am_i }, { "TokenReview", whose_token }, { "SelfSubjectAccessReview", may_i },
		{ "SubjectAccessReview", may_they }, { "LocalSubjectAccessReview", may_they },
		{ "SelfSubjectRulesReview", what_may_i },
	};
	scoped(writing) struct writing writing = {0};
	scoped(jv) jv review = jv_null();

	if (negotiate(request) < 0 || writing_init(&writing, request, "CreateOptions") < 0 ||
			writing_decode(&writing, request, request->kind, &review) < 0)
		return -1;
	for (size_t i = 0; i < sizeof reviews / sizeof *reviews; i++) {
		if (strcmp(reviews[i].kind, request->kind->kind) != 0)
			continue;
		managed_update(request->kind, jv_null(), &review, &writing.manager);
		if (reviews[i].answer(request, &review) < 0)
			return -1;
		writing_warn(&writing, request);
		answer_json(request, 201, review);
		return 0;
	}
	return reply_no_resource(request);
}
