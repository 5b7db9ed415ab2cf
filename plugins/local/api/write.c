#include "api/write.h"

#include <inttypes.h>
#include <stdlib.h>

#include "api/admit.h"
#include "api/answer.h"
#include "api/body.h"
#include "api/delete.h"
#include "api/invalid.h"
#include "api/kind.h"
#include "api/names.h"
#include "api/negotiate.h"
#include "api/object.h"
#include "api/patch.h"
#include "api/persist.h"
#include "api/read.h"
#include "api/request.h"
#include "api/schema.h"
#include "api/reply.h"
#include "api/store.h"
#include "api/validate.h"
#include "api/writing.h"
#include "base/err.h"
#include "base/mem.h"
#include "formats/jvs.h"

/* The object is in the namespace of the path, and says so. */
static int match_namespace(struct request *request, jv *object)
{
	scoped_free char *ns = object_meta(*object, "namespace");

	if (!request->kind->namespaced)
		return 0;
	if (ns && *ns && strcmp(ns, request->ns) != 0)
		return reply_fail(request, 400, "BadRequest", jv_invalid(),
			"the namespace of the provided object does not match the namespace sent on the request");
	object_set_meta(object, "namespace", jv_string(request->ns));
	return 0;
}

/* What the server alone says of a new object. */
static void fill_system_fields(jv *object, const struct writing *writing)
{
	static const char *const not_yours[] = {
		"deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generation", NULL,
	};
	scoped_free char *uid = object_uid();
	scoped(jv) jv metadata = jvs_at(*object, "metadata");

	jvs_put(object, "metadata", jv_null());
	for (const char *const *key = not_yours; *key; key++)
		jvs_remove(&metadata, *key);
	jvs_put(&metadata, "uid", jv_string(uid));
	jvs_put(&metadata, "creationTimestamp", jv_string(writing->time));
	jvs_put(object, "metadata", jv_copy(metadata));
}

static void generate_name(jv *object)
{
	scoped_free char *name = object_meta(*object, "name"), *stem = object_meta(*object, "generateName");
	char suffix[NAME_SUFFIX + 1];

	if ((name && *name) || !stem || !*stem)
		return;
	if (strlen(stem) > 253 - NAME_SUFFIX)
		stem[253 - NAME_SUFFIX] = '\0';
	names_suffix(suffix);
	object_set_meta(object, "name", jv_string_fmt("%s%s", stem, suffix));
}

/* The kind's own admission. 0; -1: refused, or waits. */
static int prepare_create(struct request *request, jv *object, struct admission *admission, const struct finder *finder)
{
	const struct kind_hooks *hooks = request->kind->hooks;
	scoped_free char *name = NULL;
	scoped(err) struct err err = {0};

	if (request->kind->generation)
		object_set_meta(object, "generation", jv_number(1));
	if (!hooks || !hooks->prepare_create || hooks->prepare_create(object, finder, &err) == 0)
		return 0;
	if (admit_waits(admission))
		return -1;
	name = object_meta(*object, "name");
	return reply_err(request, &err, reply_details(request->kind, name));
}

static int exists_already(struct request *request, const char *name)
{
	const struct kind *kind = request->kind;

	return reply_fail(request, 409, "AlreadyExists", reply_details(kind, name), "%s%s%s \"%s\" already exists",
		kind->plural, *kind->group ? "." : "", kind->group, name);
}

static int store_new(struct request *request, const struct writing *writing, jv *object, int code)
{
	scoped_free char *name = object_meta(*object, "name"), *key = read_key(request, name);

	if (object_has_meta(*object, "resourceVersion"))
		return reply_fail(
			request, 500, "", jv_invalid(), "resourceVersion should not be set on objects to be created");
	if (collection_find(store_collection(request->api->store, request->kind), key))
		return exists_already(request, name);
	return persist_put(request, name, object, writing->dry_run, code);
}

/* A new object, decoded. Its managers are kept where an apply has set them. */
static int create(struct request *request, struct writing *writing, jv *object)
{
	scoped_free char *name = NULL;
	scoped(causes) struct causes causes = {0};
	struct admission admission;
	struct finder finder = admit_finder(&admission, request);

	fill_system_fields(object, writing);
	schema_default(request->kind, object);
	if (!writing->applied)
		managed_update(request->kind, jv_null(), object, &writing->manager);
	generate_name(object);
	name = object_meta(*object, "name");
	if (admit_namespace(request, name ? name : "") < 0 || prepare_create(request, object, &admission, &finder) < 0)
		return -1;
	validate_create(request->kind, *object, &finder, &causes);
	if (causes_any(&causes))
		return reply_invalid(request, &causes, name ? name : "");
	return store_new(request, writing, object, 201);
}

int write_create(struct request *request)
{
	scoped(writing) struct writing writing = {0};
	scoped(jv) jv object = jv_null();
	int result;

	if (negotiate(request) < 0 || writing_init(&writing, request, "CreateOptions") < 0 ||
			writing_decode(&writing, request, request->kind, &object) < 0 ||
			match_namespace(request, &object) < 0)
		return -1;
	result = create(request, &writing, &object);
	if (request->answer.code)
		writing_warn(&writing, request);
	return result;
}

/* A write must not go over what its writer has not seen. */
static int check_version(struct request *request, const struct body *body, jv object, const char *name)
{
	scoped_free char *text = object_meta(object, "resourceVersion");
	uint64_t version;
	scoped(causes) struct causes causes = {0};
	scoped(jv) jv status = jv_null();

	if (object_version(object, &version) < 0)
		return reply_fail(
			request, 500, "", jv_invalid(), "strconv.ParseUint: parsing \"%s\": invalid syntax", text);
	if (!version && request->kind->version_needed) {
		invalid(&causes, at_field(at_field(NULL, "metadata"), "resourceVersion"), jv_number(0),
			"must be specified for an update");
		status = causes_status(&causes, request->kind->group, request->kind->plural, name);
		answer_json(request, 422, status);
		return -1;
	}
	if (version && version != body->version)
		return reply_conflict(request, name,
			"the object has been modified; please apply your changes to the latest version and try again");
	return 0;
}

static int check_uid(struct request *request, jv old, jv object, const char *name)
{
	scoped_free char *uid = object_meta(object, "uid"), *stored = object_meta(old, "uid"), *why = NULL;
	const struct kind *kind = request->kind;

	if (!uid || !*uid || strcmp(uid, stored) == 0)
		return 0;
	why = mem_printf("StorageError: invalid object, Code: 4, Key: /registry/%s/%s%s%s, ResourceVersion: 0, "
			 "AdditionalErrorMsg: Precondition failed: UID in precondition: %s, UID in object meta: %s",
		kind->plural, request->ns ? request->ns : "", request->ns ? "/" : "", name, uid, stored);
	return reply_conflict(request, name, why);
}

/* What a client cannot change of metadata, whatever it sends. */
static void keep_system_fields(jv *object, jv old)
{
	static const char *const kept[] = {
		"uid",
		"creationTimestamp",
		"generation",
		"deletionTimestamp",
		"deletionGracePeriodSeconds",
		"selfLink",
		NULL,
	};

	for (const char *const *key = kept; *key; key++)
		object_keep_meta(object, old, *key);
}

/* What finalizing a namespace may not change. */
static void keep_status(jv *object, jv old)
{
	scoped(jv) jv status = jvs_at(old, "status");

	jvs_put(object, "status", jv_copy(status));
}

static void prepare_update(const struct request *request, jv *object, jv old)
{
	const struct kind_hooks *hooks = request->kind->hooks;
	const char *sub = request->sub ? request->sub : "";
	bool status = strcmp(sub, "status") == 0;

	if (status && hooks && hooks->prepare_status)
		hooks->prepare_status(object, old);
	else if (strcmp(sub, "finalize") == 0)
		keep_status(object, old);
	else if (!status && hooks && hooks->prepare_update)
		hooks->prepare_update(object, old);
	if (!status && request->kind->generation && object_spec_differs(*object, old)) {
		scoped(jv) jv metadata = jvs_at(old, "metadata");

		object_set_meta(object, "generation", jv_number((double)jvs_get_int(metadata, "generation", 0) + 1));
	}
}

static int validate_change(struct request *request, jv object, jv old, const char *name)
{
	scoped(causes) struct causes causes = {0};

	if (strcmp(request->sub ? request->sub : "", "status") == 0)
		validate_status(request->kind, object, old, &causes);
	else
		validate_update(request->kind, object, old, &causes);
	return causes_any(&causes) ? reply_invalid(request, &causes, name) : 0;
}

int write_change(struct request *request, struct writing *writing, const struct body *body, jv old, jv *object,
	enum written *written)
{
	const char *name = body_name(body);

	object_set_meta(object, "name", jv_string(name));
	if (check_uid(request, old, *object, name) < 0)
		return -1;
	keep_system_fields(object, old);
	schema_default(request->kind, object);
	if (!writing->applied)
		managed_update(request->kind, old, object, &writing->manager);
	if (check_version(request, body, *object, name) < 0)
		return -1;
	prepare_update(request, object, old);
	if (validate_change(request, *object, old, name) < 0)
		return -1;
	object_keep_meta(object, old, "resourceVersion");
	if (delete_ends(request->kind, *object, old)) {
		*written = WRITTEN_GONE;
		return writing->dry_run ? 0 : persist_remove(request, name);
	}
	*written = managed_same(old, *object) ? WRITTEN_SAME : writing->dry_run ? WRITTEN_DRY : WRITTEN_STORED;
	return *written == WRITTEN_STORED ? persist_store(request, name, object) : 0;
}

/* The stored body of the request's name, or NULL; says nothing. */
static struct body *stored_body(const struct request *request)
{
	scoped_free char *key = read_key(request, request->name);
	struct entry *entry = collection_find(store_collection(request->api->store, request->kind), key);

	return entry ? entry->body : NULL;
}

static int replace(struct request *request, struct writing *writing, const struct body *body, jv old, jv *object)
{
	enum written written;

	if (write_change(request, writing, body, old, object, &written) < 0)
		return -1;
	if (written == WRITTEN_GONE || written == WRITTEN_DRY)
		return answer_object(request, 200, *object);
	return answer_body(request, 200, stored_body(request));
}

static int match_name(struct request *request, jv object)
{
	scoped_free char *name = object_meta(object, "name");

	if (!name || !*name)
		return reply_fail(request, 400, "BadRequest", jv_invalid(),
			"the name of the object (%s based on URL) was undeterminable: name must be provided",
			request->name);
	if (strcmp(name, request->name) != 0)
		return reply_fail(request, 400, "BadRequest", jv_invalid(),
			"the name of the object (%s) does not match the name on the URL (%s)", name, request->name);
	return 0;
}

int write_update(struct request *request)
{
	scoped(writing) struct writing writing = {0};
	scoped(jv) jv object = jv_null(), old = jv_null();
	struct body *body;
	int result;

	if (negotiate(request) < 0 || writing_init(&writing, request, "UpdateOptions") < 0 ||
			writing_decode(&writing, request, request->kind, &object) < 0 ||
			match_namespace(request, &object) < 0 || match_name(request, object) < 0)
		return -1;
	body = stored_body(request);
	if (!body && (!request->kind->create_on_update || request->sub))
		return reply_not_found(request, request->name);
	if (body) {
		old = persist_read(request, body);
		result = replace(request, &writing, body, old, &object);
	} else {
		result = create(request, &writing, &object);
	}
	if (request->answer.code)
		writing_warn(&writing, request);
	return result;
}

static const struct patch_kind {
	const char *type;
	enum patch_type patch;
	bool apply;
} patch_kinds[] = {
	{ "application/json-patch+json", PATCH_JSON, false },
	{ "application/merge-patch+json", PATCH_MERGING, false },
	{ "application/strategic-merge-patch+json", PATCH_STRATEGIC, false },
	{ "application/apply-patch+yaml", PATCH_MERGING, true },
};

static const struct patch_kind *patch_kind(struct request *request)
{
	scoped_free char *type = media_type(request->content_type);

	for (size_t i = 0; i < sizeof patch_kinds / sizeof *patch_kinds; i++)
		if (strcmp(type, patch_kinds[i].type) == 0)
			return &patch_kinds[i];
	reply_fail(request, 415, "UnsupportedMediaType", jv_object(), "415: Unsupported Media Type");
	return NULL;
}

/* What an apply starts from where nothing is there. */
static jv nothing_yet(const struct request *request)
{
	scoped_free char *version = kind_api_version(request->kind);
	jv metadata = jvs_object("name", jv_string(request->name), NULL);

	if (request->ns)
		jvs_put(&metadata, "namespace", jv_string(request->ns));
	return jvs_object(
		"apiVersion", jv_string(version), "kind", jv_string(request->kind->kind), "metadata", metadata, NULL);
}

int write_patched(struct request *request, struct writing *writing, jv live, jv *object)
{
	const struct patch_kind *kind = patch_kind(request);
	scoped(jv) jv details = jv_null();
	scoped(err) struct err err = {0};
	int result;

	*object = jv_null();
	if (!kind)
		return -1;
	if (kind->apply)
		result = managed_apply(request->kind, live, buf_slice(&request->body), &writing->manager,
			writing->force, writing->strictness, object, &writing->warnings, &details, &err);
	else
		result = patch_object(request->kind, kind->patch, live, buf_slice(&request->body), writing->strictness,
			object, &writing->warnings, &details, &err);
	if (result < 0)
		return reply_err(request, &err, jvs_is(details, JV_KIND_NULL) ? jv_invalid() : jv_copy(details));
	return 0;
}

static int patch_body(struct request *request, struct writing *writing, const struct body *body)
{
	scoped(jv) jv object = jv_null(), live = body ? persist_read(request, body) : nothing_yet(request);

	if (write_patched(request, writing, live, &object) < 0)
		return -1;
	if (body)
		return match_name(request, object) < 0 ? -1 : replace(request, writing, body, live, &object);
	if (object_has_meta(object, "uid")) {
		scoped_free char *uid = object_meta(object, "uid");
		scoped_free char *why =
			mem_printf("uid mismatch: the provided object specified uid %s, and no existing object "
				   "was found",
				uid);

		return reply_conflict(request, request->name, why);
	}
	return create(request, writing, &object);
}

int write_patch(struct request *request)
{
	scoped(writing) struct writing writing = {0};
	const struct patch_kind *kind;
	struct body *body;
	bool yaml;
	int result;

	if (negotiate(request) < 0)
		return -1;
	kind = patch_kind(request);
	if (!kind || writing_init(&writing, request, "PatchOptions") < 0)
		return -1;
	if (request->body_too_large)
		return writing_body(request, &yaml);
	body = stored_body(request);
	if (!body && (!kind->apply || request->sub))
		return reply_not_found(request, request->name);
	result = patch_body(request, &writing, body);
	if (request->answer.code)
		writing_warn(&writing, request);
	return result;
}
